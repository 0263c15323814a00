import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { performance } from 'node:perf_hooks'

/** Keeps a stand-in's state in one JSON file. */
export interface RecordFile {
  read(): unknown
  changed(): void
  flush(): Promise<void>
}

const quietMs = 200

/**
 * Writes `snapshot()` to `path` soon after `changed()` and at once on `flush()`. The file is replaced by rename, so a kill
 * leaves the old state or the new one, never half a file. No `path`: nothing is kept. Throws on a file that isn't JSON.
 */
export function openRecordFile(path: string | undefined, snapshot: () => unknown): RecordFile {
  if (path === undefined) return { read: () => undefined, changed() {}, flush: async () => {} }
  const file = path
  let timer: NodeJS.Timeout | undefined
  let dirty = false
  let writing = Promise.resolve()
  let lastCostMs = 0

  async function write(): Promise<void> {
    if (!dirty) return
    dirty = false
    const started = performance.now()
    const text = JSON.stringify(snapshot())
    lastCostMs = performance.now() - started
    await mkdir(dirname(file), { recursive: true })
    await writeFile(`${file}.new`, text)
    await rename(`${file}.new`, file)
  }

  function queueWrite(): Promise<void> {
    writing = writing.catch(() => {}).then(write)
    return writing
  }

  return {
    read() {
      if (!existsSync(file)) return undefined
      return parseState(readFileSync(file, 'utf8'), file)
    },
    changed() {
      dirty = true
      if (timer !== undefined) return
      // A pause in proportion to what a snapshot costs keeps a large portal under load below 5 % of the CPU.
      const pause = Math.max(quietMs, lastCostMs * 20)
      timer = setTimeout(() => {
        timer = undefined
        // A failed write (disk full) keeps the state dirty; flush reports it to whoever stops the sandbox.
        queueWrite().catch(() => {
          dirty = true
        })
      }, pause)
    },
    async flush() {
      clearTimeout(timer)
      timer = undefined
      await queueWrite()
    },
  }
}

function parseState(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`The sandbox's record file ${file} is not JSON. Delete it to start with an empty CRM.`, { cause })
  }
}
