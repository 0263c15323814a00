import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as it went over the wire. */
export interface Taken {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly body: string
  /** The client went away before it was answered. */
  abandoned: boolean
}

export interface Tap {
  readonly url: string
  readonly taken: readonly Taken[]
  stop(): Promise<void>
}

/**
 * Listens in between a connector and its CRM. On the wire and not in `fetch`: an SDK may bring its own transport, and the contract holds
 * for what is sent, not for what somebody meant to send.
 */
export async function openTap(target: string): Promise<Tap> {
  const { hostname, port: targetPort } = new URL(target)
  const taken: Taken[] = []

  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await incoming.toArray())
    const { method = 'GET', url: path = '/', headers } = incoming
    const one: Taken = { method, path, body: body.toString('utf8'), abandoned: false }
    taken.push(one)
    const forward = httpRequest({ hostname, port: targetPort, method, path, headers, agent: false })
    response.on('close', () => {
      one.abandoned = !response.writableFinished
      forward.destroy()
    })
    forward.on('error', () => response.destroy())
    forward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.on('error', () => response.destroy())
      answer.pipe(response)
    })
    forward.end(body)
  }

  const server = createServer((incoming, response) => {
    pass(incoming, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    taken,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
