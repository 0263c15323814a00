import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Document, parseDocument } from 'yaml'
import { OneCrmTag } from './sample.ts'

const ShippedDir = fileURLToPath(new URL('../../../config', import.meta.url))

const SecondInHours = 1 / 3_600
const MostTasks = 1_000

/** A follow-up whose steps are a second apart. */
const FastRule = 'trial'
/** A follow-up whose tasks its sellers have in turn. */
export const RotationRule = 'contact-me'
/** As the Salesforce stand-in knows them. */
const Sellers = ['olivia.sales@sandbox.example', 'kim.sales@sandbox.example']

/**
 * The shipped configuration, changed where the demo could not show it otherwise: all CRMs but HubSpot leave the leads with the demo's tag out;
 * each CRM has the follow-ups of other leads, one rule's in fast time, one rule's in turn, and no contact has had enough of them. Returns its folder.
 */
export async function demoConfig(dataDir: string): Promise<string> {
  const dir = join(dataDir, 'config')
  await rm(dir, { recursive: true, force: true })
  await cp(ShippedDir, dir, { recursive: true })
  for (const crm of ['salesforce', 'dynamics']) {
    await change(join(dir, 'crm', `${crm}.yaml`), (yaml) => yaml.setIn(['accept', 'notTags'], [OneCrmTag]))
  }
  await change(join(dir, 'leadsync.yaml'), changeFollowUps)
  return dir
}

function changeFollowUps(yaml: Document): void {
  const { rules } = (yaml.toJS() as { followUps: { rules: readonly Rule[] } }).followUps
  const rule = (name: string) => ['followUps', 'rules', rules.findIndex((one) => one.name === name)]
  yaml.setIn(
    ['followUps', 'owner'],
    [
      { crm: 'hubspot', when: { actions: ['StartTestDrive'] } },
      { crm: 'salesforce', when: { actions: ['PLT'] } },
      'dynamics',
      'hubspot',
    ],
  )
  yaml.setIn(['followUps', 'minGapHours'], 0)
  // Whoever runs it for some days in one folder sees it each time.
  yaml.setIn(['followUps', 'mostPerContact', 'count'], MostTasks)
  const { steps = [] } = rules.find(({ name }) => name === FastRule) ?? {}
  for (const index of steps.keys()) yaml.setIn([...rule(FastRule), 'steps', index, 'afterHours'], index * SecondInHours)
  yaml.setIn([...rule(RotationRule), 'assign'], { rotation: Sellers })
}

interface Rule {
  readonly name: string
  readonly steps: readonly unknown[]
}

async function change(file: string, edit: (yaml: Document) => void): Promise<void> {
  const yaml = parseDocument(await readFile(file, 'utf8'))
  edit(yaml)
  await writeFile(file, yaml.toString())
}
