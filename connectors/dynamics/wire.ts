import { z } from 'zod'
import { Guid } from './requests/odata.ts'

// Lenient about extras and odd types in what is only shown; what a decision rests on (ids) must be there.

/** One record: column → value as Dataverse gives it; lookups as `_ownerid_value`. */
export const WireRecord = z.record(z.string(), z.unknown())
export type WireRecord = z.infer<typeof WireRecord>

/** One page of a query. */
export const Page = z.object({
  value: z.array(WireRecord),
  '@odata.nextLink': z.string().nullish(),
})
export type Page = z.infer<typeof Page>

const Id = z.string().regex(Guid).toLowerCase()

/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/whoami */
export const WhoAmI = z.object({ OrganizationId: Id, UserId: Id, BusinessUnitId: Id })
export type WhoAmI = z.infer<typeof WhoAmI>

/** The body of an error. Its message is localised and may quote the lead: its text never leaves `errors.ts`. */
export const WireError = z.object({
  error: z.looseObject({
    code: z.string().nullish().catch(null),
    message: z.string().nullish().catch(null),
  }),
})
export type WireError = z.infer<typeof WireError>
