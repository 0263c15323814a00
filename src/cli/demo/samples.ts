import { followUpSamples, refusal } from './follow-up-samples.ts'
import { MarketplaceSamples } from './marketplace-samples.ts'
import { analytics, asSeen, type Details, hoursAgo, marketplace, OneCrmTag, own, type Sample } from './sample.ts'

/** Tom tries everything at once; each lead says one thing more of him. */
const tom: readonly (readonly [Details, string])[] = [
  [{}, 'AzureMarketplace-INS|contoso.contoso-vm'],
  [{ company: 'Twin Towers' }, 'AppSource (SPZA)-PLT|contoso.contoso-analytics'],
  [{ phone: '+1 206 555 0142' }, 'TestDrive-StartTestDrive|contoso.contoso-vm'],
  [{ country: 'US' }, 'AzurePortal-Create|contoso.contoso-crm'],
  [{ title: 'Architect' }, 'AzureMarketplace-INS|contoso.contoso-crm'],
]

const burst: readonly Sample[] = tom.map(([details, leadSource], index) =>
  marketplace(
    `five leads of one person at the same moment (${index + 1})`,
    asSeen({ firstName: 'Tom', lastName: 'Twin', email: 'tom@twin.example', ...details }, { leadSource }),
    { together: 'Tom', story: 'a burst' },
  ),
)

const special: readonly Sample[] = [
  marketplace(
    'the documented test lead, invalid JSON and all: held for a person',
    '{\r\n "userDetails": {\r\n "FirstName": "MSFT_TEST_636573304831318844",\r\n "LastName": "MSFT_TEST_636573304831318844",\r\n "Email": "MSFT_TEST_636573304831318844@test.com",\r\n "Phone": "1234567890",\r\n "Country": "US",\r\n "Company": "MSFT_TEST_636573304831318844",\r\n "Title": "MSFT_TEST_636573304831318844"\r\n },\r\n "LeadSource": "AzureMarketplace",\r\n "ActionCode": "INS",\r\n "OfferTitle": "Contoso Test"\r\n "Description": "MSFT_TEST_636573304831318844"\r\n}',
  ),
  marketplace('not JSON at all: quarantined verbatim', 'email=someone%40contoso.example&source=AppSource'),
  marketplace(
    'JSON, but nobody in it: quarantined',
    asSeen(
      { firstName: '', lastName: '', email: '', phone: '', country: '', company: '', title: '' },
      { leadSource: '', actionCode: '', offerTitle: '', description: '' },
    ),
  ),
  marketplace(
    'do not contact, about somebody whom no CRM knows: nobody is created',
    asSeen(
      { firstName: 'Dora', lastName: 'Nix', email: 'dora@consolidated.example', company: 'Consolidated Messenger' },
      { leadSource: 'AppSource (SPZA)-DNC|contoso.contoso-analytics' },
    ),
  ),
  marketplace(
    'do not contact, about Omar: his record is flagged',
    asSeen(
      { firstName: 'Omar', lastName: 'Haddad', email: 'omar@litware.example', company: 'Litware' },
      { leadSource: 'AppSource (SPZA)-DNC|contoso.contoso-analytics' },
    ),
    { story: 'a no' },
  ),
  ...burst,
  marketplace(
    'a person known by phone only …',
    asSeen(
      { firstName: 'Paula', lastName: 'Phone', phone: '+1 425 555 0144', company: 'Southridge' },
      { leadSource: 'AzureMarketplace-INS|contoso.contoso-vm' },
    ),
    { story: 'a phone' },
  ),
  marketplace(
    '… and later with an e-mail: the same contact',
    asSeen(
      { firstName: 'Paula', lastName: 'Phone', phone: '(425) 555-0144', email: 'paula@southridge.example', country: 'US' },
      { leadSource: analytics },
    ),
    { story: 'a phone' },
  ),
  marketplace(
    'the same e-mail under another name: the stored name stays',
    asSeen(
      { firstName: 'J.', lastName: 'Doe-Miller', email: 'jane.doe@contoso.example', company: 'Contoso' },
      { leadSource: 'AzurePortal-Create|contoso.contoso-vm' },
    ),
  ),
  marketplace(
    'two people behind one switchboard (1)',
    asSeen(
      { firstName: 'Ann', lastName: 'East', phone: '+1 206 555 0177', email: 'ann@cityppower.example' },
      { leadSource: analytics },
    ),
  ),
  marketplace(
    'two people behind one switchboard (2)',
    asSeen(
      { firstName: 'Bob', lastName: 'West', phone: '+1 206 555 0177', email: 'bob@cityppower.example' },
      { leadSource: analytics },
    ),
  ),
]

function otherChannels(now: number): readonly Sample[] {
  return [
    own('over the API, with an id of its own', 'api', {
      id: 'webinar-2026-11-001',
      occurredAt: hoursAgo(2, now),
      source: 'Webinar',
      action: 'PLT',
      offer: { publisherId: 'contoso', offerId: 'contoso-analytics' },
      person: { email: 'rosa@vanarsdel.example', firstName: 'Rosa', lastName: 'Marin' },
    }),
    own('over the API, the same id again: a duplicate', 'api', {
      id: 'webinar-2026-11-001',
      occurredAt: hoursAgo(2, now),
      source: 'Webinar',
      action: 'PLT',
      person: { email: 'rosa@vanarsdel.example' },
    }),
    own('over the API, from a month ago: fills gaps only', 'api', {
      id: 'fair-2026-10-007',
      occurredAt: hoursAgo(30 * 24, now),
      source: 'Trade fair',
      action: 'INS',
      person: { email: 'jane.doe@contoso.example', firstName: 'Janet', jobTitle: 'Engineer' },
    }),
    own('over the API, a phone number without a name', 'api', {
      id: 'callback-1',
      source: 'Callback',
      action: 'PLT',
      person: { phone: '+31 20 794 0000', company: 'Graphic Design Institute', firstName: 'Gerda' },
    }),
    own(
      'over the API, with a tag that only HubSpot accepts',
      'api',
      {
        id: 'newsletter-2026-11-042',
        source: 'Newsletter',
        action: 'INS',
        tags: [OneCrmTag],
        person: { email: 'wilma@adventure.example', firstName: 'Wilma', lastName: 'Only' },
      },
      'one CRM',
    ),
    own('from a plain BullMQ producer', 'queue', {
      id: 'crm-export-1',
      source: 'Export',
      action: 'INS',
      person: { email: 'bart@queue.example', firstName: 'Bart', lastName: 'Queue' },
    }),
    own('from a plain BullMQ producer, not understandable: quarantined', 'queue', { v: 7, hello: 'world' }),
  ]
}

/** `now`, in ms since the epoch: some of them say when they happened, and how long ago that is counts. */
export function samples(now: number): readonly Sample[] {
  return [...MarketplaceSamples, ...followUpSamples(now), ...special, ...otherChannels(now), refusal]
}
