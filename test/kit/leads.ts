/** The marketplace's body for the n-th of as many different people as one likes. */
export function leadBody(n: number, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    userDetails: { firstName: `First${n}`, lastName: `Last${n}`, email: emailOf(n), company: `Company ${n}`, country: 'US' },
    leadSource: 'AppSource (SPZA)-PLT|contoso.contoso-analytics',
    offerTitle: 'Contoso Analytics',
    description: `The wish of number ${n}`,
    ...more,
  })
}

export function emailOf(n: number): string {
  return `person-${n}@people.example`
}
