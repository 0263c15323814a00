import type { Asked, Told } from '../../kit/tiny-server.ts'

/** Answers a `$batch` part by part, and anything else as it is; told which request it belongs to, counted from 0. */
export function inParts(answer: (asked: Asked, request: number) => Told): (asked: Asked) => Told {
  let requests = 0
  return (asked) => {
    const request = requests++
    if (!asked.path.endsWith('/$batch')) return answer(asked, request)
    const parts = partsOf(asked).map((part) => written(answer(part, request)))
    return {
      headers: { 'content-type': 'multipart/mixed; boundary=batchresponse_1' },
      body: `${parts.join('')}--batchresponse_1--\r\n`,
    }
  }
}

function partsOf({ body, headers }: Asked): Asked[] {
  const [, boundary = ''] = /boundary="?([^";]+)/.exec(headers['content-type'] ?? '') ?? []
  const parts = String(body).split(`--${boundary}`).slice(1, -1)
  return parts.map((part) => {
    const [, head = '', text = ''] = part.trim().split('\r\n\r\n')
    const [request = '', ...lines] = head.split('\r\n')
    const [method = '', path = ''] = request.split(' ')
    const own = lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)])
    return { method, path, headers: Object.fromEntries(own), body: text === '' ? undefined : JSON.parse(text) }
  })
}

function written({ status = 200, headers = {}, body }: Told): string {
  const lines = Object.entries({ 'Content-Type': 'application/json', ...headers }).map(([name, value]) => `${name}: ${value}`)
  const http = [`HTTP/1.1 ${status} Whatever`, ...lines, '', status === 204 ? '' : JSON.stringify(body)].join('\r\n')
  return `--batchresponse_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n${http}\r\n`
}
