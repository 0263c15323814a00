import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Stands between a client and a server on loopback, and breaks what runs through it. */
export interface TcpProxy {
  readonly port: number
  /** Every connection ends at once, for both sides. */
  cut(): void
  /** Nothing gets through, and nobody is told. What a client had sent that gives up meanwhile is never delivered. */
  stall(): void
  /** Everything takes so long, in each direction. */
  slow(ms: number): void
  /** The server's side of every connection ends, and the client goes on talking to nobody, until `cut`. */
  halfOpen(): void
  /** Ends `stall` and `slow`. */
  heal(): void
  stop(): Promise<void>
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
  /** What waits for the end of a stall, both ways. */
  held: (() => void)[]
  halfOpen: boolean
}

export async function openProxy(upstream: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>()
  let stalled = false
  let delayMs = 0

  const listener = createServer((client) => {
    const server = connect({ host: '127.0.0.1', port: upstream })
    const pair: Pair = { client, server, held: [], halfOpen: false }
    pairs.add(pair)
    forward(pair, client, server)
    forward(pair, server, client)
    server.on('close', () => {
      if (!pair.halfOpen) client.destroy()
    })
    client.on('close', () => {
      pairs.delete(pair)
      server.destroy()
    })
  })

  function forward(pair: Pair, from: Socket, to: Socket): void {
    from.setNoDelay(true)
    from.on('error', () => undefined)
    from.on('data', (bytes) => {
      if (delayMs === 0) return deliver(pair, from, to, bytes)
      from.pause()
      setTimeout(() => {
        from.resume()
        deliver(pair, from, to, bytes)
      }, delayMs)
    })
  }

  function deliver(pair: Pair, from: Socket, to: Socket, bytes: Buffer): void {
    if (stalled) pair.held.push(() => pass(from, to, bytes))
    else pass(from, to, bytes)
  }

  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    port: (listener.address() as AddressInfo).port,
    cut() {
      for (const { client, server } of pairs) {
        client.resetAndDestroy()
        server.resetAndDestroy()
      }
    },
    stall() {
      stalled = true
    },
    slow(ms) {
      delayMs = ms
    },
    halfOpen() {
      for (const pair of pairs) {
        pair.halfOpen = true
        pair.server.resetAndDestroy()
      }
    },
    heal() {
      stalled = false
      delayMs = 0
      for (const pair of pairs) for (const go of pair.held.splice(0)) go()
    },
    async stop() {
      listener.close()
      for (const { client } of pairs) client.destroy()
      await once(listener, 'close')
    },
  }
}

function pass(from: Socket, to: Socket, bytes: Buffer): void {
  if (from.destroyed || to.destroyed || to.write(bytes)) return
  from.pause()
  to.once('drain', () => from.resume())
}
