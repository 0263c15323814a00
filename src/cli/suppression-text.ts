import { type SuppressionEntry, stands } from '../core/index.ts'

const Channels = { any: '', email: ' by e-mail', phone: ' by phone' } as const
const Sources = { marketplace: 'the marketplace', admin: 'an admin', import: 'an opt-out list' } as const

/** `do not contact by e-mail: everything since …, said by an opt-out list`, with the reasons that were given. */
export function suppressionText(entry: SuppressionEntry): string {
  const { source, channel, offer, since, liftedAt, reason, liftReason } = entry
  const lifted = stands(entry) ? '' : `; lifted ${liftedAt}${inBrackets(liftReason)}`
  return `do not contact${Channels[channel]}: ${offer ?? 'everything'} since ${since}, said by ${Sources[source]}${inBrackets(reason)}${lifted}`
}

function inBrackets(words: string | null | undefined): string {
  return words ? ` (${words})` : ''
}
