import { parseArgs } from 'node:util'
import { type FaultKind, FaultKinds } from './fault-plan.ts'

export interface ChaosOptions {
  /** Null: a random one. */
  readonly seed: number | null
  readonly leads: number
  /** Leads a second. */
  readonly pace: number
  /** So many runs, with the seeds from 1 on; null: one run. */
  readonly table: number | null
  readonly json: boolean
  readonly keep: boolean
  readonly without: readonly FaultKind[]
}

/** Its message is a sentence for whoever typed it. */
export class WrongOptions extends Error {
  override readonly name = 'WrongOptions'
}

const Options = {
  seed: { type: 'string' },
  leads: { type: 'string' },
  pace: { type: 'string' },
  table: { type: 'string' },
  json: { type: 'boolean' },
  keep: { type: 'boolean' },
  without: { type: 'string', multiple: true },
} as const
const Names = Object.keys(Options).map((name) => `--${name}`)

/** All of it or, with the first that is wrong, a `WrongOptions`. */
export function readOptions(args: readonly string[]): ChaosOptions {
  // Its own strictness answers `--leads -5` with three lines about dashes.
  const { values, tokens } = parseArgs({ args: [...args], options: Options, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind === 'positional') throw new WrongOptions(`There is nothing to be done with ${token.value}: all are options.`)
    if (token.kind === 'option') checkOption(token)
  }
  const number = (name: 'seed' | 'leads' | 'pace' | 'table') => {
    const text = values[name]
    return typeof text === 'string' ? wholeNumber(name, text) : null
  }
  return {
    seed: number('seed'),
    leads: number('leads') ?? 20_000,
    pace: number('pace') ?? 80,
    table: number('table'),
    json: values.json === true,
    keep: values.keep === true,
    without: (values.without ?? []).map(faultKind),
  }
}

function checkOption({ name, rawName, value }: { name: string; rawName: string; value?: string | undefined }): void {
  if (!isOption(name)) throw new WrongOptions(`There is no option ${rawName}; there are ${list(Names)}.`)
  const takesValue = Options[name].type === 'string'
  if (takesValue && !value) throw new WrongOptions(`${rawName} needs a value.`)
  if (!takesValue && value !== undefined) throw new WrongOptions(`${rawName} takes no value.`)
}

function isOption(name: string): name is keyof typeof Options {
  return Object.hasOwn(Options, name)
}

function faultKind(text: string | boolean): FaultKind {
  const kind = FaultKinds.find((one) => one === text)
  if (kind) return kind
  throw new WrongOptions(`--without takes one of the faults, not ${text}; there are ${list(FaultKinds)}.`)
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(number) && number >= 1) return number
  throw new WrongOptions(`--${name} takes a whole number from 1 on, not ${text}.`)
}

function list(names: readonly string[]): string {
  return new Intl.ListFormat('en-GB').format(names)
}
