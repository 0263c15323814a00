import { randomBytes } from 'node:crypto'

export interface Session {
  readonly userId: string
  readonly username: string
}

export interface Sessions {
  /** A new access token in Salesforce's form, `00D…!…`. */
  open(session: Session): string
  find(token: string): Session | null
  expireAll(): number
}

interface OpenSession extends Session {
  readonly until: number
}

/**
 * Access tokens that end after the org's session timeout, counted from their making: that use extends a session is true of
 * some orgs, and a client that relied on it would fail in the others.
 */
export function createSessions(organizationId: string, sessionMs: number, now: () => number): Sessions {
  const sessions = new Map<string, OpenSession>()

  return {
    open(session) {
      const token = `${organizationId.slice(0, 15)}!${randomBytes(48).toString('base64url')}`
      sessions.set(token, { ...session, until: now() + sessionMs })
      return token
    },
    find(token) {
      const session = sessions.get(token)
      if (session === undefined) return null
      if (session.until > now()) return session
      sessions.delete(token)
      return null
    },
    expireAll() {
      const count = sessions.size
      sessions.clear()
      return count
    },
  }
}
