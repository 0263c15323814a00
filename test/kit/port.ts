import { randomInt } from 'node:crypto'
import { isFree } from '../../src/store/loopback-port.ts'

// Below those that the kernel gives to connections, of which tests make thousands: a server that is killed and started again finds its port free.
const [First, Last] = [12_000, 32_000]

/** A port of 127.0.0.1 for a server that is started a moment later, and perhaps more than once. */
export async function portForServer(): Promise<number> {
  const port = randomInt(First, Last)
  return (await isFree(port)) ? port : await portForServer()
}
