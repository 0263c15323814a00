import { generateKeyPairSync, sign } from 'node:crypto'

export interface KeyAndCertificate {
  /** PEM, like the certificate. */
  readonly key: string
  readonly cert: string
}

const Oids = {
  ec: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  rsa: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b],
  commonName: [0x55, 0x04, 0x03],
  basicConstraints: [0x55, 0x1d, 0x13],
  alternativeName: [0x55, 0x1d, 0x11],
} as const
const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  null: 0x05,
  oid: 0x06,
  text: 0x0c,
  time: 0x17,
  sequence: 0x30,
  set: 0x31,
}
const DayMs = 86_400_000

/**
 * A certificate for 127.0.0.1 and localhost that is its own CA, written here in DER: Node reads X.509 but does not write it, and a test can't
 * count on an `openssl` command.
 */
export function selfSigned(type: 'ec' | 'rsa' = 'ec'): KeyAndCertificate {
  const pair =
    type === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const algorithm = der(Tag.sequence, oid(Oids[type]), ...(type === 'rsa' ? [der(Tag.null)] : []))
  const name = der(
    Tag.sequence,
    der(Tag.set, der(Tag.sequence, oid(Oids.commonName), der(Tag.text, Buffer.from('leadsync test')))),
  )
  const extensions = der(
    Tag.sequence,
    extension(Oids.basicConstraints, der(Tag.sequence, der(Tag.boolean, Buffer.of(0xff)))),
    extension(Oids.alternativeName, der(Tag.sequence, der(0x87, Buffer.of(127, 0, 0, 1)), der(0x82, Buffer.from('localhost')))),
  )
  const toSign = der(
    Tag.sequence,
    der(0xa0, der(Tag.integer, Buffer.of(2))),
    der(Tag.integer, Buffer.of(1)),
    algorithm,
    name,
    der(Tag.sequence, time(Date.now() - DayMs), time(Date.now() + DayMs)),
    name,
    pair.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  )
  const signature = sign('sha256', toSign, pair.privateKey)
  const whole = der(Tag.sequence, toSign, algorithm, der(Tag.bits, Buffer.of(0), signature))
  const lines = (whole.toString('base64').match(/.{1,64}/g) ?? []).join('\n')
  return {
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  }
}

function extension(id: readonly number[], value: Buffer): Buffer {
  return der(Tag.sequence, oid(id), der(Tag.octets, value))
}

function oid(bytes: readonly number[]): Buffer {
  return der(Tag.oid, Buffer.from(bytes))
}

function time(ms: number): Buffer {
  return der(Tag.time, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replace(/[-T:]/g, '')}Z`))
}

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  if (content.length < 128) return Buffer.concat([Buffer.of(tag, content.length), content])
  if (content.length < 256) return Buffer.concat([Buffer.of(tag, 0x81, content.length), content])
  return Buffer.concat([Buffer.of(tag, 0x82, content.length >> 8, content.length & 0xff), content])
}
