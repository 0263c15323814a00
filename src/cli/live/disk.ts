import { mkdtemp, open, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { InstallationError, installationFile, readInstallation } from '../../config/installation.ts'
import { findingsAbout, type LiveFinding } from './finding.ts'

/** By the numbers that Linux has for file systems: https://man7.org/linux/man-pages/man2/statfs.2.html */
const Fleeting: ReadonlyMap<number, string> = new Map([
  [0x01021994, 'in memory (tmpfs)'],
  [0x858458f6, 'in memory (ramfs)'],
  [0x794c7630, "in a container's own layer (overlayfs)"],
])
const LittleBytes = 512 * 1024 * 1024

/** Where it is if that outlives neither the machine nor the container; null for a disk, and where nobody can tell. */
export function fleetingPlace(fileSystem: number, platform: string): string | null {
  return platform === 'linux' ? (Fleeting.get(fileSystem) ?? null) : null
}

/** Whether the journal's folder takes what is acknowledged, and keeps it. */
export async function journalFindings(dir: string): Promise<readonly LiveFinding[]> {
  const { ok, warning, error } = findingsAbout('journal')
  const folder = await nearest(dir)
  const fault = await writeFault(folder)
  if (fault !== null) return [error(`${dir} can't be written (${fault}): let this user write there, or free the disk.`)]
  const { type, bavail, bsize } = await statfs(folder)
  const findings: LiveFinding[] = []
  const where = fleetingPlace(type, process.platform)
  if (where) findings.push(warning(`${dir} lies ${where}: leads that wait in it are lost with it. Mount a volume there.`))
  const free = bavail * bsize
  if (free < LittleBytes) findings.push(warning(`${dir} has only ${Math.floor(free / 1024 ** 2)} MiB left.`))
  return findings.length > 0 ? findings : [ok(`${dir} can be written`)]
}

/** Whether this installation's identity is there, readable, and nobody else's to read. */
export async function installationFindings(dataDir: string): Promise<readonly LiveFinding[]> {
  const { ok, warning, error } = findingsAbout('installation')
  const file = installationFile(dataDir)
  try {
    const installation = await readInstallation(dataDir)
    if (!installation) return [warning(`${file} is not there yet: the first start makes it. Back it up then.`)]
  } catch (problem) {
    if (problem instanceof InstallationError) return [error(`${problem.message}.`)]
    return [error(`${file} can't be read (${codeOf(problem)}): let this user read it.`)]
  }
  const { mode } = await stat(file)
  const open = (mode & 0o077) !== 0
  return [
    open
      ? warning(`${file} holds the secret behind every stored key, and other users may read it: chmod 600 it.`)
      : ok(`${file} is there. Keep a copy of it in your backup: without it every known contact becomes a stranger.`),
  ]
}

/** The first start makes the folder; until then its parent tells. */
async function nearest(dir: string): Promise<string> {
  let folder = dir
  for (;;) {
    const there = await stat(folder).catch(() => null)
    if (there || dirname(folder) === folder) return folder
    folder = dirname(folder)
  }
}

/** Really writes: permissions say nothing of a full disk or a read-only mount. */
async function writeFault(folder: string): Promise<string | null> {
  try {
    const own = await mkdtemp(join(folder, '.leadsync-check-'))
    try {
      const handle = await open(join(own, 'probe'), 'wx', 0o600)
      await handle.writeFile('probe')
      await handle.sync()
      await handle.close()
    } finally {
      await rm(own, { recursive: true, force: true })
    }
    return null
  } catch (error) {
    return codeOf(error)
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}
