import type { Finding } from '../../src/core/index.ts'
import type { ReadContext } from './read.ts'

export interface ProbeContext extends ReadContext {
  readonly companies: 'none' | 'match-by-domain'
}

interface Probe {
  readonly path: string
  readonly body: object
  /** What can't be done, and the scope that is missing. */
  readonly message: string
}

/**
 * Which scopes are missing, as 403s tell. The calls are those of a delivery with nothing in them, so that nobody is read and nothing written;
 * HubSpot checks the scope first, and whatever else it says to an empty call is no matter.
 */
export async function probes(context: ProbeContext): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { path, body, message } of probesOf(context)) {
    const reply = await context.api.post(path, body, context.signal)
    if (reply.kind === 'ok') continue
    const { status, code } = reply.error
    if (status === 403) findings.push({ severity: 'error', object: 'contact', field: null, message })
    else if (code !== 'invalid' && code !== 'protocol' && code !== 'conflict') throw reply.error
  }
  return findings
}

function probesOf({ api: { paths }, companies }: ProbeContext): Probe[] {
  const lacks = (what: string, scope: string) => `The token may not ${what}. Add the scope ${scope} to the service key.`
  const nothing = { inputs: [] }
  const search = { filterGroups: [], properties: [], limit: 1 }
  return [
    { path: paths.read, body: { ...nothing, properties: [] }, message: lacks('read contacts', 'crm.objects.contacts.read') },
    { path: paths.update, body: nothing, message: lacks('write contacts and tasks', 'crm.objects.contacts.write') },
    ...(companies === 'none'
      ? []
      : [{ path: paths.companySearch, body: search, message: lacks('read companies', 'crm.objects.companies.read') }]),
  ]
}
