import { createPublicKey, type KeyObject } from 'node:crypto'

/** An External Client App of the org, with the user who runs it. */
export interface AppOptions {
  readonly clientId: string
  /** Opens the client-credentials flow. */
  readonly clientSecret?: string
  /** Opens the JWT bearer flow: PEM, a public key or a certificate. */
  readonly publicKey?: string
  /** The run-as user of client credentials and the one who is pre-authorized for JWT. */
  readonly username: string
}

export interface App {
  readonly clientId: string
  readonly clientSecret: string | null
  readonly publicKey: KeyObject | null
  readonly username: string
}

/** Throws when a public key is no PEM. */
export function readApps(options: readonly AppOptions[]): App[] {
  return options.map(({ clientId, clientSecret, publicKey, username }) => ({
    clientId,
    clientSecret: clientSecret ?? null,
    publicKey: publicKey === undefined ? null : createPublicKey(publicKey),
    username,
  }))
}
