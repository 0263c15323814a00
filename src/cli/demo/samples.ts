/** One thing that the demo sends, and what it shows. The people and companies are invented; their addresses cannot exist. */
export interface Sample {
  readonly shows: string
  readonly via: 'marketplace' | 'api' | 'queue'
  /** The body as it goes over the wire: for the marketplace verbatim, for the API and the queue a lead in our own schema. */
  readonly body: string
  /** Samples with the same name here are sent at the same moment. */
  readonly together?: string
  /** Told in words at the end, together with the others of the same story. */
  readonly story?: Story
}

export type Story = 'a no' | 'a burst' | 'a phone' | 'one CRM'
/** Of a lead that only one CRM of the demo accepts. */
export const OneCrmTag = 'hubspot-only'

interface Details {
  readonly firstName?: string
  readonly lastName?: string
  readonly email?: string
  readonly phone?: string
  readonly country?: string
  readonly company?: string
  readonly title?: string
}

/** As the documentation writes it: PascalCase, the action in a field of its own. */
function documented(user: Details, rest: Record<string, unknown>): string {
  const UserDetails = {
    FirstName: user.firstName,
    LastName: user.lastName,
    Email: user.email,
    Phone: user.phone,
    Country: user.country,
    Company: user.company,
    Title: user.title,
  }
  return JSON.stringify({ UserDetails, ...rest })
}

/** As it was seen on the wire: camelCase throughout. */
function asSeen(user: Details, rest: Record<string, unknown>): string {
  return JSON.stringify({ userDetails: user, ...rest })
}

/** As a row of the Azure Table: the customer as a JSON string in one column. */
function tableRow(user: Record<string, unknown>, rest: Record<string, unknown>): string {
  return JSON.stringify({ PartitionKey: '2026-11-23', RowKey: 'row-1', CustomerInfo: JSON.stringify(user), ...rest })
}

function marketplace(shows: string, body: string, more: Pick<Sample, 'together' | 'story'> = {}): Sample {
  return { shows, via: 'marketplace', body, ...more }
}

const jane = {
  firstName: 'Jane',
  lastName: 'Doe',
  email: 'jane.doe@contoso.example',
  phone: '+1 617 555 0123',
  country: 'US',
  company: 'Contoso',
  title: 'CTO',
}
const analytics = 'AppSource (SPZA)-PLT|contoso.contoso-analytics'

const variants: readonly Sample[] = [
  marketplace(
    'documented example: PascalCase, action apart',
    documented(
      {
        firstName: 'Some',
        lastName: 'One',
        email: 'someone@fabrikam.example',
        phone: '16175550101',
        country: 'USA',
        company: 'Fabrikam',
        title: 'Esquire',
      },
      { LeadSource: 'AzureMarketplace', ActionCode: 'INS', OfferTitle: 'Contoso Analytics', Description: 'Asked for a call' },
    ),
  ),
  marketplace(
    'camelCase, Source-Action|Offer in one field',
    asSeen(jane, { leadSource: analytics, offerTitle: 'Contoso Analytics', description: 'Please call me about a trial.' }),
  ),
  marketplace(
    'the same words again: a duplicate',
    asSeen(jane, { leadSource: analytics, offerTitle: 'Contoso Analytics', description: 'Please call me about a trial.' }),
  ),
  marketplace(
    'the same lead with its keys in capitals: still a duplicate',
    JSON.stringify({
      DESCRIPTION: 'Please call me about a trial.',
      OFFERTITLE: 'Contoso Analytics',
      LEADSOURCE: analytics,
      USERDETAILS: {
        TITLE: 'CTO',
        COMPANY: 'Contoso',
        COUNTRY: 'US',
        PHONE: '+1 617 555 0123',
        EMAIL: 'jane.doe@contoso.example',
        LASTNAME: 'Doe',
        FIRSTNAME: 'Jane',
      },
    }),
  ),
  marketplace(
    'Jane starts a test drive: another lead, the same contact',
    asSeen(
      { ...jane, email: ' Jane.Doe@CONTOSO.example ' },
      { leadSource: 'TestDrive-StartTestDrive|contoso.contoso-analytics', offerTitle: 'Contoso Analytics', description: ' ' },
    ),
  ),
  marketplace(
    'Source-Action | Offer with spaces',
    asSeen(
      { firstName: 'Li', lastName: 'Wei', email: 'li.wei@northwind.example', country: 'CN', company: 'Northwind' },
      { leadSource: 'AzureMarketplace-INS | contoso.check-point-r77-10sg-byol', description: 'Campaigns: ' },
    ),
  ),
  marketplace(
    'SPZA, the old name of AppSource',
    asSeen(
      {
        firstName: 'Amélie',
        lastName: 'Brûlé',
        email: 'amelie@tailspin.example',
        phone: '01 44 55 66 77',
        country: 'France',
        company: 'Tailspin',
      },
      { leadSource: 'SPZA-PLT|contoso.contoso-crm', description: 'Bonjour, pouvez-vous me rappeler ?' },
    ),
  ),
  marketplace(
    'bought in the Azure portal',
    asSeen(
      { firstName: 'Omar', lastName: 'Haddad', email: 'omar@litware.example', country: 'AE', company: 'Litware' },
      { leadSource: 'AzurePortal-Create|contoso.contoso-vm' },
    ),
  ),
  marketplace(
    'campaign parameters as a JSON string',
    asSeen(
      { firstName: 'Eva', lastName: 'Novak', email: 'eva.novak@adatum.example', country: 'CZ', company: 'Adatum' },
      {
        leadSource: 'AppSource (SPZA)',
        actionCode: 'PLT',
        offerTitle: 'Contoso Analytics',
        description: '{"mktcmpid":"1234","partnerid":"98765"}',
      },
    ),
  ),
  marketplace(
    'a row as the Azure Table holds it',
    tableRow(
      {
        FirstName: 'Noah',
        LastName: 'Smith',
        Email: 'noah.smith@wingtip.example',
        Phone: '+44 20 7946 0018',
        Country: 'United Kingdom',
        Company: 'Wingtip Toys',
        Title: 'Buyer',
      },
      {
        LeadSource: 'AzureMarketplace',
        ActionCode: 'INS',
        OfferDisplayName: 'Contoso VM',
        ProductId: 'contoso-vm',
        Description: '',
      },
    ),
  ),
  marketplace(
    'only three fields, as Office add-ins send',
    asSeen(
      { firstName: 'Kim', lastName: 'Abercrombie', email: 'kim@alpineski.example' },
      { leadSource: 'AppSource (SPZA)-INS|contoso.contoso-addin' },
    ),
  ),
  marketplace(
    'an unknown action is kept as it is',
    asSeen(
      { firstName: 'Pat', lastName: 'Coleman', email: 'pat@proseware.example', company: 'Proseware' },
      { leadSource: 'AppSource (SPZA)-TRL|contoso.contoso-analytics' },
    ),
  ),
  marketplace(
    'an unknown source, too',
    asSeen(
      { firstName: 'Uma', lastName: 'Rao', email: 'uma@woodgrove.example', country: 'India' },
      { leadSource: 'MicrosoftMarketplace', actionCode: 'PLT', offerTitle: 'Contoso Analytics' },
    ),
  ),
  marketplace(
    'HTML entities and control characters',
    asSeen(
      {
        firstName: 'Zo&euml;',
        lastName: 'O&#39;Brien',
        email: 'zoe@fourthcoffee.example',
        company: 'Fourth &amp;amp; Coffee\u0007',
      },
      { leadSource: analytics, description: 'Line one\nLine two &lt;3' },
    ),
  ),
  marketplace(
    'right-to-left text and emoji',
    asSeen(
      { firstName: 'דנה', lastName: 'לוי', email: 'dana@relecloud.example', company: 'Relecloud 🚀' },
      { leadSource: analytics, description: 'שלום 👋🏽' },
    ),
  ),
  marketplace(
    'a plus tag stays',
    asSeen(
      { firstName: 'Ivo', lastName: 'Petrov', email: 'ivo+azure@cohowinery.example', country: 'BGR' },
      { leadSource: analytics },
    ),
  ),
  marketplace(
    'an internationalised domain',
    asSeen(
      { firstName: 'Jürgen', lastName: 'Groß', email: 'juergen@bücher.example', country: 'Deutschland', phone: '030 901820' },
      { leadSource: 'AzureMarketplace-INS|contoso.contoso-vm' },
    ),
  ),
  marketplace(
    'an over-long note is kept in full',
    asSeen(
      { firstName: 'Max', lastName: 'Long', email: 'max@bellows.example' },
      { leadSource: analytics, description: 'We need a lot. '.repeat(700) },
    ),
  ),
  marketplace(
    'numbers where text belongs',
    JSON.stringify({
      userDetails: { firstName: 'Nina', lastName: 'Fisher', email: 'nina@lamna.example', phone: 14255550188, country: 840 },
      leadSource: 'AzureMarketplace',
      actionCode: 'INS',
      offerTitle: 'Contoso VM',
    }),
  ),
  marketplace(
    'nulls for what is missing',
    JSON.stringify({
      userDetails: { firstName: null, lastName: 'Olsen', email: 'olsen@trey.example', phone: null },
      leadSource: null,
      actionCode: 'INS',
      offerTitle: null,
      description: null,
    }),
  ),
  marketplace('no company, no name: an e-mail is enough', asSeen({ email: 'hello@margies.example' }, { leadSource: analytics })),
  marketplace(
    'a company without a person',
    asSeen(
      { company: 'Blue Yonder Airlines', phone: '+49 30 901821', firstName: 'Front', lastName: 'Desk' },
      { leadSource: 'AzureMarketplace-INS|contoso.contoso-vm' },
    ),
  ),
  marketplace(
    'two spellings of one key: the documented one wins',
    '{"userDetails":{"email":"wrong@humongous.example"},"UserDetails":{"Email":"right@humongous.example","LastName":"Right"},"LeadSource":"AzureMarketplace","ActionCode":"INS"}',
  ),
]

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

function own(shows: string, via: 'api' | 'queue', lead: Record<string, unknown>, story?: Story): Sample {
  return { shows, via, body: JSON.stringify({ v: 1, ...lead }), ...(story ? { story } : {}) }
}

const otherChannels: readonly Sample[] = [
  own('over the API, with an id of its own', 'api', {
    id: 'webinar-2026-11-001',
    occurredAt: '2026-11-23T08:00:00Z',
    source: 'Webinar',
    action: 'PLT',
    offer: { publisherId: 'contoso', offerId: 'contoso-analytics' },
    person: { email: 'rosa@vanarsdel.example', firstName: 'Rosa', lastName: 'Marin' },
  }),
  own('over the API, the same id again: a duplicate', 'api', {
    id: 'webinar-2026-11-001',
    occurredAt: '2026-11-23T08:00:00Z',
    source: 'Webinar',
    action: 'PLT',
    person: { email: 'rosa@vanarsdel.example' },
  }),
  own('over the API, from a month ago: fills gaps only', 'api', {
    id: 'fair-2026-10-007',
    occurredAt: '2026-10-20T08:00:00Z',
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

export const Samples: readonly Sample[] = [...variants, ...special, ...otherChannels]
