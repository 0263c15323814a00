import { Agent, request } from 'node:http'
import { onTestFinished } from 'vitest'

export interface Answer {
  readonly status: number
  readonly text: string
  /** From the first byte sent to the last one received. */
  readonly ms: number
}

export interface Client {
  /** Rejects when no whole answer came: what became of the request is then unknown. */
  post(url: string, body: string | Buffer, headers?: Readonly<Record<string, string>>): Promise<Answer>
}

/** HTTP on at most so many connections, which are kept open. Never repeats a request by itself, as `fetch` may. */
export function createClient(connections: number): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  onTestFinished(() => agent.destroy())
  return {
    post: (url, body, headers = {}) =>
      new Promise((resolve, reject) => {
        const bytes = Buffer.from(body)
        const started = performance.now()
        const sent = request(url, { method: 'POST', agent, headers: { 'content-length': bytes.length, ...headers } })
        sent.on('error', reject)
        sent.on('response', (answer) => {
          const chunks: Buffer[] = []
          answer.on('error', reject)
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8')
            resolve({ status: answer.statusCode ?? 0, text, ms: performance.now() - started })
          })
        })
        sent.end(bytes)
      }),
  }
}
