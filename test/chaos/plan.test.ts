import { expect, it } from 'vitest'
import { FaultKinds } from './fault-plan.ts'
import { makePlan } from './plan.ts'

it('has everything from its seed: the people, what they send and in which order, the faults and when they strike', () => {
  expect(makePlan({ seed: 7, leads: 2_000 })).toEqual(makePlan({ seed: 7, leads: 2_000 }))
  const [one, other] = [makePlan({ seed: 7, leads: 2_000 }), makePlan({ seed: 8, leads: 2_000 })]
  expect(one.people).not.toEqual(other.people)
  expect(one.lanes).not.toEqual(other.lanes)
  expect(one.faults).not.toEqual(other.faults)
})

it('sends each lead once, those of a person one after the other, and strikes while they come', () => {
  const { people, lanes, faults } = makePlan({ seed: 3, leads: 2_000 })
  expect(
    lanes
      .flat()
      .map(({ n }) => n)
      .toSorted((a, b) => a - b),
  ).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1))
  for (const { leads } of people) {
    const lane = lanes.find((one) => leads[0] !== undefined && one.includes(leads[0]))
    const places = leads.map((lead) => lane?.indexOf(lead) ?? -1)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(places).not.toContain(-1)
  }
  const strikes = faults.map(({ after }) => after)
  expect(strikes).toEqual(strikes.toSorted((a, b) => a - b))
  expect(strikes.every((after) => after >= 0 && after <= 2_000)).toBe(true)
})

it('has every kind of fault in a run of 500 leads and more, and Redis emptied in any', () => {
  expect(new Set(makePlan({ seed: 1, leads: 500 }).faults.map(({ kind }) => kind))).toEqual(new Set(FaultKinds))
  for (const leads of [150, 20_000]) {
    const emptied = makePlan({ seed: 1, leads }).faults.filter(({ kind }) => kind === 'redisEmptied')
    expect(emptied).toHaveLength(1)
  }
})
