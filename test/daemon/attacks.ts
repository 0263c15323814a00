import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, RouteOptions } from 'fastify'

export interface Route {
  readonly method: string
  readonly pattern: string
}

/** Every route of the listeners that `build` makes, as Fastify is told of them: one that is added later is attacked by itself. */
export async function routesOf(build: () => Promise<unknown>): Promise<readonly Route[]> {
  const routes: Route[] = []
  function note({ method, url }: RouteOptions): void {
    for (const one of [method].flat()) routes.push({ method: one, pattern: url })
  }
  function listen(message: unknown): void {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', note)
  }
  subscribe('fastify.initialization', listen)
  try {
    await build()
  } finally {
    unsubscribe('fastify.initialization', listen)
  }
  return routes
}

/** No text of these may come out anywhere. */
export const Canary = 'canary-7f3a@forged.example'
/** A line of our log as an attacker would write it, with what moves a terminal's cursor around it. */
export const Forged = `\n{"level":"error","msg":"forged by ${Canary}"}\r\n\u001b[2K\u001b[31m\u0000\u007f\u0085\u009b2K\u2028\u2029`

/** The same path in other words: some mean the same, most mean nothing, and none may mean more. */
export function spellings(path: string): readonly string[] {
  const last = path.slice(path.lastIndexOf('/') + 1)
  const parent = path.slice(0, path.length - last.length)
  const encode = (text: string) => [...text].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('')
  return [
    path,
    `/x/..${path}`,
    `/healthz/..${path}`,
    `/x/%2e%2e${path}`,
    `/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd${path}`,
    `${path}/../../../../../../../../etc/passwd`,
    `${path}/%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2fpackage.json`,
    `${path}/..%5c..%5c..%5cpackage.json`,
    `${path}/..%c0%af..%c0%afpackage.json`,
    `/${path}`,
    `${parent}/${last}//`,
    `${path}/`,
    `${path}%00`,
    `${path}%00.css`,
    `${path}%0d%0aset-cookie:%20forged=1`,
    `${path}%0a%7b%22msg%22%3a%22${Canary}%22%7d`,
    `${path};${Canary}`,
    `${path}/%1b%5b2K${Canary}`,
    `${path}?next=//forged.example&x=${Canary}%0d%0aforged:%201`,
    `${path}#${Canary}`,
    `http://forged.example${path}`,
    `//forged.example${path}`,
    path.replaceAll('/', '\\'),
    `/${path.slice(1).replaceAll('/', '%2f')}`,
    `${path}%zz${Canary}`,
    `${path}%e2%80%ae%ed%a0%80`,
    `${path}\u00e4\u00ff`,
    parent + encode(last),
    parent + encode(last).replaceAll('%', '%25'),
    path.toUpperCase(),
    path.replace('queues', '%71ueues'),
    path.replace('queues', '%71ueues').replace('/api/', '/%61pi/'),
    `${path}/${'a'.repeat(2_000)}`,
    parent + last.padEnd(1_500, 'a'),
    path + 'a'.repeat(20_000),
    `${path} ${Canary}`,
    `${path}\u0001`,
    `${path}\nforged: 1`,
  ]
}

/** Headers that a parser may read in two ways, or that want to be written somewhere. Each is one or more whole lines. */
export const HeaderTricks: readonly string[] = [
  `User-Agent: ${latin(Forged.replaceAll(/[\r\n\0]/g, ' '))}`,
  `User-Agent: a\r\n {"level":"error","msg":"forged by ${Canary}"}`,
  `X-Forged: a\nset-cookie: forged=1`,
  `X-Forged: a\rset-cookie: forged=1`,
  'X-Forged: \0',
  ' X-Forged: folded',
  'X Forged: 1',
  'X-Forged : 1',
  ': 1',
  `X-Forwarded-For: ${Canary}, 127.0.0.1\r\nX-Real-IP: ${Canary}`,
  `Forwarded: for="${Canary}"`,
  `X-Original-URL: /admin/queues\r\nX-Rewrite-URL: /admin/queues`,
  'X-HTTP-Method-Override: DELETE',
  `Cookie: ${Canary}=1`,
  `Referer: http://${Canary}/`,
  `Origin: https://forged.example`,
  `Content-Type: ${Canary}`,
  `Content-Type: application/json; charset=${Canary}`,
  `Accept: ${Canary}\r\nAccept-Encoding: ${Canary}\r\nRange: bytes=0-99999999,-1`,
  `If-None-Match: *\r\nIf-Modified-Since: ${Canary}`,
  `Idempotency-Key: ${Canary}\r\nIdempotency-Key: ${Canary}`,
  `Idempotency-Key: ${'k'.repeat(8_000)}`,
  `X-Big: ${'x'.repeat(20_000)}`,
  Array.from({ length: 2_100 }, (_, index) => `x${index}: 1`).join('\r\n'),
  'Host: forged.example',
  'Connection: upgrade\r\nUpgrade: websocket',
  'Connection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
  `Authorization: Basic\r\nAuthorization: Bearer ${Canary}`,
  `Authorization: Basic ${Buffer.from(`admin:${Canary}\n`).toString('base64')}`,
  `Authorization: Basic ${Buffer.from(Canary).toString('base64')}`,
  `Authorization: Basic ${'A'.repeat(12_000)}`,
  `Authorization: Basic =\u00ff\u0080`,
  `Authorization: Bearer ${Canary} ${Canary}`,
  `Authorization: Negotiate ${Canary}`,
]

/** Lengths that do not agree; what stands behind them must never be read as a request of its own. */
export const LengthTricks: readonly string[] = [
  'Content-Length: 5\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nContent-Length: 5',
  'Content-Length: 5\r\nContent-Length: 6',
  'Content-Length: 5, 5',
  'Content-Length: +5',
  'Content-Length: -1',
  'Content-Length: 0x5',
  'Content-Length: 5 5',
  'Content-Length: 99999999999999999999',
  'Content-Length : 5',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: identity, chunked\r\nContent-Length: 5',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding:\u000bchunked\r\nContent-Length: 5',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: x',
  'Transfer-Encoding: "chunked"',
]

export const Methods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'QUERY',
  'MKCOL',
  'SEARCH',
]

/** UTF-8 as the raw client sends it: one character per byte. */
export function latin(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
