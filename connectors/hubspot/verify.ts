import {
  type Catalog,
  type CatalogField,
  DeliveryError,
  type Finding,
  type Mapping,
  type MappingField,
} from '../../src/core/index.ts'
import { constantsOf } from '../kit/field-faults.ts'
import { fieldFindings } from './field-findings.ts'
import { isOwnerEmail, OwnerProperty, type Owners } from './owners.ts'
import { type ProbeContext, probes } from './probes.ts'

export interface VerifyContext extends ProbeContext {
  readonly owners: Owners
  readonly contactIdProperty: string
}

/** What stands between this mapping and this portal, the portal's own matters first. */
export async function verifyPortal(mapping: Mapping, catalog: Catalog, context: VerifyContext): Promise<Finding[]> {
  const fields = mapping.get('contact') ?? []
  const properties = catalog.objects.contact ? new Map(catalog.objects.contact.map((one) => [one.name, one])) : null
  const findings = portalFindings(properties)
  if (properties) findings.push(...contactIdFindings(properties.get(context.contactIdProperty), context.contactIdProperty))
  for (const field of fields) {
    if (properties && field.name !== context.contactIdProperty) findings.push(...fieldFindings(field, properties))
  }
  return [...findings, ...(await probes(context)), ...(await ownerFindings(fields, context))]
}

const UnknownProperties =
  'The token may not read the contact properties, so the mapping was not checked. Add the scope crm.schemas.contacts.read to the service key.'
const SalesforceSync =
  "HubSpot's own Salesforce sync is on: it carries what Leadsync writes here on to Salesforce. If Leadsync delivers to that Salesforce too, each lead gets there twice. Choose one of the two safe set-ups in connectors/hubspot/readme.md."

function portalFindings(properties: ReadonlyMap<string, CatalogField> | null): Finding[] {
  const findings: Finding[] = []
  if (properties === null) findings.push(portal(UnknownProperties))
  if (properties?.has('salesforceleadid')) findings.push(portal(SalesforceSync))
  return findings
}

function portal(message: string): Finding {
  return { severity: 'warning', object: null, field: null, message }
}

function contactIdFindings(property: CatalogField | undefined, name: string): Finding[] {
  const say = (message: string): Finding[] => [{ severity: 'error', object: 'contact', field: name, message }]
  if (!property)
    return say(
      `HubSpot has no contact property "${name}", so contacts are found by e-mail only and those without one are parked. Run \`leadsync provision\`.`,
    )
  if (!property.unique)
    return say(
      `The contact property "${name}" does not require unique values, which HubSpot can't add later. Delete it in HubSpot and run \`leadsync provision\`, or name another one as contactIdProperty.`,
    )
  return property.writable
    ? []
    : say(`The contact property "${name}" is read-only. Name another one as contactIdProperty, and run \`leadsync provision\`.`)
}

async function ownerFindings(fields: readonly MappingField[], context: VerifyContext): Promise<Finding[]> {
  const emails = new Set(
    fields
      .filter(({ name }) => name === OwnerProperty)
      .flatMap(constantsOf)
      .filter(isOwnerEmail),
  )
  const findings: Finding[] = []
  for (const email of emails) {
    const message = await ownerFault(email, context)
    if (message !== null) findings.push({ severity: 'error', object: 'contact', field: OwnerProperty, message })
  }
  return findings
}

// The address is the admin's own, written down in the mapping: it may be shown to them.
async function ownerFault(email: string, { owners, signal }: VerifyContext): Promise<string | null> {
  try {
    const owner = await owners.find(email, signal)
    if (owner?.active) return null
    if (owner)
      return `${email} is a deactivated user and can't be given contacts. Name somebody else, or activate the user in HubSpot.`
    return `HubSpot knows no user ${email} who can own contacts. Correct the address, or invite the user.`
  } catch (error) {
    if (!(error instanceof DeliveryError) || error.status !== 403) throw error
    return `The token may not read the users, so ${email} can't be given contacts. Add the scope crm.objects.owners.read to the service key.`
  }
}
