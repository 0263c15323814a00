import { afterAll, beforeAll, describe } from 'vitest'
import { batchGuarantees } from './contract/batches.ts'
import { createBench } from './contract/bench.ts'
import { fieldGuarantees } from './contract/fields.ts'
import type { ContractHarness } from './contract/harness.ts'
import { interruptionGuarantees } from './contract/interruptions.ts'
import { listGuarantees } from './contract/lists.ts'
import { lostAnswerGuarantees } from './contract/lost-answers.ts'
import { optOutGuarantees } from './contract/opt-outs.ts'
import { ownerGuarantees } from './contract/owners.ts'
import { poisonGuarantees } from './contract/poison.ts'
import { policyGuarantees } from './contract/policies.ts'
import { previewGuarantees } from './contract/preview.ts'
import { recordGuarantees } from './contract/records.ts'
import { repeatGuarantees } from './contract/repeats.ts'
import { requestGuarantees } from './contract/requests.ts'
import { signalGuarantees } from './contract/signals.ts'
import { taskGuarantees } from './contract/tasks.ts'
import { valueGuarantees } from './contract/values.ts'
import { wholeRunGuarantees } from './contract/whole-run.ts'
import { createWitness } from './contract/witness.ts'

/**
 * What every connector keeps to, over real HTTP before a stand-in of its CRM. All that differs between CRMs is the harness: a new kind of
 * CRM brings one and passes the same suite. A guarantee about a new method is a describe of its own here, before the last one.
 */
export function connectorContract(name: string, harness: ContractHarness): void {
  const witness = createWitness()
  const bench = createBench(harness, witness)

  describe(`the connector contract: ${name}`, () => {
    beforeAll(witness.start)
    afterAll(async () => {
      await bench.close()
      witness.stop()
    })

    describe('a batch', () => batchGuarantees(bench))
    describe('a bad row', () => poisonGuarantees(bench))
    describe('a lost answer', () => lostAnswerGuarantees(bench))
    describe('a repeated call', () => repeatGuarantees(bench))
    describe('a no of the CRM', () => signalGuarantees(bench))
    describe('an interrupted call', () => interruptionGuarantees(bench))
    describe('a field', () => fieldGuarantees(bench))
    describe('a record', () => recordGuarantees(bench))
    describe('an opt-out', () => optOutGuarantees(bench))
    describe('a policy', () => policyGuarantees(bench))
    describe('a value', () => valueGuarantees(bench))
    describe('a preview', () => previewGuarantees(bench))
    describe('a task', () => taskGuarantees(bench))
    describe('an owner', () => ownerGuarantees(bench))
    describe('a list', () => listGuarantees(bench))
    describe('the quota', () => requestGuarantees(bench))
    describe('the whole run', () => wholeRunGuarantees(bench, witness))
  })
}
