import { analytics, asSeen, documented, marketplace, type Sample, tableRow } from './sample.ts'

const jane = {
  firstName: 'Jane',
  lastName: 'Doe',
  email: 'jane.doe@contoso.example',
  phone: '+1 617 555 0123',
  country: 'US',
  company: 'Contoso',
  title: 'CTO',
}
/** Every shape in which the marketplace was seen to write a lead. */
export const MarketplaceSamples: readonly Sample[] = [
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
