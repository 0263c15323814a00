import { give } from './happenings.ts'
import { enterPeople, fireNext } from './run.ts'
import { see } from './seen.ts'
import type { FollowUpStand } from './stand.ts'

/** Longer than a connector believes what it knows of sellers. */
const LaterMs = 11 * 60_000

/** How the tasks stand of two records whose owner leaves: before any was made, and between the two. */
export async function whoHasTheTaskOfOneWhoLeft(
  stand: FollowUpStand,
): Promise<{ readonly before: readonly string[]; readonly between: readonly string[] }> {
  const people = await enterPeople(stand, [{ name: 'left-before' }, { name: 'left-between' }])
  await Promise.all(people.map((person) => give(stand, person)))
  await fireNext(stand, people.slice(1))
  const { sales, facts } = stand.crm.harness
  await sales.deactivate(stand.url, await sales.userId(stand.url, facts.sellers.active[0]))
  stand.clock.ms += LaterMs
  await fireNext(stand, people)
  await fireNext(stand, people.slice(0, 1))
  const seen = await see(stand, people)
  const [before = [], between = []] = people.map(({ name }) => {
    const { firstTask, laterTask } = seen.get(name) ?? { firstTask: '', laterTask: '' }
    return [firstTask, laterTask]
  })
  return { before, between }
}
