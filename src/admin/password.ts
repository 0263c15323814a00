import { randomBytes } from 'node:crypto'
import { isLoopbackHost } from '../config/loopback.ts'

export interface PasswordOptions {
  /** Null or empty: none is configured. */
  readonly password: string | null
  /** What the admin listener binds to. */
  readonly host: string
}

export interface AdminPassword {
  readonly password: string
  /** True: nobody knows it yet, so the caller prints it, once. */
  readonly generated: boolean
}

/** 144 bits. The prefix makes one that leaked into a paste or a repository findable. */
function generatePassword(): string {
  return `leadsync_${randomBytes(18).toString('base64url')}`
}

/**
 * The configured password, or one made for this run. There is no default one: a listener that other machines may reach needs a password of
 * its operator's, and this throws with a sentence for them when there is none.
 */
export function adminPassword({ password, host }: PasswordOptions): AdminPassword {
  if (password) return { password, generated: false }
  if (isLoopbackHost(host)) return { password: generatePassword(), generated: true }
  throw new Error(
    `admin.password is not set, but admin.host ${host} can be reached from other machines: set a password, or admin.host to 127.0.0.1.`,
  )
}
