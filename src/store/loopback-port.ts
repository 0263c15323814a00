import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** A killed server's port is closed a moment after its process is gone from the list: the kernel ends its threads one by one. */
export async function becomesFree(port: number, timeoutMs = 2_000): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline) {
    if (await isFree(port)) return true
    await wait(20)
  }
  return false
}

/** Whether a server could listen on 127.0.0.1 at this port. */
export function isFree(port: number): Promise<boolean> {
  return listen(port).then(
    () => true,
    () => false,
  )
}

/** A port of 127.0.0.1 that nobody listens on. It is not reserved: whoever wants it must be ready to lose it. */
export function freePort(): Promise<number> {
  return listen(0)
}

function listen(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port))
    })
  })
}
