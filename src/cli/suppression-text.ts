import { type SuppressionEntry, stands } from '../core/index.ts'
import type { TimelineLine } from '../store/timeline.ts'

const Channels = { any: '', email: ' by e-mail', phone: ' by phone' } as const
const Sources = { marketplace: 'the marketplace', admin: 'an admin', import: 'an opt-out list', crm: 'a CRM' } as const

const Lifters = { lead: 'a later lead', admin: 'an admin' } as const

/** `do not contact by e-mail: everything since …, said by an opt-out list`, with the reasons that were given. */
export function suppressionText(entry: SuppressionEntry): string {
  const { source, crm, channel, offer, since, liftedAt, liftedBy, reason, liftReason } = entry
  const by = liftedBy === undefined ? '' : ` by ${Lifters[liftedBy]}`
  const lifted = stands(entry) ? '' : `; lifted ${liftedAt}${by}${inBrackets(liftReason)}`
  return `do not contact${Channels[channel]}: ${offer ?? 'everything'} since ${since}, said by ${crm ?? Sources[source]}${inBrackets(reason)}${lifted}`
}

/** What a person said or took back, as the history tells it. */
export function saidText({ event, source, channel, offer, reason }: TimelineLine): string {
  const by = source === undefined ? '' : Sources[source]
  const way = isChannel(channel) ? Channels[channel] : ''
  const about = `${way}: ${offer ?? 'everything'}`
  const said = event === 'lifted' ? `lifted by ${by}${about}` : `do not contact${about}, said by ${by}`
  return `${said}${inBrackets(reason)}`
}

function isChannel(channel: string | undefined): channel is keyof typeof Channels {
  return channel !== undefined && channel in Channels
}

function inBrackets(words: string | null | undefined): string {
  return words ? ` (${words})` : ''
}
