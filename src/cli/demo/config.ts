import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseDocument } from 'yaml'
import { OneCrmTag } from './sample.ts'

const ShippedDir = fileURLToPath(new URL('../../../config', import.meta.url))

/** The shipped configuration with one key more: all CRMs but HubSpot leave the leads with the demo's tag out. Returns its folder. */
export async function demoConfig(dataDir: string): Promise<string> {
  const dir = join(dataDir, 'config')
  await rm(dir, { recursive: true, force: true })
  await cp(ShippedDir, dir, { recursive: true })
  for (const crm of ['salesforce', 'dynamics']) {
    const file = join(dir, 'crm', `${crm}.yaml`)
    const yaml = parseDocument(await readFile(file, 'utf8'))
    yaml.setIn(['accept', 'notTags'], [OneCrmTag])
    await writeFile(file, yaml.toString())
  }
  return dir
}
