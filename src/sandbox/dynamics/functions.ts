import type { ApiAnswer } from '../exchange.ts'
import { json, noContent, Refusal } from './answers.ts'
import type { Call, Instance } from './instance.ts'
import { noResource } from './refusals.ts'

/** What isn't bound to a table; null: there is no function or action of this name. */
export function answerUnbound(instance: Instance, call: Call, name: string): ApiAnswer | null {
  switch (name) {
    case 'WhoAmI':
      return answerWhoAmI(instance, only(call, 'GET'))
    case 'RetrieveVersion':
      return json(200, { '@odata.context': contextTo(only(call, 'GET'), 'RetrieveVersionResponse'), Version: '9.2.26101.00118' })
    case 'PublishXml':
    case 'PublishAllXml':
      only(call, 'POST')
      return noContent()
    default:
      return null
  }
}

function answerWhoAmI({ org }: Instance, call: Call): ApiAnswer {
  return json(200, {
    '@odata.context': contextTo(call, 'WhoAmIResponse'),
    BusinessUnitId: org.businessUnitId,
    UserId: call.userId,
    OrganizationId: org.organizationId,
  })
}

/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/retrieveuserprivileges */
export function answerPrivileges({ org }: Instance, call: Call, userId: string): ApiAnswer {
  only(call, 'GET')
  const privileges = org.privileges(userId)
  if ('code' in privileges) throw new Refusal(privileges)
  return json(200, { '@odata.context': contextTo(call, 'RetrieveUserPrivilegesResponse'), ...privileges })
}

function contextTo({ base }: Call, type: string): string {
  return `${base}/$metadata#Microsoft.Dynamics.CRM.${type}`
}

/** A function with POST and an action with GET are addresses that don't exist. */
export function only(call: Call, method: string): Call {
  if (call.method !== method) throw noResource(call)
  return call
}
