import { DeliveryError, type Judged, type Log, type RecordWrite, type WriteOutcome } from '../../src/core/index.ts'
import { companyDomain } from '../kit/mail-domain.ts'
import { BatchSize, type ReadContext } from './read.ts'
import { CompaniesAnswer } from './wire.ts'

/**
 * Links the contacts that were made just now to the one company that has their e-mail's domain. Companies are never made: HubSpot itself
 * checks no domain when one is made through its API. So search may be asked, which lags: a company of the last seconds is not linked,
 * and nothing worse. Nothing here fails a delivery.
 */
export async function linkCompanies(
  writes: readonly RecordWrite[],
  outcomes: readonly Judged<WriteOutcome>[],
  context: ReadContext,
  log: Log,
): Promise<void> {
  const { crm } = context.circumstances()
  const contacts = writes.flatMap(({ email }, index) => {
    const outcome = outcomes[index]
    const domain = companyDomain(email)
    const isNew = outcome && !(outcome instanceof DeliveryError) && outcome.result === 'created'
    return isNew && domain !== null ? [{ id: outcome.id, domain }] : []
  })
  if (contacts.length === 0 || context.effort.stopped) return
  try {
    const companies = await companiesOf([...new Set(contacts.map(({ domain }) => domain))], context)
    const inputs = contacts.flatMap(({ id, domain }) => {
      const company = companies.get(domain)
      return company === undefined ? [] : [{ from: { id }, to: { id: company } }]
    })
    for (let from = 0; from < inputs.length; from += BatchSize) {
      const { api, signal } = context
      const reply = await api.post(api.paths.companyLink, { inputs: inputs.slice(from, from + BatchSize) }, signal)
      if (reply.kind === 'refused') throw reply.error
    }
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error
    log.warn({ crm, reason: error.message }, 'New contacts were not linked to their companies')
  }
}

/** Domain → company id, where exactly one company has it. */
async function companiesOf(domains: readonly string[], context: ReadContext): Promise<Map<string, string>> {
  const found = new Map<string, string[]>()
  const { api, signal } = context
  for (let from = 0; from < domains.length; from += BatchSize) {
    const filters = [{ propertyName: 'domain', operator: 'IN', values: domains.slice(from, from + BatchSize) }]
    const reply = await api.post(
      api.paths.companySearch,
      { filterGroups: [{ filters }], properties: ['domain'], limit: 200 },
      signal,
    )
    if (reply.kind === 'refused') throw reply.error
    const answer = CompaniesAnswer.safeParse(reply.body).data
    // More than one page: whether a domain has a second company can't be told.
    if (!answer || answer.paging) continue
    for (const { id, properties } of answer.results) {
      const domain = properties.domain?.toLowerCase() ?? ''
      found.set(domain, [...(found.get(domain) ?? []), id])
    }
  }
  return new Map([...found].flatMap(([domain, ids]) => (ids.length === 1 && ids[0] ? [[domain, ids[0]] as const] : [])))
}
