import { expect, it } from 'vitest'
import { ownedByOthers } from '../../connectors/kit/people/own-user.ts'
import { DeliveryError, type DeliveryErrorCode, type Match, type MatchedRecord } from '../../src/core/index.ts'

function record(owner: string | null): MatchedRecord {
  return { object: 'lead', id: '1', fields: {}, optOuts: [], owner, closed: false, mergedFrom: null, ours: true }
}

const ofUs: Match = { kind: 'one', record: record('us') }
const ofSam: Match = { kind: 'one', record: record('sam') }
const refused = new DeliveryError('conflict', 'Somebody else writes.')
const failing = (code: DeliveryErrorCode) => async (): Promise<string> => {
  throw new DeliveryError(code, 'No.')
}

it('takes ourselves from every record, one or several, and nobody else', async () => {
  const several: Match = { kind: 'many', records: [record('sam'), record('us'), record(null)] }
  const nobody: Match = { kind: 'none', deleted: false }
  expect(await ownedByOthers([ofUs, ofSam, several, nobody, refused], async () => 'us')).toEqual([
    { kind: 'one', record: record(null) },
    ofSam,
    { kind: 'many', records: [record('sam'), record(null), record(null)] },
    nobody,
    refused,
  ])
})

it('does not ask who we are where no record has an owner', async () => {
  const free: Match = { kind: 'one', record: record(null) }
  expect(await ownedByOthers([free, { kind: 'none', deleted: true }, refused], failing('unavailable'))).toHaveLength(3)
})

it.each(['unavailable', 'rate_limited', 'unauthorized'] as const)('waits until it can be told who we are (%s)', async (code) => {
  await expect(ownedByOthers([ofUs], failing(code))).rejects.toMatchObject({ code })
})

it.each(['protocol', 'misconfigured'] as const)('leaves owners as they are where it can never be told (%s)', async (code) => {
  expect(await ownedByOthers([ofUs], failing(code))).toEqual([ofUs])
})
