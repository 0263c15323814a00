import { spawn } from 'node:child_process'
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFailed, onTestFinished } from 'vitest'
import { serversStartedWith } from '../../src/store/redis-process.ts'
import { LeadsyncCommand } from '../kit/daemon.ts'
import { foreignEnvironment } from '../kit/home.ts'

type Counts = Readonly<Record<string, number>>

interface Result {
  readonly received: number
  readonly accepted: number
  readonly duplicates: number
  readonly quarantined: number
  readonly held: number
  readonly crms: { readonly hubspot: Counts; readonly salesforce: Counts; readonly dynamics: Counts }
}

interface SavedRecord {
  readonly id: string
  readonly kind: string
  readonly archivedAt: number | null
  readonly values: Readonly<Record<string, string>>
}

/** The command behind `npm run demo -- --once`, in a folder of its own. */
async function runDemo(dir: string): Promise<{ readonly code: number | null; readonly result: Result; readonly stdout: string }> {
  // A group of its own, so that a test that fails can end the daemon and the sandbox with it.
  const child = spawn(process.execPath, [LeadsyncCommand, 'demo', '--once'], {
    cwd: dir,
    env: foreignEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  onTestFinished(() => {
    if (child.exitCode === null && child.pid) process.kill(-child.pid, 'SIGKILL')
  })
  onTestFailed(() => console.error(stdout + stderr))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  const last = stdout.trim().split('\n').at(-1) ?? ''
  return { code, result: JSON.parse(last), stdout }
}

/** Contacts or tasks as the stand-in keeps them on disk. */
async function hubspotHas(dir: string, wanted: 'contacts' | 'tasks'): Promise<readonly SavedRecord[]> {
  const saved = JSON.parse(await readFile(join(dir, '.leadsync', 'demo', 'sandbox-hubspot.json'), 'utf8'))
  const records: SavedRecord[] = saved.store.records
  return records.filter(({ kind, archivedAt }) => kind === wanted && archivedAt === null)
}

type Row = Readonly<Record<string, unknown>>

/** What a stand-in keeps on disk in one of its tables. */
async function rowsIn(dir: string, crm: 'salesforce' | 'dynamics', name: string): Promise<readonly Row[]> {
  const saved = JSON.parse(await readFile(join(dir, '.leadsync', 'demo', `sandbox-${crm}.json`), 'utf8'))
  const tables: { object?: string; table?: string; rows: Row[] }[] = saved.tables
  const rows = tables.find(({ object, table }) => (object ?? table) === name)?.rows ?? []
  return rows.filter(({ IsDeleted }) => IsDeleted !== true)
}

/** E-mails of the Leads that a stand-in keeps on disk, sorted; null for those without. */
async function leadsIn(dir: string, crm: 'salesforce' | 'dynamics'): Promise<readonly unknown[]> {
  const leads = await rowsIn(dir, crm, crm === 'salesforce' ? 'Lead' : 'lead')
  return leads
    .map(({ Email, emailaddress1 }) => Email ?? emailaddress1 ?? null)
    .sort((a, b) => Number(a === null) - Number(b === null) || String(a).localeCompare(String(b), 'en'))
}

/** Everybody whom the samples name, once; not the test lead, not Dora, who asked not to be contacted and was unknown, and nobody of the quarantine. */
const people = [
  'amelie@tailspin.example',
  'ann@cityppower.example',
  'bart@queue.example',
  'bob@cityppower.example',
  'dana@relecloud.example',
  'eva.novak@adatum.example',
  'felix@nodpublishers.example',
  'hello@margies.example',
  'ivo+azure@cohowinery.example',
  'jane.doe@contoso.example',
  'juergen@xn--bcher-kva.example',
  'kim@alpineski.example',
  'li.wei@northwind.example',
  'max@bellows.example',
  'nina@lamna.example',
  'noah.smith@wingtip.example',
  'olsen@trey.example',
  'omar@litware.example',
  'pat@proseware.example',
  'paula@southridge.example',
  'right@humongous.example',
  'rosa@vanarsdel.example',
  'someone@fabrikam.example',
  'tina@wideworld.example',
  'tom@twin.example',
  'uma@woodgrove.example',
  'vera@lucerne.example',
  'wilma@adventure.example',
  'zoe@fourthcoffee.example',
]
/** Whose lead only HubSpot accepts. */
const onlyInHubspot = 'wilma@adventure.example'
const peopleWithoutEmail = ['Front Desk', 'Gerda ']

it('ends a first run with the right contacts and a second one with nothing created or updated', async () => {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'leadsync-demo-')))
  const redisConfig = join(dir, '.leadsync', 'demo', 'redis.conf')
  onTestFinished(async () => {
    for (const pid of await serversStartedWith(redisConfig)) process.kill(pid, 'SIGKILL')
    await rm(dir, { recursive: true, force: true, maxRetries: 5 })
  })

  const first = await runDemo(dir)
  expect(first.code).toBe(0)
  expectShape(first.result)
  expectBalanced(first.result)
  expect(first.result.received).toBeGreaterThanOrEqual(40)
  const { created, parked, waiting, contacts } = first.result.crms.hubspot
  expect({ created, parked, waiting, contacts }).toEqual({ created: contacts, parked: 0, waiting: 0, contacts })
  const { hubspot, salesforce, dynamics } = first.result.crms
  for (const crm of [salesforce, dynamics]) {
    const { delivered = 0, created: made = 0, contacts: all = 0 } = hubspot
    const one = { delivered: delivered - 1, created: made - 1, contacts: all - 1, notWanted: 1 }
    // Which leads of one person go together is chance, and a lead that goes with another is updated or unchanged with it. Which of them came
    // before another one's task was made is chance, too; and each CRM has the tasks of other leads.
    expect(crm).toEqual({ ...hubspot, ...one, requests: expect.any(Number), ...byChance(crm) })
    expect(crm.tasks).toBeGreaterThan(0)
  }

  const everywhere = '(\\w+/\\S+ in \\w+(, )?){3}'
  for (const words of [
    `A do-not-contact: Omar said no\\. His records are kept and flagged \\(${everywhere}\\); nobody is to write to him about contoso\\.contoso-analytics, nobody is to call him about contoso\\.contoso-analytics\\.`,
    `A burst: 5 leads that came at one moment are one contact\\. Contact \\S+ is ${everywhere}\\.`,
    `Known by phone only: a lead with a number and no address, then one with both: one contact\\. Contact \\S+ is ${everywhere}\\.`,
    'For one CRM only: taken by hubspot; not wanted by dynamics, salesforce, as accept: there says\\.',
  ]) {
    expect(first.stdout).toMatch(new RegExp(words))
  }

  const records = await hubspotHas(dir, 'contacts')
  const withoutEmail = records.filter(({ values }) => !values.email)
  expect(records.flatMap(({ values }) => values.email || []).sort()).toEqual(people)
  expect(withoutEmail.map(({ values }) => `${values.firstname} ${values.lastname ?? ''}`).sort()).toEqual(peopleWithoutEmail)
  expect(contacts).toBe(records.length)
  const everybody = [
    ...people.filter((email) => email !== onlyInHubspot).toSorted((a, b) => a.localeCompare(b, 'en')),
    ...peopleWithoutEmail.map(() => null),
  ]
  for (const crm of ['salesforce', 'dynamics'] as const) expect(await leadsIn(dir, crm)).toEqual(everybody)
  const find = (email: string) => records.find(({ values }) => values.email === email)?.values
  expect(find('jane.doe@contoso.example')).toMatchObject({
    firstname: 'Jane',
    lastname: 'Doe',
    jobtitle: 'CTO',
    phone: '+16175550123',
    leadsync_last_action: 'Create',
  })
  expect(find('paula@southridge.example')).toMatchObject({ phone: '+14255550144', company: 'Southridge', country: 'US' })
  expect(find('tom@twin.example')).toMatchObject({ company: 'Twin Towers' })
  expect(find('zoe@fourthcoffee.example')).toMatchObject({ firstname: 'Zoë', lastname: "O'Brien", company: 'Fourth & Coffee' })
  expect(find('omar@litware.example')?.leadsync_dnc_at).toBeTruthy()
  expect(find('vera@lucerne.example')?.leadsync_dnc_at).toBeTruthy()
  expect(records.filter(({ values }) => values.leadsync_dnc_at)).toHaveLength(2)
  await expectFollowUps(dir, first.stdout)
  expect(await serversStartedWith(redisConfig)).toEqual([])

  const second = await runDemo(dir)
  expect(second.code).toBe(0)
  expectShape(second.result)
  expectBalanced(second.result)
  expect(second.result.received).toBe(first.result.received)
  for (const [name, crm] of Object.entries(second.result.crms)) {
    const { contacts, tasks } = first.result.crms[name as keyof Result['crms']]
    expect(crm).toMatchObject({ contacts, tasks })
    expect(crm).toMatchObject({ created: 0, updated: 0, parked: 0, waiting: 0 })
  }
  expect(await hubspotHas(dir, 'contacts')).toEqual(records)
}, 120_000)

const kim = 'kim.sales@sandbox.example'
const olivia = 'olivia.sales@sandbox.example'

/** What is told of follow-ups is what the CRMs hold. */
async function expectFollowUps(dir: string, told: string): Promise<void> {
  expect(told).toMatch(
    /A cadence: Tina, who started a test drive, has 3 tasks in hubspot: call "Say hello to Tina[^"]*" at once, call "Ask Tina[^"]*" \d+\.\d s later, e-mail "[^"]* to Tina" \d+\.\d s later\. It is at its end;/,
  )
  const hers = (await hubspotHas(dir, 'tasks'))
    .map(({ values }) => values)
    .filter((task) => task.hs_task_subject?.includes('Tina'))
  expect(hers.map((task) => `${task.hs_task_type} ${task.hs_task_status}`)).toEqual([
    'CALL NOT_STARTED',
    'CALL NOT_STARTED',
    'EMAIL NOT_STARTED',
  ])

  const users = new Map((await rowsIn(dir, 'salesforce', 'User')).map(({ Email, Id }) => [Email, Id]))
  const tasks = await rowsIn(dir, 'salesforce', 'Task')
  const peopleOf = (seller: string) =>
    new Set(tasks.filter(({ OwnerId }) => OwnerId === users.get(seller)).map(({ WhoId }) => WhoId)).size
  const [ofKim, ofOlivia] = [peopleOf(kim), peopleOf(olivia)]
  expect(told).toContain(
    `A rotation: ${ofKim + ofOlivia} people asked to be contacted, and sales have them in turn: ${ofKim} to ${kim} (${users.get(kim)} in salesforce), ${ofOlivia} to ${olivia} (${users.get(olivia)} in salesforce).`,
  )
  expect(ofKim + ofOlivia).toBe(new Set(tasks.map(({ WhoId }) => WhoId)).size)
  expect(Math.min(ofKim, ofOlivia)).toBeGreaterThan(1)
  expect(Math.abs(ofKim - ofOlivia)).toBeLessThanOrEqual(1)

  const withdrawn = '[withdrawn] Call Vera back, who asked about Contoso Analytics'
  expect(told).toContain(
    `Taken back: Vera asked to be contacted, then came her no. Of her 3 steps call-back is withdrawn (salesforce has "${withdrawn}" as Deferred), again is cancelled, write is cancelled. The customer is not to be contacted about`,
  )
  expect(tasks.filter(({ Status }) => Status !== 'Not Started').map(({ Subject }) => Subject)).toEqual([withdrawn])

  expect(told).toMatch(
    /Too old: Felix was met at a fair days ago\. He is entered \((\w+\/\S+ in \w+(, )?){3}\)\. No follow-up: The lead is 120 hours old, and one of more than 72 hours is not followed up any more/,
  )
  const felix = (await rowsIn(dir, 'dynamics', 'lead')).find(
    ({ emailaddress1 }) => emailaddress1 === 'felix@nodpublishers.example',
  )
  expect(felix).toBeDefined()
  const about = (await rowsIn(dir, 'dynamics', 'task')).map((task) => task._regardingobjectid_value)
  expect(about).not.toContain(felix?.leadid)
}

function byChance({ updated, unchanged, tasks }: Readonly<Record<string, number>>) {
  return { updated, unchanged, tasks }
}

const CrmFields =
  'delivered created updated unchanged suppressed notWanted parked discarded forgotten waiting contacts tasks requests'.split(' ')

function expectShape(result: Result): void {
  expect(Object.keys(result)).toEqual(['received', 'accepted', 'duplicates', 'quarantined', 'held', 'crms'])
  expect(Object.keys(result.crms)).toEqual(['hubspot', 'salesforce', 'dynamics'])
  for (const crm of Object.values(result.crms)) expect(Object.keys(crm)).toEqual(CrmFields)
}

function expectBalanced({ received, accepted, duplicates, quarantined, held, crms }: Result): void {
  expect(accepted + duplicates + quarantined + held).toBe(received)
  for (const crm of Object.values(crms)) {
    const count = (...names: string[]) => names.reduce((sum, name) => sum + (crm[name] ?? Number.NaN), 0)
    expect(count('delivered', 'suppressed', 'notWanted', 'parked', 'discarded', 'forgotten', 'waiting')).toBe(accepted)
    expect(count('created', 'updated', 'unchanged')).toBe(count('delivered'))
  }
}
