import { connect } from 'node:net'

export interface RawAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

const MostMs = 8_000

/**
 * Sends bytes as they stand, which `fetch` would tidy up first, and reads until the server closes: the text has to ask for that. One byte
 * per character. `from` is the address to send from: all of 127/8 is this machine. Nothing when the server only hung up.
 */
export function sendRaw(url: string, text: string, from = '127.0.0.1'): Promise<readonly RawAnswer[]> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect({ host: hostname, port: Number(port), localAddress: from })
    socket.setTimeout(MostMs, () =>
      socket.destroy(new Error(`No end came within ${MostMs} ms to ${JSON.stringify(text.slice(0, 300))}`)),
    )
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    // The server hangs up on what it refuses while some of it is still on its way.
    socket.on('error', (error: Error & { code?: string }) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return
      reject(error)
    })
    socket.on('close', (failed) => {
      const received = Buffer.concat(chunks).toString('latin1')
      if (failed && received === '') return resolve([])
      try {
        resolve(answersIn(received, text.startsWith('HEAD ')))
      } catch (error) {
        reject(error)
      }
    })
    socket.write(text, 'latin1')
  })
}

function answersIn(received: string, toHead: boolean): readonly RawAnswer[] {
  const answers: RawAnswer[] = []
  let rest = received
  while (rest.startsWith('HTTP/1.1 ')) {
    const end = rest.indexOf('\r\n\r\n')
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n')
    const headers = new Map(lines.map((line) => headerOf(line)))
    const status = Number(first.split(' ')[1])
    const length = headers.get('content-length')
    const there = rest.length - end - 4
    const size = status === 304 || status < 200 ? 0 : toHead || length === undefined ? there : Number(length)
    answers.push({ status, headers, body: rest.slice(end + 4, end + 4 + size) })
    rest = rest.slice(end + 4 + size)
  }
  if (rest !== '') throw new Error(`This is no HTTP: ${JSON.stringify(rest.slice(0, 300))}`)
  return answers
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}
