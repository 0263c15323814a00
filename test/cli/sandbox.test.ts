import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { expect, it, onTestFinished } from 'vitest'
import { LeadsyncCommand } from '../kit/daemon.ts'

it('sandbox alone stands in for every CRM on loopback, needs no account, says what to set, and ends with SIGTERM', async () => {
  const child = spawn(process.execPath, [LeadsyncCommand, 'sandbox', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const told = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve))
  const standIns = JSON.parse(told) as Record<string, { url: string; env: Record<string, string> }>
  expect(Object.keys(standIns).sort()).toEqual(['dynamics', 'hubspot', 'salesforce'])
  for (const [name, { url, env }] of Object.entries(standIns)) {
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(env).toMatchObject({ [`${name.toUpperCase()}_ENABLED`]: 'true', [`${name.toUpperCase()}_BASE_URL`]: url })
    const answer = await fetch(`${url}/_sandbox/records`)
    expect(await answer.json()).toEqual({ records: expect.any(Array) })
  }
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
})
