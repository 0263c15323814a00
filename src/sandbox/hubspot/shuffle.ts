/** Makes a seeded shuffle: repeatable runs, and two or more items never come back in the order they went in. */
export function createShuffle(seed = 20260908): <T>(items: readonly T[]) => T[] {
  let state = seed

  // Mulberry32: Math.random can't be seeded, and a shuffle that differs per run makes a failure unrepeatable.
  function random(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  return (items) => {
    const keyed = items.map((item) => ({ item, key: random() })).sort((a, b) => a.key - b.key)
    const shuffled = keyed.map((one) => one.item)
    const unmoved = shuffled.every((item, index) => item === items[index])
    return unmoved ? shuffled.reverse() : shuffled
  }
}
