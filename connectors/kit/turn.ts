/**
 * In which of several requests, sent one after the other, a row goes: two rows that have one of their names in common never share one, and
 * keep their order. `turns` holds what the rows before it took.
 */
export function turnOf(names: readonly string[], turns: Map<string, number>): number {
  const turn = Math.max(0, ...names.map((name) => turns.get(name) ?? 0))
  for (const name of names) turns.set(name, turn + 1)
  return turn
}
