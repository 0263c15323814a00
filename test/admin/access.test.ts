import { connect } from 'node:net'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Methods, type Route, routesOf } from '../daemon/attacks.ts'
import { ApiToken, startIntake, Token } from '../intake/support.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { until } from '../kit/until.ts'
import { basic, Login, Operator, OperatorLogin, openParts, type Parts, type RunningAdmin, startAdmin } from './running-admin.ts'

/** Every route of both listeners. One that is added has to be put into its place here, by a person who knows who may use it. */
const Open = ['/healthz', '/readyz', '/metrics']
const Looking = [
  ...['', '/metrics-history', '/job-schedulers', '/queue/:queueName', '/queue/:queueName/:jobId', '/static/*'],
  ...['/api/redis/stats', '/api/queues', '/api/job-schedulers', '/api/queues/:queueName/metrics'],
  ...['default-job-options', 'workers', 'rate-limit', 'job-data-schema', ':jobId', ':jobId/logs', ':jobId/flow'].map(
    (last) => `/api/queues/:queueName/${last}`,
  ),
]
const Operating = [
  ...['PUT pause', 'PUT resume', 'PUT :queueName/pause', 'PUT :queueName/resume', 'PUT :queueName/promote'],
  ...['PUT :queueName/retry/:queueStatus', 'PUT :queueName/:jobId/retry', 'PUT :queueName/:jobId/promote'],
].map(inApi)
const Refused = [
  ...['POST :queueName/add', 'PUT :queueName/clean/:queueStatus', 'PUT :queueName/concurrency', 'PUT :queueName/rate-limit'],
  ...['PUT :queueName/rate-limit/release', 'PUT :queueName/empty', 'PUT :queueName/obliterate'],
  ...['PUT :queueName/job-schedulers/:schedulerId/remove', 'PATCH :queueName/job-schedulers/:schedulerId'],
  ...['PUT :queueName/job-schedulers/:schedulerId/run', 'PUT :queueName/:jobId/clean', 'PATCH :queueName/:jobId/update-data'],
  ...['PATCH :queueName/:jobId/delay', 'PATCH :queueName/:jobId/priority', 'PUT :queueName/:jobId/remove-unprocessed-children'],
].map(inApi)

function inApi(route: string): string {
  return route.replace(' ', ' /api/queues/')
}

function under(board: string, routes: readonly string[]): readonly string[] {
  return routes.map((route) => route.replace(' ', ` ${board}`))
}

function looked(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => [`GET ${path}`, `HEAD ${path}`])
}

function board(path: string): readonly string[] {
  return [...looked(Looking.map((one) => path + one)), `HEAD ${path}/`]
}

/** What each login is answered: a status, or `in` for whatever the route itself says. */
type Expected = Readonly<Record<'nobody' | 'wrong' | 'token' | 'viewer' | 'operator', number | 'in'>>
const Closed = { nobody: 401, wrong: 401, token: 401 }
const Rows: readonly (readonly [what: string, routes: readonly string[], Expected])[] = [
  ['open to monitoring', looked(Open), { nobody: 'in', wrong: 'in', token: 'in', viewer: 'in', operator: 'in' }],
  ['for who looks', ['GET /', 'HEAD /', ...board('/admin/queues')], { ...Closed, viewer: 'in', operator: 'in' }],
  ['for nobody where one looks', under('/admin/queues', [...Operating, ...Refused]), { ...Closed, viewer: 405, operator: 405 }],
  [
    'for the operator',
    [...board('/admin/operate'), ...under('/admin/operate', Operating)],
    { ...Closed, viewer: 401, operator: 'in' },
  ],
  ['for nobody where one operates', under('/admin/operate', Refused), { ...Closed, viewer: 401, operator: 403 }],
]

const Logins = {
  nobody: {},
  wrong: { authorization: basic('admin', 'a wrong guess') },
  token: { authorization: `Bearer ${ApiToken}` },
  viewer: Login,
  operator: OperatorLogin,
} as const

let redis: TestRedis
let parts: Parts
let admin: RunningAdmin
let routes: readonly Route[]

beforeAll(async () => {
  redis = await startTestRedis()
  parts = await openParts(redis.url)
  routes = await routesOf(async () => {
    admin = await startAdmin(parts, { operator: Operator })
  })
})
afterAll(async () => {
  await admin.app.close()
  await parts.close()
  await redis.stop()
})

let asked = 0
/** From an address of its own each time, so that no limit hides what would be answered without one. */
function ask(method: string, path: string, headers: Record<string, string>): Promise<LightMyRequestResponse> {
  asked += 1
  const remoteAddress = `10.${asked >> 16}.${(asked >> 8) & 255}.${asked & 255}`
  // Its types know fewer methods than HTTP does.
  return admin.app.inject({ method: method as NonNullable<InjectOptions['method']>, url: path, headers, remoteAddress })
}

function filled(pattern: string): string {
  return pattern
    .replace(':queueName', 'deliver-hubspot')
    .replace(':queueStatus', 'failed')
    .replace(/:\w+/g, 'abc')
    .replace('*', 'favicon.ico')
}

describe('the admin listener', () => {
  it('has no route that is not in this table', () => {
    const known = Rows.flatMap(([, rows]) => rows)
    expect(routes.map(({ method, pattern }) => `${method} ${pattern}`).sort()).toEqual([...known].sort())
  })

  it.each(Rows)('answers what is %s by who asks', async (_, rows, expected) => {
    const wrong: string[] = []
    for (const route of rows) {
      const [method = '', pattern = ''] = route.split(' ')
      for (const [who, status] of Object.entries(expected)) {
        const answer = await ask(method, filled(pattern), Logins[who as keyof Expected])
        const isIn = ![401, 403, 405, 429, 500].includes(answer.statusCode)
        if (status === 'in' ? !isIn : answer.statusCode !== status) wrong.push(`${route} as ${who}: ${answer.statusCode}`)
      }
    }
    expect(wrong).toEqual([])
  })

  it('answers everybody without the right login alike, whatever there is and however they ask', async () => {
    const paths = [...new Set(routes.map(({ pattern }) => filled(pattern)))].filter((path) => !Open.includes(path))
    for (const login of [Logins.nobody, Logins.wrong]) {
      const said = new Set<string>()
      for (const path of [...paths, '/nothing', '/admin/nothing', '/healthz/x']) {
        for (const method of ['GET', 'POST', 'DELETE', 'TRACE', 'QUERY']) {
          const { statusCode, headers, body } = await ask(method, path, login)
          expect(headers['www-authenticate'], `${method} ${path}`).toMatch(
            /^Basic realm="Leadsync( operator)?", charset="UTF-8"$/,
          )
          said.add([statusCode, headers['content-type'], body].join(' '))
        }
      }
      expect([...said]).toEqual([expect.stringMatching(/^401 application\/json; charset=utf-8 \{.*\}$/)])
    }
  })

  it.each(['TRACE', 'OPTIONS', 'HEAD'])('tells by %s nothing of what was sent or what there is', async (method) => {
    for (const path of ['/admin/queues', '/admin/queues/api/queues', '/healthz', '/metrics', '/nothing']) {
      const { headers, body } = await ask(method, path, { ...Login, 'x-sent': 'an echo', cookie: 'an echo' })
      expect(body + JSON.stringify(headers), path).not.toMatch(/an echo|GET, ?HEAD, ?POST|hubspot|Y29ycmVjdA/)
    }
  })
})

it.each([
  ['headers that never end', 'GET /admin/queues HTTP/1.1\r\n', 'X-A: b\r\n'],
  ['a body that never ends', 'POST /admin/queues HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n', 'x'],
])('a stranger with %s is hung up on', async (_, opening, trickle) => {
  const slow = await startAdmin(parts, { requestTimeoutMs: 200 })
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(slow.url).port), allowHalfOpen: true })
  socket.on('error', () => undefined).resume()
  socket.write(opening)
  const timer = setInterval(() => socket.write(trickle), 50)
  await until('it is closed', () => socket.closed)
  clearInterval(timer)
  await slow.app.close()
})

describe('the intake listener', () => {
  const basicLogin = { authorization: basic('admin', 'correct horse') }
  const Rows: readonly (readonly [string, string, Record<string, string>, number])[] = [
    ['GET', '/healthz', {}, 200],
    ['HEAD', '/healthz', {}, 200],
    ['POST', `/intake/marketplace/${Token}`, {}, 202],
    ['POST', `/intake/marketplace/${ApiToken}`, {}, 404],
    ['POST', '/intake/marketplace/wrong', { authorization: `Bearer ${ApiToken}` }, 404],
    ['POST', '/intake/leads', {}, 401],
    ['POST', '/intake/leads', { authorization: `Bearer ${Token}` }, 401],
    ['POST', '/intake/leads', basicLogin, 401],
    ['POST', '/intake/leads', { authorization: ApiToken }, 401],
    ['POST', '/intake/leads', { authorization: `Bearer ${ApiToken}` }, 422],
    ['POST', `/intake/leads?token=${ApiToken}`, {}, 401],
  ]

  it('has these routes only, and takes each kind of token for its own route only', async () => {
    const found = await routesOf(async () => {
      const intake = await startIntake({ wrongTokensPerMinute: 1_000 })
      for (const [method, path, headers, status] of Rows) {
        const answer = await fetch(intake.url + path, { method, headers })
        expect(answer.status, `${method} ${path}`).toBe(status)
      }
      for (const method of Methods.filter((one) => !['POST', 'TRACE'].includes(one))) {
        const known = await fetch(`${intake.url}/intake/marketplace/${Token}`, { method })
        const unknown = await fetch(`${intake.url}/no/such/route`, { method })
        expect([known.status, await known.text()], method).toEqual([404, await unknown.text()])
      }
    })
    expect(found.map(({ method, pattern }) => `${method} ${pattern}`).sort()).toEqual([
      'GET /healthz',
      'HEAD /healthz',
      'POST /intake/leads',
      'POST /intake/marketplace/:token',
    ])
  })
})
