import { describe, expect, it } from 'vitest'
import { basic } from '../admin/running-admin.ts'
import { MarketplaceToken } from '../kit/home.ts'
import { untilSettled } from '../kit/ledger-view.ts'
import { sendRaw } from '../kit/raw-http.ts'
import { Canary, Forged, HeaderTricks, LengthTricks, latin, Methods, spellings } from './attacks.ts'
import {
  AdminHeaders,
  Bearer,
  every,
  expectCleanLog,
  expectDecent,
  expectOpenPagesClean,
  filesOf,
  filled,
  IntakeHeaders,
  OpenAnswer,
  OperatorLogin,
  request,
  startHouse,
  strike,
  Viewer,
  ViewerLogin,
} from './besieged.ts'

/** Of three routes in a row each has another third of them: all on all would take as long as everything else here together. */
function everyThird<T>(all: readonly T[], from: number): readonly T[] {
  return all.filter((_, index) => index % 3 === from % 3)
}

describe('whatever way a request is spelled', () => {
  it('the intake listener takes leads by its tokens and tells nothing else', async () => {
    const { home, daemon, routes: house } = await startHouse()
    const { intake } = daemon.urls
    expect(house.intake.map(({ method, pattern }) => `${method} ${pattern}`)).toContain('POST /intake/leads')

    const body = JSON.stringify({ leads: [] })
    const known = new Set(house.intake.map(filled))
    const wrongToken = [...house.intake, ...house.admin].flatMap((route) =>
      spellings(filled(route).replace(MarketplaceToken, 'not-the-token')).map((path) => ({
        url: intake,
        text: request(route.method, path, [OperatorLogin], body),
      })),
    )
    const own = house.intake.flatMap((route) => [
      ...spellings(filled(route)).map((path) => ({ url: intake, text: request(route.method, path, [Bearer], body) })),
      ...Methods.map((method) => ({ url: intake, text: request(method, filled(route), [Bearer], body) })),
    ])
    const strangers = await strike(wrongToken)
    const guests = await strike(own)
    expectDecent([...strangers, ...guests], IntakeHeaders, await filesOf(home))
    const taken = every(strangers).filter(({ answer }) => answer.status < 400)
    expect(taken.filter(({ answer }) => !['', '{"status":"ok"}'].includes(answer.body))).toEqual([])
    const answered = every(guests).filter(({ answer }) => answer.status < 400)
    expect(
      answered.filter(({ answer }) => !/^(|\{"status":"ok"\}|\{"leadId":"[\w-]+","status":"\w+"\})$/.test(answer.body)),
    ).toEqual([])
    expect(answered.length).toBeGreaterThan(known.size)
    const foreign = every(strangers).filter(
      ({ text }) => text.includes('/admin/') || text.includes('/metrics') || text.includes('/readyz'),
    )
    expect(foreign.filter(({ answer }) => answer.status < 400)).toEqual([])
    await expectOpenPagesClean(daemon)
    await expectCleanLog(daemon)
  })

  it('the admin listener asks for a login, and shows those who have one no file and no fault', async () => {
    const { home, daemon, routes: house } = await startHouse()
    const { admin } = daemon.urls
    const paths = [...house.admin, ...house.intake].map((route) => ({ ...route, path: filled(route) }))
    expect(house.admin.length).toBeGreaterThan(50)

    const strange = paths.flatMap(({ method, path }) =>
      spellings(path).map((one) => ({ url: admin, text: request(method, one) })),
    )
    const wrong = paths.flatMap(({ method, path }) => [
      { url: admin, text: request(method, path, [`Authorization: ${basic('operator', Viewer.password)}`]) },
      { url: admin, text: request(method, path, [Bearer]) },
    ])
    const viewed = paths.flatMap(({ method, path }, index) =>
      everyThird(spellings(path), index).map((one) => ({ url: admin, text: request(method, one, [ViewerLogin]) })),
    )
    const methods = paths.flatMap(({ path }) =>
      Methods.map((method) => ({ url: admin, text: request(method, path, [ViewerLogin], '{}') })),
    )
    const strangers = await strike([...strange, ...wrong])
    const viewers = await strike([...viewed, ...methods])
    const looking = house.admin.filter(({ method }) => method === 'GET' || method === 'HEAD')
    const operators = await strike(
      looking.flatMap((route, index) =>
        everyThird(spellings(filled(route)), index).map((one) => ({
          url: admin,
          text: request(route.method, one, [OperatorLogin]),
        })),
      ),
    )
    expectDecent([...strangers, ...viewers, ...operators], AdminHeaders, await filesOf(home))
    const open = every(strangers).filter(({ answer }) => answer.status < 400)
    expect(open.filter(({ answer }) => !OpenAnswer.test(answer.body))).toEqual([])
    expect(open.filter(({ text }) => /queues|operate|intake/i.test(text))).toEqual([])
    const operated = every(viewers).filter(({ text, answer }) => text.includes('/admin/operate') && answer.status < 400)
    expect(operated).toEqual([])
    await expectOpenPagesClean(daemon)
    await expectCleanLog(daemon)
  })
})

describe('headers and lengths that may be read in two ways', () => {
  it('open nothing, break nothing and smuggle no second request', async () => {
    const { home, daemon, routes: house } = await startHouse()
    const { intake, admin } = daemon.urls
    const routes = [
      ...house.intake.map((route) => ({ ...route, url: intake, login: Bearer })),
      ...house.admin.map((route) => ({ ...route, url: admin, login: ViewerLogin })),
    ].filter(({ pattern }) => !pattern.includes('/api/queues/:queueName/'))
    const tricked = routes.flatMap(({ method, url, login, ...route }) =>
      HeaderTricks.map((trick) => ({
        url,
        text: request(method, filled({ method, ...route }).replace(MarketplaceToken, 'x'), [trick, login]),
      })),
    )
    const smuggled = `GET /healthz HTTP/1.1\r\nHost: leadsync\r\nConnection: close\r\n\r\n`
    const sized = routes.flatMap(({ method, url, login, ...route }) =>
      LengthTricks.map((trick) => ({
        url,
        text: `${request(method, filled({ method, ...route }).replace(MarketplaceToken, 'x'), [login, trick])}0\r\n\r\n${smuggled}`,
      })),
    )
    const broken = [intake, admin].flatMap((url) =>
      [
        '\0',
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        `${Canary}\r\n\r\n`,
        'GET / HTTP/1.1\r\n\r\n',
        `FORGED / HTTP/1.1\r\nHost: x\r\n\r\n`,
        'GET / HTTP/9.9\r\nHost: x\r\n\r\n',
        request('GET', '/', ['Expect: forged']),
      ].map((text) => ({ url, text })),
    )
    const struck = [...(await strike(tricked)), ...(await strike(broken))]
    const lengths = await strike(sized)
    const files = await filesOf(home)
    expectDecent(
      [...struck, ...lengths].filter(({ url }) => url === intake),
      IntakeHeaders,
      files,
    )
    expectDecent(
      [...struck, ...lengths].filter(({ url }) => url === admin),
      AdminHeaders,
      files,
    )
    expect(lengths.filter(({ answers }) => answers.length > 1)).toEqual([])
    await expectOpenPagesClean(daemon)
    await expectCleanLog(daemon)
  })
})

describe('leads that carry log lines', () => {
  it('write none, and leave nothing of a person where anybody may look', async () => {
    const { home, daemon, routes: house } = await startHouse({ 'accept.actions': ['PLT'] })
    const { intake, admin } = daemon.urls
    const email = 'evil-person@forged-mail.example'
    const person = ['Eviline', 'Forgerson', '6175559999', email]
    function lead(change: object): string {
      const user = {
        FirstName: `Eviline${Forged}`,
        LastName: `Forgerson${Forged}`,
        Email: email,
        Phone: '+16175559999',
        Country: `US${Forged}`,
        Company: Forged,
        Title: Forged,
      }
      return latin(
        JSON.stringify({
          UserDetails: user,
          LeadSource: `AppSource-PLT|contoso.analytics`,
          ActionCode: 'PLT',
          OfferTitle: Forged,
          Description: Forged,
          ...change,
        }),
      )
    }
    const bodies = [
      lead({}),
      lead({ ActionCode: `INS${Forged}${email}` }),
      lead({ LeadSource: `${Forged}-${email}|${email}`, ActionCode: email }),
      lead({ UserDetails: { Email: `${email}${Forged}`, LastName: email } }),
      lead({ ['__proto__']: { admin: true }, [Forged]: Forged, [email]: email }),
      latin(`${Forged}${email}`),
      latin(`{"UserDetails": "${Forged}`),
      `[${'['.repeat(50_000)}`,
    ]
    const own = [
      {
        leads: [
          { person: { email, lastName: `Forgerson${Forged}` }, source: Forged + email, action: Forged + email, [Forged]: email },
        ],
      },
      { leads: [{ person: { email: Forged + email } }] },
      { leads: [{ [`${Forged}${email}`]: 1 }, { person: email }, email, null] },
    ]
    const posts = bodies.map((body) => ({
      url: intake,
      text: request('POST', `/intake/marketplace/${MarketplaceToken}`, [`User-Agent: ${email}`], body),
    }))
    const batches = own.map((leads) => ({
      url: intake,
      text: request('POST', '/intake/leads', [Bearer], latin(JSON.stringify(leads))),
    }))
    const struck = await strike([...posts, ...batches])
    expectDecent(struck, IntakeHeaders, await filesOf(home))
    expect(every(struck.filter(({ text }) => text.includes('/marketplace/'))).map(({ answer }) => answer.status)).toEqual(
      bodies.map(() => 202),
    )
    expect(every(struck).filter(({ answer }) => person.some((word) => answer.body.includes(word)))).toEqual([])
    // Before the operator comes, who may pause the queues.
    await untilSettled(
      daemon.urls.redis,
      every(struck).flatMap(({ answer }) => answer.body.match(/"leadId"/g) ?? []).length,
      10_000,
    )
    const operated = house.admin
      .filter(({ method }) => method !== 'GET' && method !== 'HEAD')
      .flatMap((route) =>
        [latin(Forged + email), latin(JSON.stringify({ name: Forged, data: email }))].map((body) => ({
          url: admin,
          text: request(
            route.method,
            filled(route).replace('abc', encodeURIComponent(email)),
            [OperatorLogin, 'Content-Type: application/json'],
            body,
          ),
        })),
      )
    expectDecent(await strike(operated), AdminHeaders, await filesOf(home))
    await expectOpenPagesClean(daemon, person)
    await expectCleanLog(daemon, person)
  })
})

describe('guessing', () => {
  it('is ended by a limit for whoever guesses, and never for who knows', async () => {
    const { daemon } = await startHouse()
    const { intake, admin } = daemon.urls
    const guesses = [
      {
        url: intake,
        right: request('POST', `/intake/marketplace/${MarketplaceToken}`),
        wrong: (n: number) => request('POST', `/intake/marketplace/guess-${n}`),
        status: 202,
        from: '127.200.0.1',
      },
      {
        url: intake,
        right: request('POST', '/intake/leads', [Bearer], '{"leads":[]}'),
        wrong: (n: number) =>
          request('POST', '/intake/leads', [`Authorization: Bearer guess-${n}`, `X-Forwarded-For: 10.0.0.${n}`]),
        status: 422,
        from: '127.200.0.2',
      },
      ...[ViewerLogin, OperatorLogin].map((login, index) => ({
        url: admin,
        right: request('GET', '/admin/queues', [login]),
        wrong: (n: number) =>
          request('GET', '/admin/queues', [`Authorization: ${basic('admin', `guess-${n}`)}`, `X-Forwarded-For: 10.0.0.${n}`]),
        status: 200,
        from: `127.200.1.${1 + index}`,
      })),
    ]
    for (const { url, right, wrong, status, from } of guesses) {
      const statuses: number[] = []
      for (let count = 0; count < 40; count += 1) statuses.push((await sendRaw(url, wrong(count), from))[0]?.status ?? 0)
      expect(statuses.slice(0, 5)).not.toContain(429)
      expect(statuses.slice(-5)).toEqual([429, 429, 429, 429, 429])
      const limited = (await sendRaw(url, wrong(99), from))[0]
      expect(Number(limited?.headers.get('retry-after'))).toBeGreaterThan(0)
      expect((await sendRaw(url, right, from))[0]?.status).toBe(status)
      expect((await sendRaw(url, wrong(1), '127.200.2.1'))[0]?.status).not.toBe(429)
    }
    await expectCleanLog(daemon, ['guess-'])
  })
})
