import { mkdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type StandIn, type StandInName, standIns } from './stand-ins.ts'
import { untilSignal } from './until-signal.ts'
import { WrongUse } from './wrong-use.ts'

/**
 * Stand-ins for the CRMs that are named (default: all), one loopback port each, until SIGTERM or SIGINT. With `--data DIR` their records
 * survive a restart.
 */
export async function sandbox(args: string[]): Promise<number> {
  const names = Object.keys(standIns) as StandInName[]
  const ports = Object.fromEntries(names.map((name) => [`${name}-port`, { type: 'string', default: '0' } as const]))
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...ports,
      data: { type: 'string' },
      latency: { type: 'string', default: '0' },
      json: { type: 'boolean', default: false },
    },
  })
  const latencyMs = wholeNumber(values.latency, '--latency')
  if (values.data) await mkdir(values.data, { recursive: true, mode: 0o700 })
  const unknown = positionals.find((name) => !names.some((known) => known === name))
  if (unknown !== undefined) throw new WrongUse(`There is no stand-in for ${unknown}, only for ${names.join(', ')}.`)
  const wanted = names.filter((name) => positionals.length === 0 || positionals.includes(name))
  const started = new Map<StandInName, StandIn>()
  for (const name of wanted) {
    const port = wholeNumber(String((values as Record<string, unknown>)[`${name}-port`]), `--${name}-port`, 65_535)
    started.set(name, await standIns[name].start({ port, latencyMs, dataDir: values.data ?? null }))
  }
  process.stdout.write(values.json ? asJson(started) : asText(started))
  await untilSignal()
  for (const { sandbox: one } of started.values()) await one.stop()
  return 0
}

function asJson(started: ReadonlyMap<StandInName, StandIn>): string {
  const all = [...started].map(([name, standIn]) => [name, { url: standIn.sandbox.url, env: standIn.env }])
  return `${JSON.stringify(Object.fromEntries(all))}\n`
}

/** What to paste into the shell in which the daemon starts. */
function asText(started: ReadonlyMap<StandInName, StandIn>): string {
  const all = [...started].map(([name, standIn]) => {
    const exports = Object.entries(standIn.env).map(([key, value]) => `export ${key}='${value}'\n`)
    return `# ${standIns[name].title} stand-in; what it holds: ${standIn.sandbox.url}/_sandbox/records\n${exports.join('')}`
  })
  return all.join('\n')
}

function wholeNumber(text: string, option: string, most = 3_600_000): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0 || number > most) {
    throw new WrongUse(`${option} takes a whole number from 0 to ${most}, not ${text}`)
  }
  return number
}
