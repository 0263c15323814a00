import { DeliveryError, type Judged, type RecordRef, type TaskState } from '../../src/core/index.ts'

/** Makes each task; one whose owner the CRM does not take is made once more without: better nobody's than not there. */
export async function orOwnerless<T, O>(
  tasks: readonly T[],
  ownerField: string,
  make: (tasks: readonly T[], way: 'owned' | 'ownerless') => Promise<readonly Judged<O>[]>,
): Promise<Judged<O>[]> {
  const first = await make(tasks, 'owned')
  const refused = tasks.filter((_, index) => isRefusedFor(first[index], ownerField))
  if (refused.length === 0) return [...first]
  const again = await make(refused, 'ownerless')
  const second = new Map(refused.map((task, index) => [task, again[index]]))
  return first.map((one, index) => {
    const task = tasks[index]
    return (task === undefined ? undefined : second.get(task)) ?? one
  })
}

/** Puts aside the open tasks that stand as they were made; `withdraw` answers those that it was asked for. */
export async function withdrawUntouched(
  refs: readonly RecordRef[],
  states: readonly Judged<TaskState>[],
  withdraw: (ids: readonly string[]) => Promise<ReadonlyMap<string, Judged<TaskState>>>,
): Promise<Judged<TaskState>[]> {
  const open = new Set<string>()
  for (const [index, { id }] of refs.entries()) {
    const state = states[index]
    if (state && !(state instanceof DeliveryError) && state.status === 'open' && !state.touched) open.add(id)
  }
  const withdrawn = await withdraw([...open])
  return states.map((state, index) => withdrawn.get(refs[index]?.id ?? '') ?? state)
}

function isRefusedFor(made: unknown, field: string): boolean {
  return made instanceof DeliveryError && made.code === 'invalid' && made.fields.length === 1 && made.fields[0] === field
}
