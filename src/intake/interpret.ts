import {
  canonicalContent,
  hmac,
  judgeOwn,
  type Lead,
  type LeadContext,
  type LeadProblem,
  type Log,
  leadIdFrom,
  NoOwnDomains,
  normalizeLead,
  normalizeMarketplace,
  type OwnDomains,
  ownTags,
  readMarketplaceBody,
  type StageRule,
} from '../core/index.ts'
import type { JournalEntry } from './journal-entry.ts'
import type { Arrival } from './lead-sink.ts'

export interface InterpretOptions {
  /** The installation's secret, for the HMACs. */
  readonly secret: string
  readonly stages: readonly StageRule[]
  /** What becomes of the test leads that Partner Center sends. Default `hold`. */
  readonly testLeads?: 'hold' | 'deliver'
  /** What becomes of the leads of the publisher's own people. Default: they are like any other. */
  readonly ownDomains?: OwnDomains
}

/** What came by the API is either a lead or the caller's to correct; what the marketplace sends nobody can send again. */
type Judgement =
  | { readonly ok: true; readonly arrival: Arrival }
  | { readonly ok: false; readonly errors: readonly LeadProblem[] }

export interface Interpreter {
  /** Total: what can't be understood is quarantined, and so is what makes us fail. */
  interpret(entry: JournalEntry): Arrival
  /** `input` is the entry's body, parsed. */
  judge(entry: JournalEntry, input: unknown): Judgement
}

export function createInterpreter(options: InterpretOptions, log: Log): Interpreter {
  const { secret, stages } = options

  function arrivalOf(entry: JournalEntry, read: Lead): Arrival {
    const { lead, held: own } = judgeOwn(read, options.ownDomains ?? NoOwnDomains)
    const held = own || (lead.test && (options.testLeads ?? 'hold') === 'hold')
    // Without an id of its own the lead has the entry's, which is new each time: only the content can tell that it came before.
    const contentKey = lead.id === entry.id ? hmac(secret, 'content', canonicalContent(lead)) : null
    return { kind: held ? 'held' : 'accepted', lead, receipt: entry.id, contentKey, idempotency: entry.idempotency }
  }

  function contextOf(entry: JournalEntry): LeadContext {
    const { id, receivedAt, channel, token, tags, offer } = entry
    return { id, receivedAt, channel, token, tags, offer, stages }
  }

  function readMarketplace(entry: JournalEntry): Arrival {
    if (entry.encoding === 'base64') return quarantined(entry, 'The body is not text in UTF-8, so no lead could be read from it.')
    const body = readMarketplaceBody(entry.body)
    if (!body.ok) return quarantined(entry, body.reason)
    const result = normalizeMarketplace(body.parsed, contextOf(entry))
    return result.ok ? arrivalOf(entry, result.lead) : quarantined(entry, result.reason)
  }

  function judge(entry: JournalEntry, input: unknown): Judgement {
    const result = normalizeLead(input, contextOf(entry))
    if (!result.ok) return result
    // Where it came in is ours to say, whatever the lead says of itself.
    const lead = {
      ...result.lead,
      id: idOf(entry, result.lead),
      channel: entry.channel,
      tags: ownTags(result.lead.tags, entry.token),
    }
    return { ok: true, arrival: arrivalOf(entry, lead) }
  }

  function readApi(entry: JournalEntry): Arrival {
    const judgement = judge(entry, JSON.parse(entry.body))
    if (judgement.ok) return judgement.arrival
    return quarantined(entry, judgement.errors.map(({ message }) => message).join(' '))
  }

  return {
    judge,
    interpret: (entry) => {
      try {
        return entry.channel === 'marketplace' ? readMarketplace(entry) : readApi(entry)
      } catch (error) {
        log.error(
          { entry: entry.id, stack: stackOf(error) },
          'A body made the normalizer fail: this is a bug. It is kept in quarantine.',
        )
        return quarantined(entry, 'Leadsync failed on this body: this is a bug in Leadsync. Replay it after an update.')
      }
    },
  }
}

/** The lead's own id, else one made from its `externalId`: within its token, since two systems may both count from 1. */
function idOf(entry: JournalEntry, lead: Lead): string {
  if (lead.id !== entry.id || lead.externalId === null) return lead.id
  return leadIdFrom(entry.channel, entry.token, lead.externalId)
}

function quarantined(entry: JournalEntry, reason: string): Arrival {
  const { id, receivedAt, channel, token, encoding, body } = entry
  return { kind: 'quarantined', id, receivedAt, channel, token, reason, verbatim: { encoding, body } }
}

/** Where it happened, without the message: that may quote the body. */
function stackOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  return error.stack?.slice(error.stack.indexOf('\n    at '))
}
