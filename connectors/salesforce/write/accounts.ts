import { DeliveryError, type Judged, type RecordWrite } from '../../../src/core/index.ts'
import { companyDomain } from '../../kit/mail-domain.ts'
import { type Refusal, sentence } from '../errors.ts'
import { type QueryContext, query } from '../requests/query.ts'
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
 * Finds the Accounts of new Contacts, all in one request. Accounts are never made, and one of several is never guessed: a Contact in the wrong
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
  const records = await accountsOf(account, keys, context)
  return (write) => {
    if (records instanceof DeliveryError) return records
    const key = keyOf(write)
    const found = key === null ? [] : records.filter((record) => keyOfRecord(account, record) === key)
    const id = found.length === 1 ? found[0]?.Id : undefined
    return typeof id === 'string' ? id : (accountFallback ?? noAccount(account, key, found.length, context.crm))
  }
}

type Matching = 'match-by-domain' | 'match-by-name'

export function isMatching(account: Settings['account']): account is Matching {
  return account === 'match-by-domain' || account === 'match-by-name'
}

// The longest of either kind, as often as it has to be written, and Salesforce takes 100,000 characters of SOQL.
const KeysPerQuery = 50
// What `Name` holds: no Account has a longer one, and the query would only grow by it.
const NameLength = 255
/** By what Accounts are matched. */
export const FieldOf = { 'match-by-domain': 'Website', 'match-by-name': 'Name' } as const

async function accountsOf(
  account: Matching,
  keys: readonly string[],
  context: QueryContext,
): Promise<readonly WireRecord[] | DeliveryError> {
  const queries: { readonly soql: string }[] = []
  for (let from = 0; from < keys.length; from += KeysPerQuery) {
    const where = conditionFor(account, keys.slice(from, from + KeysPerQuery))
    queries.push({ soql: `SELECT Id, ${FieldOf[account]} FROM Account WHERE ${where}` })
  }
  const hidden = new Set<string>()
  const onRefusal = (_: number, { statusCode }: Refusal) => void (statusCode === 'INVALID_FIELD' && hidden.add(statusCode))
  const found = await query(queries, { ...context, onRefusal })
  if (hidden.size > 0) return hiddenField(account, context.crm)
  const refused = found.find((one) => one instanceof DeliveryError)
  return refused instanceof DeliveryError ? refused : found.flatMap((one) => (one instanceof DeliveryError ? [] : one))
}

function conditionFor(account: Matching, keys: readonly string[]): string {
  if (account === 'match-by-name') return inList('Name', keys)
  // A domain has nothing in it that LIKE or a quote could trip over; that it is the whole host is compared afterwards. Not `%m.co%`, which
  // would read nearly every Account there is, page by page.
  const patterns = (key: string) => [`${key}%`, `www.${key}%`, `%//${key}%`, `%//www.${key}%`]
  return keys.flatMap((key) => patterns(key).map((pattern) => `Website LIKE '${pattern}'`)).join(' OR ')
}

/** Every new Contact would be parked for what one right mends. */
function hiddenField(account: Matching, crm: string): DeliveryError {
  const say = `the integration user can't look Accounts up by Account.${FieldOf[account]}, as \`account: ${account}\` wants. Let it see that field (permission set).`
  return new DeliveryError('misconfigured', sentence(crm, say))
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
  return name === '' || name.length > NameLength ? null : name
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
