import { randomBytes } from 'node:crypto'
import { appendFileSync, linkSync, mkdirSync, readdirSync, readFileSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Runs `work` while no other set-up of this folder works. `work` gets `guard(pid)`: a child that must also be gone before the next one starts.
 *
 * A set-up may be killed at any moment and Node 18 offers no lock that the kernel would free, so each holder is a file `lock.<n>` naming its
 * processes, and the highest number rules. A dead holder's file is never removed but outnumbered, by one more: removing it is how two
 * processes that both found it stale end up both inside.
 */
export async function withSetupLock(dir, work, onWait) {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const file = await acquire(dir, onWait)
  try {
    return await work((pid) => appendFileSync(file, `${identity(pid)}\n`))
  } finally {
    truncateSync(file)
  }
}

async function acquire(dir, onWait) {
  let waited = false
  for (;;) {
    const highest = Math.max(0, ...generations(dir))
    if (!isHeld(join(dir, `lock.${highest}`))) {
      const file = claim(dir, highest + 1)
      if (file !== undefined) return file
      continue
    }
    if (!waited) onWait?.()
    waited = true
    await sleep(100)
  }
}

function generations(dir) {
  return readdirSync(dir)
    .map((name) => /^lock\.(\d+)$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
}

function claim(dir, number) {
  const file = join(dir, `lock.${number}`)
  const draft = join(dir, `draft.${randomBytes(6).toString('hex')}`)
  // Linked, not opened: the file must never be seen without the name of its holder in it.
  writeFileSync(draft, `${identity(process.pid)}\n`)
  try {
    linkSync(draft, file)
  } catch (error) {
    if (error.code === 'EEXIST') return undefined
    throw error
  } finally {
    unlinkSync(draft)
  }
  const others = generations(dir)
  if (Math.max(...others) > number) {
    unlinkSync(file)
    return undefined
  }
  for (const older of others) if (older < number) remove(join(dir, `lock.${older}`))
  return file
}

function remove(file) {
  try {
    unlinkSync(file)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
}

function isHeld(file) {
  try {
    const holders = readFileSync(file, 'utf8').split('\n')
    return holders.some((line) => line !== '' && identity(Number(line.split(' ')[0])) === line)
  } catch (error) {
    if (error.code === 'ENOENT') return false
    throw error
  }
}

/** `pid start-time` of a living process; the start time tells it from a later one with the same number (Linux; elsewhere the number alone). */
function identity(pid) {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (error.code !== 'EPERM') return `${pid} gone`
  }
  return `${pid} ${startTime(pid)}`
}

function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? 'gone' : fields[19]
  } catch {
    return 'unknown'
  }
}
