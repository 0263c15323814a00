import { type CrmName, Words } from './crms.ts'

/** As `GET /_sandbox/records` has them. */
export interface SandboxRecord {
  readonly object: string
  readonly id: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A person's record in one CRM, in words that are the same for all three. */
export interface ShownRecord {
  readonly lastName: string
  readonly email: string
  readonly firstName: string
  readonly company: string
  readonly action: string
  readonly notes: string
  /** Numbers of the leads that its history names, as often as it does. */
  readonly touches: readonly number[]
  readonly dncAt: string
  readonly dncLiftedAt: string
}

export interface ShownTask {
  /** The number of the lead that it is about; null: not one of ours. */
  readonly lead: number | null
  readonly open: boolean
}

/** What one CRM holds in the end. */
export interface Shown {
  readonly records: readonly ShownRecord[]
  readonly tasks: readonly ShownTask[]
}

export async function readCrm(crm: CrmName, url: string): Promise<Shown> {
  const response = await fetch(`${url}/_sandbox/records`)
  const { records } = (await response.json()) as { records: readonly SandboxRecord[] }
  return shown(crm, records)
}

export function shown(crm: CrmName, records: readonly SandboxRecord[]): Shown {
  const words = Words[crm]
  const people = records.filter(({ object }) => object === 'contact' || object === 'lead')
  return {
    records: people.map(({ fields }) => {
      const text = (name: string) => textIn(fields, name)
      return {
        lastName: text(words.lastName),
        email: text(words.email),
        firstName: text(words.firstName),
        company: text(words.company),
        action: text(words.action),
        notes: text(words.notes),
        touches: wishesIn(text(words.history)),
        dncAt: text(words.dncAt),
        dncLiftedAt: text(words.dncLiftedAt),
      }
    }),
    tasks: records.filter(({ object }) => object === 'task').map(({ fields }) => taskOf(crm, fields)),
  }
}

function taskOf(crm: CrmName, fields: SandboxRecord['fields']): ShownTask {
  const { taskSubject, taskStatus, open } = Words[crm]
  const [lead = null] = wishesIn(textIn(fields, taskSubject))
  return { lead, open: open.includes(textIn(fields, taskStatus)) }
}

function wishesIn(text: string): readonly number[] {
  return [...text.matchAll(/Wish #(\d+);/g)].map(([, n]) => Number(n))
}

function textIn(fields: SandboxRecord['fields'], name: string): string {
  const value = fields[name]
  return value === undefined || value === null ? '' : String(value)
}
