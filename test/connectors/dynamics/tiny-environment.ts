import { type Api, createApi } from '../../../connectors/dynamics/api.ts'
import { Settings } from '../../../connectors/dynamics/settings.ts'
import type { ConnectorDependencies } from '../../../src/core/index.ts'
import type { Asked, Told } from '../../kit/tiny-server.ts'

export const Root = '/api/data/v9.2/'
export const token = 'token-of-this-test'
export const anySignal = () => new AbortController().signal
const silent = { debug() {}, info() {}, warn() {}, error() {} }

export function settings(baseUrl: string, some: Record<string, unknown> = {}): Settings {
  return Settings.parse({ baseUrl, auth: 'static-token', token, ...some })
}

export function dependencies(some: Partial<ConnectorDependencies> = {}): ConnectorDependencies {
  return { crm: 'sales', fetch: globalThis.fetch, now: Date.now, log: silent, ...some }
}

export function openApi(baseUrl: string, some: Record<string, unknown> = {}, given: Partial<ConnectorDependencies> = {}): Api {
  return createApi(settings(baseUrl, some), dependencies(given))
}

/** One operation as it stands in a batch. */
export interface Part {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** The operations of a `$batch`, by the letter of RFC 2046 and RFC 9112: CRLF everywhere. */
export function partsOf({ headers, body }: Pick<Asked, 'headers' | 'body'>): Part[] {
  const boundary = /^multipart\/mixed; boundary="([^"]+)"$/.exec(headers['content-type'] ?? '')?.[1]
  if (boundary === undefined) throw new Error('The request is no batch.')
  const [before, ...parts] = `\r\n${body}`.split(`\r\n--${boundary}`)
  if (before !== '' || parts.pop() !== '--\r\n') throw new Error('The batch does not begin or end as one.')
  return parts.map((part, place) => {
    const mime = `\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: ${place + 1}\r\n\r\n`
    if (!part.startsWith(mime)) throw new Error(`A part of a batch begins with ${JSON.stringify(part.slice(0, 120))}.`)
    const http = part.slice(mime.length)
    const end = http.indexOf('\r\n\r\n')
    const [request = '', ...lines] = http.slice(0, end).split('\r\n')
    const [method = '', path = '', version] = request.split(' ')
    if (version !== 'HTTP/1.1') throw new Error(`A part of a batch asks ${JSON.stringify(request)}.`)
    const named = lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ])
    const text = http.slice(end + 4)
    return { method, path, headers: Object.fromEntries(named), body: text === '' ? undefined : JSON.parse(text) }
  })
}

/** The answer to a batch whose operations were answered like this, spelt as Dataverse spells it; `names`: the `Content-ID` of each. */
export function batchAnswer(told: readonly Told[], names: readonly (number | string)[] = []): Told {
  const boundary = 'batchresponse_18f2fd2e-6e6d-4f5b-b8f0-3e2a4f6f0c11'
  const parts = told.map(({ status = 200, headers = {}, body }, place) => {
    const json = body === undefined ? {} : { 'Content-Type': 'application/json; odata.metadata=minimal' }
    const lines = Object.entries({ ...json, ...headers, 'OData-Version': '4.0' }).map(([name, value]) => `${name}: ${value}\r\n`)
    const text = typeof body === 'string' ? body : JSON.stringify(body ?? '').replace(/^""$/, '')
    const name = names[place] === undefined ? '' : `Content-ID: ${names[place]}\r\n`
    const mime = `Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n${name}\r\n`
    return `--${boundary}\r\n${mime}HTTP/1.1 ${status} Whatever\r\n${lines.join('')}\r\n${text}\r\n`
  })
  return {
    headers: { 'content-type': `multipart/mixed; boundary=${boundary}` },
    body: `${parts.join('')}--${boundary}--\r\n`,
  }
}

export function refusal(code: string, message = 'zaphod@x.y ist schuld') {
  return { error: { code, message } }
}
