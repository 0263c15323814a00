import { businessRequired, defineColumn, integer, lookup, lookupOfAny, memo, money, picklist, readOnly, text } from '../column.ts'
import { industries } from './industries.ts'
import { address, consent, mergeMarks, reachability } from './person-columns.ts'
import { ownership, primaryId, stamps, states } from './system-columns.ts'
import { defineTable, type TableDefinition } from './table-definition.ts'

const leadSources = [
  'Advertisement',
  'Employee Referral',
  'External Referral',
  'Partner',
  'Public Relations',
  'Seminar',
  'Trade Show',
  'Web',
  'Word of Mouth',
  'Other',
]

// https://learn.microsoft.com/dynamics365/developer/reference/entities/lead
export function leadTable(): TableDefinition {
  return defineTable({
    logicalName: 'lead',
    schemaName: 'Lead',
    entitySet: 'leads',
    label: 'Lead',
    labelPlural: 'Leads',
    objectTypeCode: 4,
    primaryName: 'fullname',
    columns: [
      primaryId('leadid', 'Lead'),
      businessRequired(text('subject', 'Topic', 300)),
      text('firstname', 'First Name', 50),
      businessRequired(text('lastname', 'Last Name', 50)),
      text('middlename', 'Middle Name', 50),
      text('salutation', 'Salutation', 100),
      readOnly(text('fullname', 'Name', 160)),
      text('companyname', 'Company Name', 100),
      text('jobtitle', 'Job Title', 100),
      ...reachability(20),
      memo('description', 'Description', 2000),
      memo('qualificationcomments', 'Qualification Comments', 2000),
      picklist('industrycode', 'Industry', industries),
      integer('numberofemployees', 'No. of Employees', 0, 1_000_000),
      money('revenue', 'Annual Revenue'),
      money('estimatedamount', 'Est. Value'),
      picklist('leadsourcecode', 'Lead Source', leadSources),
      picklist('leadqualitycode', 'Rating', ['Hot', 'Warm', 'Cold'], { defaultValue: 2 }),
      ...consent(),
      lookup('campaignid', 'Source Campaign', 'campaign'),
      lookup('transactioncurrencyid', 'Currency', 'transactioncurrency'),
      lookup('parentaccountid', 'Parent Account for lead', 'account'),
      lookup('parentcontactid', 'Parent Contact for lead', 'contact'),
      lookupOfAny('customerid', 'Existing Customer', ['account', 'contact']),
      readOnly(lookup('accountid', 'Account', 'account')),
      readOnly(lookup('contactid', 'Contact', 'contact')),
      readOnly(defineColumn('isautocreate', 'Boolean', { label: 'Auto-created', defaultValue: false })),
      ...mergeMarks('lead'),
      ...states([
        {
          state: 'Open',
          reasons: [
            [1, 'New'],
            [2, 'Contacted'],
          ],
        },
        { state: 'Qualified', reasons: [[3, 'Qualified']] },
        {
          state: 'Disqualified',
          reasons: [
            [4, 'Lost'],
            [5, 'Cannot Contact'],
            [6, 'No Longer Interested'],
            [7, 'Canceled'],
          ],
        },
      ]),
      ...ownership(),
      ...stamps(),
    ],
  })
}

// https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/contact
export function contactTable(): TableDefinition {
  return defineTable({
    logicalName: 'contact',
    schemaName: 'Contact',
    entitySet: 'contacts',
    label: 'Contact',
    labelPlural: 'Contacts',
    objectTypeCode: 2,
    primaryName: 'fullname',
    columns: [
      primaryId('contactid', 'Contact'),
      text('firstname', 'First Name', 50),
      businessRequired(text('lastname', 'Last Name', 50)),
      text('middlename', 'Middle Name', 50),
      text('salutation', 'Salutation', 100),
      readOnly(text('fullname', 'Full Name', 160)),
      text('jobtitle', 'Job Title', 100),
      ...reachability(50),
      memo('description', 'Description', 2000),
      picklist('leadsourcecode', 'Lead Source', ['Default Value'], { defaultValue: 1 }),
      ...consent(),
      lookup('transactioncurrencyid', 'Currency', 'transactioncurrency'),
      lookup('originatingleadid', 'Originating Lead', 'lead'),
      lookupOfAny('parentcustomerid', 'Company Name', ['account', 'contact']),
      ...mergeMarks('contact'),
      ...activeOrNot(),
      ...ownership(),
      ...stamps(),
    ],
  })
}

// https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/account
export function accountTable(): TableDefinition {
  return defineTable({
    logicalName: 'account',
    schemaName: 'Account',
    entitySet: 'accounts',
    label: 'Account',
    labelPlural: 'Accounts',
    objectTypeCode: 1,
    columns: [
      primaryId('accountid', 'Account'),
      businessRequired(text('name', 'Account Name', 160)),
      text('accountnumber', 'Account Number', 20),
      text('emailaddress1', 'Email', 100, { format: 'Email' }),
      text('telephone1', 'Main Phone', 50),
      text('websiteurl', 'Website', 200, { format: 'Url' }),
      ...address(),
      memo('description', 'Description', 2000),
      picklist('industrycode', 'Industry', industries),
      integer('numberofemployees', 'Number of Employees', 0, 1_000_000_000),
      money('revenue', 'Annual Revenue'),
      lookup('transactioncurrencyid', 'Currency', 'transactioncurrency'),
      lookup('primarycontactid', 'Primary Contact', 'contact'),
      lookup('parentaccountid', 'Parent Account', 'account'),
      lookup('originatingleadid', 'Originating Lead', 'lead'),
      ...mergeMarks('account'),
      ...activeOrNot(),
      ...ownership(),
      ...stamps(),
    ],
  })
}

function activeOrNot() {
  return states([
    { state: 'Active', reasons: [[1, 'Active']] },
    { state: 'Inactive', reasons: [[2, 'Inactive']] },
  ])
}
