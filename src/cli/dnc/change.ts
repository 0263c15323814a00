import { knownAliases } from '../../store/contact-lookup.ts'
import { type Changed, StrongSuppressions, type TimelineKeep } from '../../store/strong-suppression.ts'
import { type Change, noteChange } from '../../store/suppression-changes.ts'
import type { OpenStore } from '../open-store.ts'
import { printJson, printLines } from '../print.ts'
import { followInCrms, followText } from './follow.ts'

export interface ChangeAsked {
  /** The e-mail address or phone number as it was typed, and the alias under which a no to it is kept. */
  readonly text: string
  readonly alias: string
  readonly secret: string
  readonly dataDir: string
  readonly channel: 'any' | 'email' | 'phone' | null
  readonly offer: string | null
  readonly reason: string
  readonly json: boolean
  readonly keep: TimelineKeep
}

/** An admin says that somebody must not be contacted. Always exit code 0. */
export async function add(store: OpenStore, asked: ChangeAsked): Promise<number> {
  const { alias, channel, offer, reason, json } = asked
  const entry = { source: 'admin' as const, channel: channel ?? 'any', offer: offer ?? '*', since: Date.now(), reason }
  const aliases = await known(store, asked)
  const { entries, contacts } = await strong(store, asked).add(alias, entry, aliases)
  await noteChanges(store, asked, { aliases, contacts })
  // Also when it stood already: the command may have been stopped before this, and saying it again is what a person then does.
  const records = await followInCrms(store, contacts)
  const said = entries > 0 ? 'Noted: it holds from now on, also for leads that are yet to come.' : 'That stands already.'
  if (json) printJson({ added: entries, already: 1 - entries, records })
  else printLines([said, ...followText(records)])
  return 0
}

/** An admin takes back whatever was said, by the marketplace too. Exit code 1 when nothing of the kind stands. */
export async function remove(store: OpenStore, asked: ChangeAsked): Promise<number> {
  const { alias, channel, offer, reason, json } = asked
  const lift = { channel, offer, at: Date.now(), reason }
  const aliases = await known(store, asked)
  const changed = await strong(store, asked).lift(alias, lift, aliases)
  const { entries, marketplace, contacts } = changed
  await noteChanges(store, asked, { aliases, contacts })
  const lifted = entries + marketplace.lifted
  // Also when nothing stands: the command may have been stopped before this the first time.
  const records = await followInCrms(store, contacts)
  if (json) printJson({ lifted, ofMarketplace: marketplace.lifted, records })
  else if (lifted > 0) printLines([...liftedText(changed), ...standingText(changed, asked), ...followText(records)])
  if (lifted > 0) return 0
  const nothing = ['Nothing of the kind stands: leadsync dnc why tells what does.', ...standingText(changed, asked)]
  process.stderr.write(`${nothing.join('\n')}\n`)
  return 1
}

function liftedText({ entries, marketplace }: Changed): readonly string[] {
  const some = marketplace.lifted > 0 ? `, ${marketplace.lifted} of them said by the marketplace` : ''
  return [`${entries + marketplace.lifted} lifted${some}. What another alias says still stands: leadsync dnc why tells.`]
}

function standingText({ marketplace: { standing } }: Changed, { channel }: ChangeAsked): readonly string[] {
  if (standing === 0 || channel === null || channel === 'any') return []
  return ['What the marketplace said stands: it is about every channel, so that only a lift without --channel takes it back.']
}

function strong({ scripts }: OpenStore, { keep }: ChangeAsked): StrongSuppressions {
  return new StrongSuppressions(scripts, keep)
}

/** A Redis that is lost before the next daily export must not take it along. */
async function noteChanges(
  { scripts }: OpenStore,
  { alias, dataDir }: ChangeAsked,
  { aliases, contacts }: Change,
): Promise<void> {
  await noteChange(scripts, dataDir, { aliases: [...new Set([alias, ...aliases])], contacts }, Date.now())
}

function known({ scripts }: OpenStore, { text, secret }: ChangeAsked): Promise<readonly string[]> {
  return knownAliases(scripts, text, secret)
}
