import { accessSync, constants, readFileSync, statfsSync } from 'node:fs'

const Folder = '/dev/shm'
/** What all tests together hold at a time is less than a tenth of it. */
const EnoughBytes = 4 * 2 ** 30

/**
 * Where the tests' Redis servers and journals may write in memory, or null (no Linux, or a container with the 64 MB that Docker gives).
 * They call fsync before every answer, which takes milliseconds on a disk and shows nothing here: no test cuts the power, and what a killed
 * process has written stays in memory, too.
 */
export function findMemoryFolder(): string | null {
  try {
    accessSync(Folder, constants.W_OK)
    const { bavail, bsize } = statfsSync(Folder)
    return bavail * bsize >= EnoughBytes && mayExecute() ? Folder : null
  } catch {
    return null
  }
}

/** Some tests put programs into their folders. */
function mayExecute(): boolean {
  const mount = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .findLast((line) => line.split(' ')[1] === Folder)
  return mount !== undefined && !mount.includes('noexec')
}
