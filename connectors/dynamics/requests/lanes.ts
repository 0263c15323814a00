/** Runs `run` for all items, at most `lanes` at once, and started in their order; same length and order. */
export async function inLanes<T, R>(items: readonly T[], lanes: number, run: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Map<number, R>()
  const waiting = items.entries()
  async function lane(): Promise<void> {
    for (const [place, item] of waiting) results.set(place, await run(item))
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result)
}
