import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type Intake, post, startIntake, Token, until } from './support.ts'
import { marketplaceBody } from './support-entries.ts'

/** Connections that keep what they have: none of them closes before the server does. */
function hold(intake: Intake, count: number, opening: string, trickle: string): readonly Held[] {
  const port = Number(new URL(intake.url).port)
  return Array.from({ length: count }, () => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
    const held: Held = { socket, answer: '', over: false }
    socket.on('data', (data) => {
      held.answer += data
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      held.over = true
    })
    socket.write(opening)
    const timer = setInterval(() => socket.write(held.answer === '' ? trickle : 'x'), 250)
    socket.on('close', () => clearInterval(timer))
    onTestFinished(() => void socket.destroy())
    return held
  })
}

interface Held {
  readonly socket: Socket
  answer: string
  over: boolean
}

const Path = `/intake/marketplace/${Token}`

test('a thousand connections that trickle cost no lead a moment, and each is closed', async () => {
  const intake = await startIntake({ requestTimeoutMs: 800 })
  const body = `POST ${Path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n`
  const wrong = body.replace(Token, 'wrong')
  const held = [
    ...hold(intake, 300, `POST ${Path} HTTP/1.1\r\n`, 'X-A: b\r\n'),
    ...hold(intake, 300, body, 'x'),
    ...hold(intake, 100, body.replace('Content-Length: 100000', 'Transfer-Encoding: chunked'), '1\r\nx\r\n'),
    ...hold(intake, 200, wrong, 'x'),
    ...hold(intake, 100, '', ''),
  ]
  await until(() => held.filter(({ socket }) => socket.readyState === 'open').length > 900)
  let longest = 0
  for (let n = 0; n < 20; n += 1) {
    const sent = performance.now()
    expect((await post(intake, marketplaceBody(`person-${n}@contoso.com`))).status).toBe(202)
    longest = Math.max(longest, performance.now() - sent)
  }
  expect(longest).toBeLessThan(1_000)
  await until(() => held.every(({ over }) => over))
  expect(
    held.filter(({ answer }) => answer !== '' && !/^HTTP\/1.1 (408|404|429) /.test(answer)).map(({ answer }) => answer),
  ).toEqual([])
  expect(held.filter(({ answer }) => answer.includes('came too slowly')).length).toBeGreaterThan(700)
  expect(intake.sink.taken).toHaveLength(20)
})
