import { Lead, type Offer, type Person } from '../../src/core/index.ts'

export interface LeadParts extends Partial<Omit<Lead, 'person' | 'offer'>> {
  readonly person?: Partial<Person>
  readonly offer?: Partial<Offer>
}

/** When nothing else is said, leads come in at this time. */
export const Noon = '2026-11-23T12:00:00.000Z'

/** A whole lead that says what the test is about; Jane with her e-mail unless another person is given. */
export function makeLead({ person = { email: 'jane@contoso.com' }, offer = {}, ...parts }: LeadParts = {}): Lead {
  const receivedAt = parts.receivedAt ?? Noon
  return Lead.parse({
    v: 1,
    id: 'lead-1',
    channel: 'marketplace',
    receivedAt,
    occurredAt: receivedAt,
    action: 'INS',
    offer: { publisherId: 'contoso', offerId: 'analytics', ...offer },
    person,
    raw: {},
    ...parts,
  })
}

/** An instant so many hours after noon. */
export function hours(count: number): string {
  return new Date(Date.parse(Noon) + count * 3_600_000).toISOString()
}
