import { z } from 'zod'
import { Lead } from './lead.ts'

/** JSON Schema (draft 2020-12) of a lead as a producer may send it: `v` and one thing about the person, the rest is filled in. */
export function leadSchema(): z.core.JSONSchema.JSONSchema {
  const accepted = Lead.partial().required({ v: true, person: true })
  return { title: 'Leadsync lead', ...z.toJSONSchema(accepted, { target: 'draft-2020-12', io: 'input' }) }
}
