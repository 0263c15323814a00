import type { ApiAnswer, ApiRequest } from '../exchange.ts'
import { json } from './answers.ts'
import type { Instance } from './instance.ts'
import type { Session } from './sessions.ts'

/** This server's own address, as the client called it. */
export function originOf(request: ApiRequest): string {
  return `http://${request.headers.host ?? ''}`
}

export function identityUrl(request: ApiRequest, organizationId: string, userId: string): string {
  return `${originOf(request)}/id/${organizationId}/${userId}`
}

/** The session of the token in the header, or in `oauth_token`; null for one that is missing, unknown or over. */
export function sessionOf(instance: Instance, request: ApiRequest): Session | null {
  const token = /^(?:Bearer|OAuth) (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
  return instance.sessions.find(token ?? request.query.get('oauth_token') ?? '')
}

/** `/services/oauth2/userinfo` and `/id/{organization}/{user}`: who a token belongs to. A bad one is 403 here, in plain text. */
export function answerIdentity(instance: Instance, request: ApiRequest): ApiAnswer {
  const session = sessionOf(instance, request)
  if (session === null) return { status: 403, headers: { 'content-type': 'text/plain;charset=UTF-8' }, body: 'Bad_OAuth_Token' }
  const { organizationId } = instance.org
  const { userId, username } = session
  const id = identityUrl(request, organizationId, userId)
  const names = { username, preferred_username: username }
  return json(200, { id, sub: id, user_id: userId, organization_id: organizationId, ...names })
}
