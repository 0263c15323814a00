import { setTimeout as wait } from 'node:timers/promises'

interface FileLock {
  release(): void
}

async function acquire(file: string, timeoutMs = 60_000): Promise<FileLock> {
  const { DatabaseSync } = loadSqlite()
  const deadline = performance.now() + timeoutMs
  const database = new DatabaseSync(file)
  // SQLite's own busy timeout would sleep inside the event loop.
  while (!tryBegin(database)) {
    if (performance.now() > deadline) {
      database.close()
      throw new Error(
        `Another process has held ${file} for ${Math.round(timeoutMs / 1000)} s. Look for a second Leadsync on this folder.`,
      )
    }
    await wait(20)
  }
  return { release: () => database.close() }
}

/**
 * Runs `work` while no other process has the lock on `file`. Waits a minute for it, then rejects with a sentence.
 * The kernel frees it when its holder is killed.
 *
 * Node has no call for a kernel lock, but SQLite takes one (fcntl) for a transaction, on a file that stays empty. A file holding the pid
 * was refused: after a kill -9 somebody must judge it stale, and two processes that judge at once are both inside.
 * https://www.sqlite.org/lockingv3.html. Never open `file` by other means: closing any descriptor of it would free the lock.
 */
export async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = await acquire(file)
  try {
    return await work()
  } finally {
    lock.release()
  }
}

function tryBegin(database: { exec(sql: string): void }): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SqliteBusy) return false
    throw error
  }
}

const SqliteBusy = 5

/** Loads node:sqlite without the ExperimentalWarning that Node 22 prints for it, and for it only: loading is synchronous. */
function loadSqlite(): typeof import('node:sqlite') {
  const emitWarning = process.emitWarning
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}
