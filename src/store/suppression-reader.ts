import { z } from 'zod'
import type { ExportLine } from './suppression-export.ts'
import { keyCheck, SuppressionFileVersion } from './suppression-file.ts'

/** Before there was what the marketplace said in it, the first line counted the others. */
const OldHeader = z.object({ leadsync: z.literal('dnc'), v: z.literal(1), key: z.string(), count: z.int().min(0) })
const Header = z.object({ leadsync: z.literal('dnc'), v: z.literal(SuppressionFileVersion), key: z.string() })
const End = z.strictObject({ end: z.int().min(0) })

const Entry = z.strictObject({
  source: z.enum(['admin', 'import']),
  channel: z.enum(['any', 'email', 'phone']),
  offer: z.string().min(1),
  since: z.int(),
  reason: z.string(),
  liftedAt: z.int().optional(),
  liftReason: z.string().optional(),
})
const Name = z.string().min(1)
const Times = z.record(z.string().regex(/^[drl]:./s), z.int())
const Line = z.union([
  z.strictObject({ alias: Name, entries: z.array(Entry).min(1) }),
  z.strictObject({ contact: Name, aliases: z.array(Name), sup: Times }),
  z.strictObject({ kept: Name, sup: Times }),
  z.strictObject({ forgotten: Name, at: z.int() }),
])

/** Cut off, damaged, or no export of this installation. The message is for a person. */
export class UnusableExport extends Error {
  override readonly name = 'UnusableExport'
}

/** All of it or, when a line is damaged or missing, an `UnusableExport`: half of a list would look like all of it. */
export function readExport(text: string, secret: string): readonly ExportLine[] {
  const [first = '', ...rest] = text.split('\n').filter((line) => line.trim() !== '')
  const header = z.union([OldHeader, Header]).safeParse(parsed(first))
  if (!header.success) {
    throw new UnusableExport(
      'the file is no export of this version of Leadsync (leadsync dnc export, or one of the daily ones); a CSV file is imported without --export',
    )
  }
  if (header.data.key !== keyCheck(secret)) {
    throw new UnusableExport(
      'the export was made by another installation, under whose secret everybody has another name; restore its installation.json first',
    )
  }
  const { lines, count } = header.data.v === 1 ? { lines: rest, count: header.data.count } : withoutEnd(rest)
  if (lines.length !== count) throw new UnusableExport(`the export is cut off: it has ${lines.length} of ${count} lines`)
  return lines.map((line, at) => {
    const read = Line.safeParse(parsed(line))
    if (!read.success) throw new UnusableExport(`line ${at + 2} of the export is damaged`)
    return read.data
  })
}

/** One line by itself, as it is noted between two exports; null where it is damaged. */
export function readChange(line: string): ExportLine | null {
  return Line.safeParse(parsed(line)).data ?? null
}

function withoutEnd(rest: readonly string[]): { lines: readonly string[]; count: number } {
  const end = End.safeParse(parsed(rest.at(-1) ?? ''))
  if (!end.success) throw new UnusableExport('the export is cut off: its last line is missing')
  return { lines: rest.slice(0, -1), count: end.data.end }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
