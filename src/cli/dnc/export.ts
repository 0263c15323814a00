import { type ExportLine, exportedLines } from '../../store/suppression-export.ts'
import { writeSuppressionFile } from '../../store/suppression-file.ts'
import type { OpenStore } from '../open-store.ts'
import { printJson, printLines } from '../print.ts'
import { WrongUse } from '../wrong-use.ts'

/** `kept`: under an address, a number or a contact id that is no contact's (any more). */
type Kind = 'exported' | 'contacts' | 'kept' | 'forgotten'

/** All that stands or stood against anybody, to a file that only this installation can read. */
export async function exportTo(file: string, { scripts }: OpenStore, secret: string, json: boolean): Promise<number> {
  const counts: Record<Kind, number> = { exported: 0, contacts: 0, kept: 0, forgotten: 0 }
  async function* counted() {
    for await (const lines of exportedLines(scripts)) {
      for (const line of lines) counts[kindOf(line)] += 1
      yield lines
    }
  }
  try {
    await writeSuppressionFile(file, secret, counted())
  } catch (error) {
    // Without a code it is no error of the file system.
    if (!(error instanceof Error && 'code' in error)) throw error
    throw new WrongUse(`${file} can't be written (${error.code})`)
  }
  if (json) printJson(counts)
  else printLines([exportText(counts), 'They stand there as pseudonyms that only this installation’s secret can tell.'])
  return 0
}

function exportText({ exported, contacts, kept, forgotten }: Readonly<Record<Kind, number>>): string {
  const all = [
    `${exported} addresses and numbers`,
    `${contacts} contacts of whom the marketplace said it`,
    ...(kept > 0 ? [`${kept} pseudonyms without a contact under which what the marketplace said is kept`] : []),
    ...(forgotten > 0 ? [`${forgotten} pseudonyms of people who were forgotten`] : []),
  ]
  return `${new Intl.ListFormat('en-GB').format(all)} exported`
}

function kindOf(line: ExportLine): Kind {
  if ('alias' in line) return 'exported'
  if ('contact' in line) return 'contacts'
  return 'kept' in line ? 'kept' : 'forgotten'
}
