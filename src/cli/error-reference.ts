import { dynamicsErrors } from '../../connectors/dynamics/error-rows.ts'
import { hubspotErrors } from '../../connectors/hubspot/error-rows.ts'
import type { ErrorRow } from '../../connectors/kit/error-row.ts'
import { salesforceErrors } from '../../connectors/salesforce/error-rows.ts'
import { DeliveryError, type DeliveryErrorCode, DeliveryErrorCodes, disposition } from '../core/index.ts'

/** Every row of every connector's error tables, by the words that docs/errors.md begins a row's id with. */
export const errorTables: Readonly<Record<string, readonly ErrorRow[]>> = {
  hubspot: hubspotErrors,
  salesforce: salesforceErrors,
  dynamics: dynamicsErrors,
}

const Titles: Readonly<Record<string, string>> = { hubspot: 'HubSpot', salesforce: 'Salesforce', dynamics: 'Dynamics 365' }

/** `docs/errors.md`, byte for byte: what each CRM may say, what Leadsync makes of it, and what a person does. */
export function errorReference(): string {
  const tables = Object.entries(errorTables).flatMap(([connector, rows]) => [
    `## ${Titles[connector] ?? connector}`,
    table(
      ['row', 'it says', 'Leadsync', 'what it means, and what to do'],
      rows.map((row) => cellsOf(connector, row)),
    ),
  ])
  const codes = DeliveryErrorCodes.map((code) => [`\`${code}\``, ...Codes[code], ActOf[dispositionOf(code)]])
  return `${[Intro, table(['code', 'what is wrong', 'who acts', 'what Leadsync does'], codes), Rows, ...tables].join('\n\n')}\n`
}

type Act = 'hold' | 'block' | 'retry' | 'look again' | 'park'

/** What becomes of a delivery, asked of the one function that decides it. */
function dispositionOf(code: DeliveryErrorCode): Act {
  const what = disposition(new DeliveryError(code, ''))
  if (what.kind === 'retry') return what.spendsAttempt ? 'look again' : 'retry'
  return what.kind
}

const ActOf: Readonly<Record<Act, string>> = {
  hold: "that CRM's queue waits for as long as the CRM says; no attempt is spent",
  block: "that CRM's queue stops with the reason and one alert; a probe every five minutes lifts it when it is mended",
  retry: 'tried again, later each time; no attempt is spent',
  'look again': 'looked up again and tried again; each time spends an attempt, the last one parks it',
  park: 'that lead alone waits in the dead letters, until a person replays or discards it',
}

const ShortOf: Readonly<Record<Act, string>> = {
  hold: 'waits',
  block: 'stops this CRM',
  retry: 'tries again',
  'look again': 'looks again',
  park: 'parks the lead',
}

const Codes: Readonly<Record<DeliveryErrorCode, readonly [wrong: string, who: string]>> = {
  rate_limited: ['too many requests just now', 'time'],
  quota_exhausted: ["the day's requests are used up", 'time'],
  unauthorized: ['the credential is not accepted', 'the operator'],
  misconfigured: ['a right, a setting or the address is wrong', 'the operator'],
  unavailable: ['the CRM, or the way to it, does not work', 'time'],
  conflict: ['somebody else was faster: another record, another change', 'time'],
  invalid: ['what this lead says is refused', 'a person'],
  multiple_matches: ['several records are this customer', 'a person'],
  protocol: ['an answer that should not be', 'us: please report it'],
}

const Intro = `# What a CRM may say, and what to do

<!-- Written by npm run schema: change connectors/*/rules.ts and src/core/errors.ts, not this file. -->

Each answer of a CRM that is not a yes is one row below, the first that fits, and each row has one of nine codes. The code alone decides what becomes
of the delivery; the sentence is what dead letters, logs and \`npx leadsync status\` show. A CRM's own text is never shown: it may quote the customer.`

const Rows = `An answer that does not come (no connection, a timeout, an end in the middle) is \`unavailable\`; so is a page of HTML where JSON should be. What was sent
may have been done all the same: it is looked for, or sent so that it can't be done twice. A refusal of a whole batch that gives no reason is looked into:
something harmless is sent, then the batch in parts, until the record that it is about is alone ([connectors](connectors.md#a-bad-row)). Of an \`invalid\` that names fields,
those that are neither identity nor required are left out, and the lead is delivered without them. \`{…}\` is filled in.`

function cellsOf(connector: string, { id, says, code, say, field }: ErrorRow): readonly string[] {
  const named = field === undefined ? '' : ` Where it names fields, \`invalid\`: "FIELD" ${field}.`
  return [`\`${connector}/${id}\``, says, `\`${code}\`: ${ShortOf[dispositionOf(code)]}`, `${capital(say)}${named}`]
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
