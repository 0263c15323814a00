import { type ExportLine, exportedLines } from '../../store/suppression-export.ts'
import { writeSuppressionFile } from '../../store/suppression-file.ts'
import type { OpenStore } from '../open-store.ts'
import { printJson, printLines } from '../print.ts'
import { WrongUse } from '../wrong-use.ts'

/** All that stands or stood against anybody, to a file that only this installation can read. */
export async function exportTo(file: string, { scripts }: OpenStore, secret: string, json: boolean): Promise<number> {
  const counts = { exported: 0, contacts: 0, forgotten: 0 }
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

function exportText({ exported, contacts, forgotten }: { exported: number; contacts: number; forgotten: number }): string {
  const first = `${exported} addresses and numbers, ${contacts} contacts of whom the marketplace said it`
  return forgotten > 0 ? `${first} and ${forgotten} pseudonyms of people who were forgotten exported` : `${first} exported`
}

function kindOf(line: ExportLine): 'exported' | 'contacts' | 'forgotten' {
  if ('alias' in line) return 'exported'
  return 'contact' in line ? 'contacts' : 'forgotten'
}
