import { boolean, type ColumnDefinition, defineColumn, memo, picklist, readOnly, text } from '../column.ts'

const refusalWords = ['Allow', 'Do Not Allow']

/** E-mail and web addresses, phones and the postal address. Lead and Contact differ in the length of a mobile number. */
export function reachability(mobileLength: number): readonly ColumnDefinition[] {
  return [
    text('emailaddress1', 'Email', 100, { format: 'Email' }),
    text('emailaddress2', 'Email Address 2', 100, { format: 'Email' }),
    text('emailaddress3', 'Email Address 3', 100, { format: 'Email' }),
    text('telephone1', 'Business Phone', 50),
    text('telephone2', 'Home Phone', 50),
    text('telephone3', 'Telephone 3', 50),
    text('mobilephone', 'Mobile Phone', mobileLength),
    text('fax', 'Fax', 50),
    text('websiteurl', 'Website', 200, { format: 'Url' }),
    ...address(),
  ]
}

export function address(): readonly ColumnDefinition[] {
  return [
    text('address1_line1', 'Street 1', 250),
    text('address1_line2', 'Street 2', 250),
    text('address1_line3', 'Street 3', 250),
    text('address1_city', 'City', 80),
    text('address1_stateorprovince', 'State/Province', 50),
    text('address1_postalcode', 'ZIP/Postal Code', 20),
    text('address1_country', 'Country/Region', 80),
    readOnly(memo('address1_composite', 'Address 1', 1000)),
  ]
}

/** The person's consent: `donot…` true refuses, `followemail` true allows. */
export function consent(): readonly ColumnDefinition[] {
  return [
    boolean('donotemail', 'Do not allow Emails', false, refusalWords),
    boolean('donotbulkemail', 'Do not allow Bulk Emails', false, refusalWords),
    boolean('donotphone', 'Do not allow Phone Calls', false, refusalWords),
    boolean('donotfax', 'Do not allow Faxes', false, refusalWords),
    boolean('donotpostalmail', 'Do not allow Mails', false, refusalWords),
    boolean('donotsendmm', 'Send Marketing Materials', false, ['Send', 'Do Not Send']),
    boolean('followemail', 'Follow Email Activity', true, ['Do Not Allow', 'Allow']),
    picklist('preferredcontactmethodcode', 'Preferred Method of Contact', ['Any', 'Email', 'Phone', 'Fax', 'Mail'], {
      defaultValue: 1,
    }),
  ]
}

/** What a merge leaves on the loser. `masterid` points to a row of the same table. */
export function mergeMarks(table: string): readonly ColumnDefinition[] {
  const targets = [{ table, navigation: 'masterid' }]
  return [readOnly(boolean('merged', 'Merged')), readOnly(defineColumn('masterid', 'Lookup', { label: 'Master ID', targets }))]
}
