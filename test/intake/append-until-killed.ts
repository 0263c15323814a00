import { openJournal } from '../../src/intake/journal.ts'
import { entry, recordingLog } from './support-entries.ts'

/** Appends from 16 sides at once and prints the id of each entry that was acknowledged, until somebody kills it. */
const journal = await openJournal({ dir: process.argv[2] ?? '', now: Date.now, log: recordingLog() })

async function append(side: number): Promise<void> {
  for (let count = 0; ; count++) {
    const id = `${side}-${count}`
    await journal.append([entry(id)])
    process.stdout.write(`${id}\n`)
  }
}

await Promise.all(Array.from({ length: 16 }, (_, side) => append(side)))
