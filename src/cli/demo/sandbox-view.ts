interface SandboxRecord {
  readonly object: string
  readonly id: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface SandboxTotals {
  readonly contacts: number
  readonly tasks: number
  /** Since the sandbox was started. */
  readonly requests: number
}

/** What stands in a sandbox CRM now. */
export async function sandboxTotals(url: string): Promise<SandboxTotals> {
  const { records } = await read<{ records: SandboxRecord[] }>(`${url}/_sandbox/records`)
  const { requests } = await read<{ requests: unknown[] }>(`${url}/_sandbox/requests`)
  const count = (...objects: string[]) => records.filter(({ object }) => objects.includes(object)).length
  return { contacts: count('contact', 'lead'), tasks: count('task'), requests: requests.length }
}

/** A task as it stands in a CRM, in that CRM's own words; null where it says nothing. */
export interface SandboxTask {
  readonly subject: string | null
  readonly status: string | null
  readonly owner: string | null
}

/** By their ids. */
export async function sandboxTasks(url: string): Promise<ReadonlyMap<string, SandboxTask>> {
  const { records } = await read<{ records: SandboxRecord[] }>(`${url}/_sandbox/records`)
  const tasks = records.filter(({ object }) => object === 'task')
  return new Map(
    tasks.map(({ id, fields }) => [
      id,
      {
        subject: textOf(fields, ['hs_task_subject', 'Subject', 'subject']),
        status: textOf(fields, ['hs_task_status', 'Status', 'statecode']),
        owner: textOf(fields, ['hubspot_owner_id', 'OwnerId', '_ownerid_value']),
      },
    ]),
  )
}

/** Of the first of these fields that it has: each CRM calls them something else. */
function textOf(fields: SandboxRecord['fields'], names: readonly string[]): string | null {
  const value = names.map((name) => fields[name]).find((one) => one !== undefined && one !== null)
  return value === undefined ? null : String(value)
}

async function read<T>(url: string): Promise<T> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`The sandbox answered ${response.status}.`)
  return (await response.json()) as T
}
