import { DeliveryError, type Judged, type RecordWrite } from '../../../src/core/index.ts'
import { companyDomain } from '../../kit/mail-domain.ts'
import { sentence } from '../errors.ts'
import { type QueryContext, query, type Soql } from '../requests/query.ts'
import { inList } from '../requests/soql.ts'
import type { Settings } from '../settings.ts'
import type { WireRecord } from '../wire.ts'

export type AccountSettings = Pick<Settings, 'account' | 'accountFallback'>

/** The Account of a new Contact; null where the settings want none, or nobody has asked Salesforce yet. */
export type AccountOf = (write: RecordWrite) => Judged<string | null>

/** What can be said without asking: for a preview, and where the account is a fixed one. */
export function fixedAccount({ account }: AccountSettings): AccountOf {
  const fixed = isMatching(account) ? null : (account ?? null)
  return () => fixed
}

/**
 * Finds the Accounts of new Contacts, all in one query. Accounts are never made, and one of several is never guessed: a Contact in the wrong
 * Account is seen by the wrong people.
 */
export async function findAccounts(
  writes: readonly RecordWrite[],
  settings: AccountSettings,
  context: QueryContext,
): Promise<AccountOf> {
  const { account, accountFallback } = settings
  const fresh = writes.filter(({ object, recordId }) => object === 'contact' && recordId === null)
  if (!isMatching(account) || fresh.length === 0) return fixedAccount(settings)
  const keyOf = account === 'match-by-domain' ? domainOf : nameOf
  const keys = [...new Set(fresh.map(keyOf).filter((key) => key !== null))]
  const records = keys.length === 0 ? [] : (await query([soqlOf(account, keys)], context))[0]
  return (write) => {
    if (records === undefined || records instanceof DeliveryError) return records ?? null
    const key = keyOf(write)
    const found = key === null ? [] : records.filter((record) => keyOfRecord(account, record) === key)
    const id = found.length === 1 ? found[0]?.Id : undefined
    return typeof id === 'string' ? id : (accountFallback ?? noAccount(account, key, found.length, context.crm))
  }
}

type Matching = 'match-by-domain' | 'match-by-name'

function isMatching(account: Settings['account']): account is Matching {
  return account === 'match-by-domain' || account === 'match-by-name'
}

function soqlOf(account: Matching, keys: readonly string[]): Soql {
  if (account === 'match-by-name') return { soql: `SELECT Id, Name FROM Account WHERE ${inList('Name', keys)}` }
  // A domain has nothing in it that LIKE or a quote could trip over; that it stands there as the whole host is compared afterwards.
  return { soql: `SELECT Id, Website FROM Account WHERE ${keys.map((key) => `Website LIKE '%${key}%'`).join(' OR ')}` }
}

function keyOfRecord(account: Matching, record: WireRecord): string | null {
  if (account === 'match-by-name') return typeof record.Name === 'string' ? folded(record.Name) : null
  return typeof record.Website === 'string' ? hostOf(record.Website) : null
}

function domainOf({ email }: RecordWrite): string | null {
  return companyDomain(email)
}

function nameOf({ company }: RecordWrite): string | null {
  const name = folded(company ?? '')
  return name === '' ? null : name
}

function folded(name: string): string {
  return name.trim().toLowerCase()
}

/** People write web sites with and without `https://` and `www.`. */
function hostOf(website: string): string | null {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(website.trim()) ? website.trim() : `https://${website.trim()}`
  if (!URL.canParse(address)) return null
  return new URL(address).hostname.toLowerCase().replace(/^www\./, '')
}

function noAccount(account: Matching, key: string | null, count: number, crm: string): DeliveryError {
  const what = account === 'match-by-domain' ? 'the web site of this e-mail domain' : "the lead's company name"
  const lacks = account === 'match-by-domain' ? "the lead has no e-mail of a company's own" : 'the lead names no company'
  const why = key === null ? lacks : count === 0 ? `no Account has ${what}` : `${count} Accounts have ${what}`
  const say = `a new Contact needs an Account, and ${why}. Set accountFallback, or mend the Accounts, then replay.`
  return new DeliveryError('invalid', sentence(crm, say), { fields: ['AccountId'] })
}
