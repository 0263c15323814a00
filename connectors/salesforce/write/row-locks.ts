import { shortRetry } from '../../kit/short-retry.ts'

const LockMs = 250

/**
 * Sends rows, and up to twice more those that `send` answers as locked: Salesforce refuses a row while somebody else writes it, its person
 * or its account (`UNABLE_TO_LOCK_ROW`), does nothing of it, and retrying is the only answer. https://github.com/jsforce/jsforce/issues/1018
 */
export async function untilUnlocked<R>(
  rows: readonly R[],
  signal: AbortSignal,
  send: (rows: readonly R[]) => Promise<readonly R[]>,
): Promise<void> {
  let waiting = rows
  async function once(): Promise<number> {
    waiting = await send(waiting)
    return waiting.length
  }
  await shortRetry(once, (locked) => (locked > 0 ? LockMs : null), signal)
}
