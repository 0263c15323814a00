import {
  DefaultStages,
  type Lead,
  type MarketplaceContext,
  normalizeMarketplace,
  readMarketplaceBody,
} from '../../src/core/index.ts'

export const Context: MarketplaceContext = {
  id: '01JDCONTEXT',
  receivedAt: '2026-11-23T10:00:00.000Z',
  channel: 'marketplace',
  token: 'appsource-1',
  tags: ['emea'],
  offer: null,
  stages: DefaultStages,
}

/** The lead of a marketplace body that is known to be one. */
export function leadOf(body: unknown, context: MarketplaceContext = Context): Lead {
  const read = typeof body === 'string' ? readMarketplaceBody(body) : { ok: true as const, parsed: body }
  const result = read.ok ? normalizeMarketplace(read.parsed, context) : read
  if (!result.ok) throw new Error(result.reason)
  return result.lead
}

export const Jane = { FirstName: 'Jane', LastName: 'Doe', Email: 'jane@contoso.com' }
