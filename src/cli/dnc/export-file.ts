import { open, rename, rm } from 'node:fs/promises'
import { z } from 'zod'
import { hmac } from '../../core/index.ts'
import type { Suppressed } from '../../store/strong-suppression.ts'
import { WrongUse } from '../wrong-use.ts'

const Header = z.object({ leadsync: z.literal('dnc'), v: z.literal(1), key: z.string(), count: z.int().min(0) })
const Entry = z.strictObject({
  source: z.enum(['admin', 'import']),
  channel: z.enum(['any', 'email', 'phone']),
  offer: z.string().min(1),
  since: z.int(),
  reason: z.string(),
  liftedAt: z.int().optional(),
  liftReason: z.string().optional(),
})
const Line = z.strictObject({ alias: z.string().min(1), entries: z.array(Entry).min(1) })

/** Writes JSON lines, mode 0600: a header that says under which secret, then one line per alias. The file is whole or as it was before. */
export async function writeExport(file: string, all: readonly Suppressed[], secret: string): Promise<void> {
  const header = { leadsync: 'dnc', v: 1, key: keyOf(secret), count: all.length }
  const temporary = `${file}.${process.pid}`
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile([header, ...all].map((one) => `${JSON.stringify(one)}\n`).join(''))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw new WrongUse(`${file} can't be written (${error instanceof Error && 'code' in error ? error.code : 'unknown'})`)
  }
}

/** All of it or, when a line is damaged or missing, a `WrongUse`: half of a list would look like all of it. */
export function readExport(text: string, secret: string): readonly Suppressed[] {
  const [first = '', ...rest] = text.split('\n').filter((line) => line.trim() !== '')
  const header = Header.safeParse(parsed(first))
  if (!header.success) throw new WrongUse('the file is no export of leadsync dnc export; a CSV file is imported without --export')
  if (header.data.key !== keyOf(secret)) {
    throw new WrongUse(
      'the export was made by another installation, under whose secret everybody has another name; restore its installation.json first',
    )
  }
  if (rest.length !== header.data.count)
    throw new WrongUse(`the export is cut off: it has ${rest.length} of ${header.data.count} lines`)
  return rest.map((line, at) => {
    const read = Line.safeParse(parsed(line))
    if (!read.success) throw new WrongUse(`line ${at + 2} of the export is damaged`)
    return read.data
  })
}

/** Tells one secret from another without saying anything of it. */
function keyOf(secret: string): string {
  return hmac(secret, 'dnc export', '')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
