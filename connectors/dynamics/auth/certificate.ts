import { createPrivateKey, X509Certificate } from 'node:crypto'

/** The PEM text with real line breaks: an environment variable can't always hold them, so `\n` written out is taken for one. */
export function pemText(pem: string): string {
  return pem.replace(/(\\r)?\\n/g, '\n').trim()
}

/** Whether a PEM text holds a certificate and the private key that belongs to it, without a passphrase. */
export function isCertificateWithKey(pem: string): boolean {
  try {
    const text = pemText(pem)
    return new X509Certificate(text).checkPrivateKey(createPrivateKey(text))
  } catch {
    // OpenSSL's message may quote the text.
    return false
  }
}
