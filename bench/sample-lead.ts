/** The body of the nth marketplace lead as it was seen on the wire: about 450 bytes, nobody twice. */
export function leadBody(n: number): string {
  return JSON.stringify({
    userDetails: {
      firstName: 'Jane',
      lastName: `Doe-${n}`,
      email: `jane.doe.${n}@contoso.example`,
      phone: `+1 617 ${2_000_000 + n}`,
      country: 'US',
      company: `Contoso ${n}`,
      title: 'CTO',
    },
    leadSource: 'AppSource (SPZA)-PLT|contoso.contoso-analytics',
    offerTitle: 'Contoso Analytics',
    description: `Please call me about a trial for about ${n} people; we compare you with two others and decide at the end of the quarter.`,
  })
}
