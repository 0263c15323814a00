import { analytics, asSeen, hoursAgo, marketplace, own, type Sample } from './sample.ts'

const vera = { firstName: 'Vera', lastName: 'Novak', email: 'vera@lucerne.example', country: 'SI', company: 'Lucerne Publishing' }

/** What is to become of a lead after the CRMs have it. `now` in ms since the epoch. */
export function followUpSamples(now: number): readonly Sample[] {
  return [
    marketplace(
      'Tina starts a test drive: three tasks, one after the other',
      asSeen(
        { firstName: 'Tina', lastName: 'Tryer', email: 'tina@wideworld.example', country: 'US', company: 'Wide World Importers' },
        { leadSource: 'TestDrive-StartTestDrive|contoso.contoso-crm', offerTitle: 'Contoso CRM' },
      ),
      { story: 'a cadence' },
    ),
    marketplace('Vera asks to be contacted: a task', asSeen(vera, { leadSource: analytics, offerTitle: 'Contoso Analytics' }), {
      story: 'taken back',
    }),
    own(
      'over the API, from five days ago: too old for a follow-up',
      'api',
      {
        id: 'fair-visitor-12',
        occurredAt: hoursAgo(5 * 24, now),
        source: 'Trade fair',
        action: 'INS',
        offer: { publisherId: 'contoso', offerId: 'contoso-vm' },
        person: { email: 'felix@nodpublishers.example', firstName: 'Felix', lastName: 'Fair', company: 'Nod Publishers' },
      },
      'too old',
    ),
  ]
}

/** Vera's no, when her task stands in the CRM. */
export const refusal = marketplace(
  'do not contact, about Vera: her task is taken back',
  asSeen(vera, { leadSource: 'AppSource (SPZA)-DNC|contoso.contoso-analytics' }),
  { story: 'taken back', afterTask: true },
)
