import type { ContactChannel, SuppressionEntry } from '../../src/core/index.ts'
import type { Marker, ToldLead } from './story.ts'

type Channel = SuppressionEntry['channel']

/** What an admin says of a person; times in ms. */
export interface AdminWord {
  readonly channel: Channel
  readonly offer: string | null
  readonly since: number
  liftedAt: number | null
}

interface Refusal {
  readonly channel: Channel
  readonly offer: string | null
  readonly since: number
  readonly liftedAt: number | null
}

/** Everything that was said of whether one person may be contacted. */
export class Refusals {
  readonly #leads: ToldLead[] = []
  readonly #words: AdminWord[] = []
  /** Offer (null: the whole contact) → when an admin lifted what the marketplace had said. */
  readonly #lifts = new Map<string | null, number>()

  told(lead: ToldLead): void {
    this.#leads.push(lead)
  }

  /** Whether something changed. */
  add(channel: Channel, offer: string | null, since: number): boolean {
    const same = this.#words.some((one) => one.channel === channel && one.offer === offer && one.liftedAt === null)
    if (!same) this.#words.push({ channel, offer, since, liftedAt: null })
    return !same
  }

  /** Null: of every channel, of every offer. Where two times are equal the no would stand, so a lift is always later. */
  lift(channel: Channel | null, offer: string | null, at: number): boolean {
    const words = this.#words.filter(
      (one) => one.liftedAt === null && (channel === null || one.channel === channel) && (offer === null || one.offer === offer),
    )
    for (const word of words) word.liftedAt = Math.max(at, word.since + 1)
    const weak = this.#weak().filter((one) => stands(one) && (offer === null || one.offer === offer))
    const meant = channel === null || channel === 'any' ? weak : []
    for (const one of meant) this.#lifts.set(one.offer, Math.max(at, one.since + 1))
    return words.length + meant.length > 0
  }

  marker(): Marker | null {
    const all = this.#all()
    if (all.length === 0) return null
    const standing = all.filter(stands)
    if (standing.length > 0) return { at: latest(standing.map(({ since }) => since)), liftedAt: null }
    return { at: latest(all.map(({ since }) => since)), liftedAt: latest(all.map(({ liftedAt }) => liftedAt ?? 0)) }
  }

  /** Whether a lead about this offer (null: nobody knows which) may be followed up. */
  allows(offer: string | null, channel: ContactChannel): boolean {
    const against = this.#all().filter((one) => stands(one) && (one.channel === 'any' || one.channel === channel))
    return !against.some((one) => one.offer === null || offer === null || one.offer === offer)
  }

  #all(): readonly Refusal[] {
    return [...this.#weak(), ...this.#words]
  }

  /** Per offer the latest no, and the latest of what takes it back: "Contact me" about that offer, or an admin. */
  #weak(): readonly Refusal[] {
    const refused = this.#leads.filter(({ action }) => action === 'DNC')
    return [...new Set(refused.map(({ offer }) => offer))].map((offer) => {
      const asked = this.#leads.filter((lead) => lead.action === 'PLT' && (offer === null || lead.offer === offer))
      const ends = [...asked.map(({ at }) => at), ...(this.#lifts.has(offer) ? [this.#lifts.get(offer) ?? 0] : [])]
      const since = latest(refused.filter((lead) => lead.offer === offer).map(({ at }) => at))
      return { channel: 'any', offer, since, liftedAt: ends.length === 0 ? null : latest(ends) }
    })
  }
}

/** Where two times can't be ordered, the no wins. */
function stands({ since, liftedAt }: Refusal): boolean {
  return liftedAt === null || liftedAt <= since
}

function latest(times: readonly number[]): number {
  return Math.max(...times)
}
