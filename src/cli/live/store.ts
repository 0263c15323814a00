import type { Redis } from 'ioredis'
import { InstallationError, readInstallation, unboundFile } from '../../config/installation.ts'
import { isForNobodyYet, readHolding } from '../../store/store-binding.ts'
import { HoldingSentence } from '../../store/store-guard.ts'
import { findingsAbout, type LiveFinding } from './finding.ts'

export interface StoreFindings {
  readonly findings: readonly LiveFinding[]
  /** Whether what it says of a CRM is said by this installation. */
  readonly isOurs: boolean
}

const { ok, error } = findingsAbout('redis')
const NotOurs = { findings: [], isOurs: false }

/** Whether Redis holds what this installation has put there. Unlike a start it binds nothing: looking must not make it ours. */
export async function storeFindings(redis: Redis, dataDir: string): Promise<StoreFindings> {
  const id = await installationId(dataDir)
  if (id === null) return NotOurs
  // Without an installation here, whatever id stands there is another one's.
  const holding = await readHolding(redis, id ?? '')
  if (holding === 'ours') return { findings: [ok('holds the data of this installation')], isOurs: true }
  const isNew = id === undefined || (await isForNobodyYet(redis, unboundFile(dataDir, id)))
  const problem = holding === 'empty' && isNew ? null : HoldingSentence[holding]
  if (problem !== null) return { ...NotOurs, findings: [error(problem)] }
  return { findings: [ok('holds no data yet: the first start makes it this installation’s')], isOurs: true }
}

/** Undefined: there is none yet. Null: it can't be read, which the finding about the installation says. */
async function installationId(dataDir: string): Promise<string | undefined | null> {
  try {
    return (await readInstallation(dataDir))?.id
  } catch (problem) {
    if (problem instanceof InstallationError || (problem instanceof Error && 'code' in problem)) return null
    throw problem
  }
}
