// Loaded before everything else (`node --import`): the clock of this process is wrong by CHAOS_CLOCK_MS. Timers run as ever.
const offset = Number(process.env.CHAOS_CLOCK_MS ?? 0)
const now = Date.now.bind(Date)

class ShiftedDate extends Date {
  constructor(...given: readonly unknown[]) {
    if (given.length === 0) super(now() + offset)
    else super(...(given as [number]))
  }

  static override now(): number {
    return now() + offset
  }
}

globalThis.Date = ShiftedDate as DateConstructor
