import { type PicklistValue, picklist } from '../field.ts'

export const industries: readonly PicklistValue[] = picklist([
  'Agriculture',
  'Apparel',
  'Banking',
  'Biotechnology',
  'Chemicals',
  'Communications',
  'Construction',
  'Consulting',
  'Education',
  'Electronics',
  'Energy',
  'Engineering',
  'Entertainment',
  'Environmental',
  'Finance',
  'Food & Beverage',
  'Government',
  'Healthcare',
  'Hospitality',
  'Insurance',
  'Machinery',
  'Manufacturing',
  'Media',
  'Not For Profit',
  'Recreation',
  'Retail',
  'Shipping',
  'Technology',
  'Telecommunications',
  'Transportation',
  'Utilities',
  'Other',
])

export const leadSources: readonly PicklistValue[] = picklist([
  'Web',
  'Phone Inquiry',
  'Partner Referral',
  'Purchased List',
  'Other',
])
export const ratings: readonly PicklistValue[] = picklist(['Hot', 'Warm', 'Cold'])
export const leadStatuses: readonly string[] = [
  'Open - Not Contacted',
  'Working - Contacted',
  'Closed - Converted',
  'Closed - Not Converted',
]
export const taskStatuses: readonly string[] = ['Not Started', 'In Progress', 'Completed', 'Waiting on someone else', 'Deferred']
