import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const InstallationFile = z.object({
  id: z.uuid(),
  secret: z.string().regex(/^[0-9a-f]{64}$/),
})

/** Who this installation is. Every stored key and contact id is keyed with the secret: losing it makes every known contact a stranger. */
export interface Installation {
  /** UUID; also kept in Redis, so that an empty or foreign Redis is noticed. */
  readonly id: string
  /** 32 random bytes in hex, for HMAC-SHA-256. */
  readonly secret: string
}

/**
 * Reads `<dataDir>/installation.json`, or makes it at the first start (mode 0600). Processes that start at the same moment end with the same one.
 * Throws with a sentence for the operator when the file can't be read or is damaged; it is never overwritten.
 */
export async function openInstallation(dataDir: string): Promise<Installation> {
  const file = installationFile(dataDir)
  try {
    return (await read(file)) ?? (await create(dataDir, file))
  } catch (error) {
    if (error instanceof InstallationError) throw error
    const detail = error instanceof Error ? error.message : String(error)
    throw new InstallationError(
      `${dataDir} can't keep the installation's identity; make it a directory that this user may write to (${detail})`,
    )
  }
}

/** Like `openInstallation`, but null where there is none yet: looking must not make one. */
export function readInstallation(dataDir: string): Promise<Installation | null> {
  return read(installationFile(dataDir))
}

export function installationFile(dataDir: string): string {
  return join(dataDir, 'installation.json')
}

/** Beside it until a Redis first holds the installation's data; never copied to another machine with it, for there it was held already. */
export function unboundFile(dataDir: string, id: string): string {
  return join(dataDir, `redis-unbound.${id}`)
}

/** Already a sentence for the operator. */
export class InstallationError extends Error {
  override readonly name = 'InstallationError'
}

async function read(file: string): Promise<Installation | null> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  const parsed = InstallationFile.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  // A new identity would make every stored contact a stranger and deliver all of them twice.
  throw new InstallationError(
    `${file} is damaged; restore it from a backup. Only if this installation has never delivered a lead, delete it and start again`,
  )
}

/** Complete and durable under a temporary name first, then linked: `link` fails where `rename` would replace the other process's file. */
async function create(dataDir: string, file: string): Promise<Installation> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const made: Installation = { id: randomUUID(), secret: randomBytes(32).toString('hex') }
  const temporary = `${file}.${process.pid}.${randomUUID()}`
  try {
    await writeDurably(temporary, `${JSON.stringify(made, null, 2)}\n`)
    await writeFile(unboundFile(dataDir, made.id), '', { mode: 0o600 })
    await link(temporary, file)
  } catch (error) {
    const winner = await read(file)
    await rm(unboundFile(dataDir, made.id), { force: true })
    if (winner === null) throw error
    return winner
  } finally {
    await rm(temporary, { force: true })
  }
  await syncDirectory(dataDir)
  return made
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Without it a power cut may take the new name away although the bytes are on the disk. */
async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
