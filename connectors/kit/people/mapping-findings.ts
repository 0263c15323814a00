import type { Finding, Mapping } from '../../../src/core/index.ts'

/** An existing Contact wins over any Lead, and both may match, so both kinds want a mapping. */
export function mappingFindings(mapping: Mapping): Finding[] {
  const kinds = ['lead', 'contact']
  return kinds
    .filter((kind) => !mapping.has(kind))
    .map((kind) => ({
      severity: 'warning',
      object: kind,
      field: null,
      message: `The mapping says nothing of ${kind}s, and a customer who is one already is entered there: then the lead writes no field. Add \`mapping.${kind}\`.`,
    }))
}
