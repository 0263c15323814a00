import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DeliveryError, type Judged, type Lead, type TaskState, type TaskWrite } from '../../src/core/index.ts'
import type { CrmDelivery } from '../../src/delivery/crm-delivery.ts'
import { Context, leadOf } from '../core/context.ts'
import { type CrmStand, openStand, type StoredRecord } from '../kit/crm-stand.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { type CrmName, Crms } from '../kit/three-crms.ts'

/** What strangers type into the marketplace's form. None is so long that a CRM's field would cut it. */
const Hostile = {
  quotes: `O'Brien "the \`Quick\`"`,
  'a Liquid output': '{{ 1 | plus: 1 }}',
  'a Liquid tag': '{% raw %}{{ person.email }}{% endraw %}',
  'an open Liquid tag': '{% for i in (1..9) %}{{',
  'a merge field': `{!Lead.Email} $\{env.HOME} #{7*7}`,
  'a script': '<script>alert(1)</script>',
  'an image': '<img src=x onerror="alert(1)">',
  'an escaped tag': '&lt;b&gt; &#60;b&#62; &amp;lt;',
  SOQL: "' OR Name != '",
  'SOQL after a backslash': "\\' OR Id != null --",
  'a backslash at the end': 'x\\',
  OData: "' or 1 eq 1 or lastname eq '",
  'a filter': '&$filter=lastname ne null&$top=5000',
  'a parameter alias': '@x eq 1 &@x=1',
  'a binding': '/systemusers(fullname=1)@odata.bind',
  'a formula': '=HYPERLINK("http://x.example","y")',
  'a sum': '+1-1',
  'a macro': "@SUM(1)|cmd|' /C calc'!A0",
  escapes: '%27%20OR%201=1 %0d%0aX-A:1 %00',
  'unicode escapes': '\\u0027 \\x27 \u02bc \uff07',
  'control characters': 'a\u0001\u001b[2Kb\u007f\u0085c',
  'line separators': 'a\u2028b\u2029c',
  'a prototype': '__proto__',
} as const

/** Mailboxes that are somebody's, with what a query, a path or a URL could trip over. */
const Mailboxes = ["o'neil", 'jane+tag', 'a#b', '100%', 'x&y=z', 'a/b?c', '{x}', "or'1'='1", 'a%27b', '*']
/** Whom a query that says more than it should would find, too. */
const Bystanders = ['victim', 'a', 'x', 'o', 'neil', '1'].map((box) => `${box}@people.example`)

/** Where each CRM has the lead's own words: the fields of the shipped mapping, and what notes and tasks show. */
const Places: Readonly<Record<CrmName, Place>> = {
  hubspot: {
    fields: ['firstname', 'lastname', 'company', 'jobtitle', 'phone'],
    own: ['offer', 'action', 'stage', 'source'].map((name) => `leadsync_last_${name}`).concat('leadsync_campaign'),
    notes: 'leadsync_notes',
    note: { object: 'note', text: 'hs_note_body', read: seenInHtml },
    task: { subject: 'hs_task_subject', text: 'hs_task_body', read: seenInHtml },
  },
  salesforce: {
    fields: ['FirstName', 'LastName', 'Company', 'Title', 'Phone'],
    own: ['offer', 'action', 'stage', 'source'].map((name) => `leadsync_last_${name}__c`).concat('leadsync_campaign__c'),
    notes: 'leadsync_notes__c',
    note: { object: 'task', text: 'Description', read: asItIs },
    task: { subject: 'Subject', text: 'Description', read: asItIs },
  },
  dynamics: {
    fields: ['firstname', 'lastname', 'companyname', 'jobtitle', 'telephone1'],
    own: ['offer', 'action', 'stage', 'source'].map((name) => `leadsync_last${name}`).concat('leadsync_campaign'),
    notes: 'leadsync_notes',
    note: { object: 'note', text: 'notetext', read: seenInHtml },
    task: { subject: 'subject', text: 'description', read: asItIs },
  },
}

interface Place {
  readonly fields: readonly string[]
  readonly own: readonly string[]
  readonly notes: string
  readonly note: { readonly object: string; readonly text: string; read(stored: string): string }
  readonly task: { readonly subject: string; readonly text: string; read(stored: string): string }
}

interface Stranger {
  readonly kind: string
  readonly value: string
  readonly email: string
}
const strangers: readonly Stranger[] = Object.entries(Hostile).map(([kind, value], n) => ({
  kind,
  value,
  email: `${Mailboxes[n % Mailboxes.length]}${n}@people.example`,
}))

function strangeLead({ value, email }: Stranger, hour: number, action: string = value): Lead {
  return makeLead({
    id: `${value} ${hour}`,
    action,
    stage: value,
    source: value,
    occurredAt: hours(hour),
    receivedAt: hours(hour),
    offer: { publisherId: value, offerId: value, title: value },
    person: { email, firstName: value, lastName: value, company: value, jobTitle: value, phoneRaw: value },
    notes: notesOf(value),
    campaign: { mktcmpid: value },
  })
}

function notesOf(value: string): string {
  return `${value}\n\n${value}\tand more`
}

let redis: TestRedis
beforeAll(async () => {
  redis = await startTestRedis()
})
afterAll(() => redis.stop())

describe.each(Object.values(Crms))('$name: a lead full of', (crm) => {
  const place = Places[crm.name]
  let stand: CrmStand
  let bystanders: readonly StoredRecord[]
  /** All that the CRM holds after two leads of each stranger, a task for each, and a do-not-contact of each. */
  let records: readonly StoredRecord[]
  let endings: readonly string[]
  let tasks: readonly Judged<TaskState>[]

  beforeAll(async () => {
    stand = await openStand(crm, redis.url)
    await stand.store.redis.flushall()
    for (const email of Bystanders) await crm.harness.sales.create(stand.url, crm.made(email))
    bystanders = await stand.records()
    const noting = stand.delivery(stand.rules({ touches: { as: 'notes' } }))
    const lining = stand.delivery(stand.rules({ touches: { as: 'field', field: crm.history } }))
    const closing = stand.delivery(stand.rules({ doNotContact: { mode: 'opt-out' } }))
    const all = [await every(noting, (one) => strangeLead(one, 1)), await every(lining, (one) => strangeLead(one, 2))]
    all.push(await every(closing, (one) => strangeLead(one, 3, 'DNC')))
    endings = all.flat()
    tasks = await makeTasks(await stand.records())
    records = await stand.records()
  })
  afterAll(() => stand.stop())

  /** All at once, so that each is in one batch with the others. */
  function every(by: CrmDelivery, lead: (stranger: Stranger) => Lead): Promise<string[]> {
    return Promise.all(strangers.map((one) => stand.deliver(by, lead(one))))
  }

  async function makeTasks(people: readonly StoredRecord[]): Promise<readonly Judged<TaskState>[]> {
    const wanted = strangers.map(({ kind, value, email }): TaskWrite => {
      const { object, id } = personOf(people, email)
      const text = { subject: value, body: `Call ${email}\n${value}` }
      const due = { dueAt: hours(24), timeZone: 'Pacific/Auckland' }
      return { id: kind, record: { object, id }, ...text, ...due, type: 'call', priority: 'high', owner: null }
    })
    const { signal } = new AbortController()
    const made = await stand.connector.createTasks(wanted, signal)
    return stand.connector.readTasks(
      made.flatMap((one) => (one instanceof DeliveryError ? [] : [one])),
      signal,
    )
  }

  function personOf(among: readonly StoredRecord[], email: string): StoredRecord {
    const [found, ...more] = among.filter(({ fields }) => fields[crm.email] === email)
    expect(more).toEqual([])
    return found ?? expect.unreachable(`nobody has ${email}`)
  }

  it.each(strangers)('$kind is one record that says it as it was typed', ({ value, email }) => {
    const { fields } = personOf(records, email)
    const names = [...place.fields, ...place.own]
    const said = Object.fromEntries(names.map((name) => [name, value]))
    expect(fields).toMatchObject({
      ...said,
      [place.notes]: notesOf(value),
      [crm.history]: expect.stringContaining(notesOf(value)),
    })
    expect(crm.optOuts.closed.map((name) => String(fields[name]))).toEqual(crm.optOuts.closed.map(() => 'true'))
  })

  it.each(strangers)('$kind shows in a note as text, and is no markup there', ({ value, email }) => {
    const { object, text, read } = place.note
    const notes = records.filter((one) => one.object === object).map(({ fields }) => read(String(fields[text])))
    const shown = notes.map(printable).filter((note) => note.includes(email) && note.includes(printable(notesOf(value))))
    expect(shown).toHaveLength(1)
  })

  it.each(strangers)('$kind shows in a task as text, and is no markup there', ({ value, email }) => {
    const { subject, text, read } = place.task
    const all = records.filter(({ object }) => object === 'task')
    const shown = all.map(({ fields }) => ({ subject: printable(String(fields[subject])), text: read(String(fields[text])) }))
    const [own, ...more] = shown.filter((task) => task.text.includes(`Call ${email}\n`))
    expect([own?.subject, more]).toEqual([printable(value).replaceAll(/\s+/g, ' '), []])
    expect(printable(own?.text ?? '')).toContain(`Call ${email}\n${printable(value)}`)
  })

  it('all this is one record each, and nobody else’s was touched', () => {
    const people = records.filter(({ fields }) => typeof fields[crm.email] === 'string')
    const strange = strangers.map(({ email }) => email)
    expect(people.map(({ fields }) => fields[crm.email]).toSorted()).toEqual([...Bystanders, ...strange].toSorted())
    expect(records.filter(({ id }) => bystanders.some((one) => one.id === id))).toEqual(bystanders)
    const each = ['delivered:created', 'delivered:updated', 'suppressed']
    expect(endings.toSorted()).toEqual(strangers.flatMap(() => each).toSorted())
  })

  it('NULs and halves of characters, escaped in a marketplace body, is one record without them', async () => {
    const dirt = '\\u0000\\ud800'
    const keys = ['FirstName', 'LastName', 'Company', 'Title', 'Phone', 'Country']
    const details = keys.map((key) => `"${key}":"${dirt}${key}${dirt}"`).join(',')
    const body = `{"UserDetails":{${details},"Email":"${dirt}dirty@people.example"},"${dirt}":"${dirt}","OfferTitle":"x${dirt}","Description":"${dirt}y"}`
    expect(await stand.deliver(stand.delivery(stand.rules()), leadOf(body, { ...Context, id: 'dirty' }))).toBe(
      'delivered:created',
    )
    const { fields } = personOf(await stand.records(), 'dirty@people.example')
    expect(place.fields.map((name) => fields[name])).toEqual(['FirstName', 'LastName', 'Company', 'Title', 'Phone'])
    expect(JSON.stringify(fields)).not.toMatch(/\\u0000|\\ud800|\ufffd/)
  })

  it('all this is a task that can still be told from one that somebody has worked on', () => {
    expect(tasks).toEqual(strangers.map(() => ({ status: 'open', touched: false })))
  })
})

/** Without control characters, which no CRM shows and some do not keep. */
function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, '')
}

function asItIs(stored: string): string {
  return stored
}

/** Reads rich text as a browser does. Line breaks are all the markup there may be: more would be what somebody typed. */
function seenInHtml(stored: string): string {
  const lines = stored.replaceAll('<br>', '\n')
  expect(lines).not.toMatch(/[<>]|&(?!(amp|lt|gt);)/)
  return lines.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
