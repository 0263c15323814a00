import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseDocument } from 'yaml'
import { type CrmName, CrmNames, countriesOf, OptOutCrm, TaskOwners } from './crms.ts'

const Shipped = fileURLToPath(new URL('../../config/', import.meta.url))

const RequestTimeoutMs = 2_500

const LeadsyncChanges = {
  // Short, so that what a killed or frozen process had in hand is taken over while the run lasts.
  'workers.lockSeconds': 2,
  'workers.stalledSeconds': 0.5,
  'workers.graceSeconds': 5,
  'followUps.owner': TaskOwners,
  'followUps.minGapHours': 0,
  'followUps.mostPerContact.count': 1_000,
  // One task for each lead, at once: then what is missing and what is too much can be counted.
  'followUps.rules': [
    { name: 'call', allowParallel: true, steps: [{ name: 'first', type: 'call', subject: 'Call: {{ notes }}', body: 'Call.' }] },
  ],
}

const CrmChanges: Readonly<Record<CrmName, object>> = {
  hubspot: {},
  salesforce: {
    auth: 'client-credentials',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: filled in by the configuration's reader
    clientSecret: '${SALESFORCE_CLIENT_SECRET}',
  },
  dynamics: {},
}

/** The shipped configuration, with what the stage needs otherwise. Returns its folder. */
export async function writeConfig(dir: string): Promise<string> {
  const configDir = join(dir, 'config')
  await cp(Shipped, configDir, { recursive: true })
  await change(join(configDir, 'leadsync.yaml'), LeadsyncChanges)
  for (const crm of CrmNames) {
    await change(join(configDir, 'crm', `${crm}.yaml`), {
      timeoutMs: RequestTimeoutMs,
      giveUpAfterDays: 30,
      'accept.countries': countriesOf(crm),
      'touches.as': 'field',
      ...(crm === OptOutCrm ? { 'doNotContact.mode': 'opt-out' } : {}),
      ...CrmChanges[crm],
    })
  }
  return configDir
}

async function change(file: string, changes: object): Promise<void> {
  const yaml = parseDocument(await readFile(file, 'utf8'))
  for (const [path, value] of Object.entries(changes)) yaml.setIn(path.split('.'), value)
  await writeFile(file, yaml.toString({ lineWidth: 0 }))
}
