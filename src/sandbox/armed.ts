/** What is to befall somebody, so many times: what was armed first goes first. */
export interface Armed<T> {
  add(one: T, times: number): void
  /** Uses up one time of the first that fits. */
  take(fits: (one: T) => boolean): T | null
  /** How many times are left, of all together. */
  left(): number
  clear(): void
}

export function createArmed<T>(): Armed<T> {
  let armed: { readonly one: T; left: number }[] = []
  return {
    add(one, times) {
      if (times > 0) armed.push({ one, left: times })
    },
    take(fits) {
      const hit = armed.find(({ one }) => fits(one))
      if (hit === undefined) return null
      hit.left -= 1
      armed = armed.filter(({ left }) => left > 0)
      return hit.one
    },
    left: () => armed.reduce((sum, { left }) => sum + left, 0),
    clear() {
      armed = []
    },
  }
}
