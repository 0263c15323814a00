import { createPrivateKey, type KeyObject } from 'node:crypto'

const LeastBits = 2_048

/**
 * The RSA key of a PEM text, or null when it is none, is too short for RS256, or needs a passphrase. An environment variable can't always hold line
 * breaks: `\n` written out is taken for one.
 */
export function readPrivateKey(pem: string): KeyObject | null {
  try {
    const key = createPrivateKey(pem.replace(/(\\r)?\\n/g, '\n').trim())
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
    return key.asymmetricKeyType === 'rsa' && bits >= LeastBits ? key : null
  } catch {
    // OpenSSL's message may quote the text.
    return null
  }
}
