/** Below it clocks agree: an HTTP date has whole seconds, and a slow answer looks like a skew. */
const UnsuspectedMs = 5_000

/** A sentence when another machine's clock and ours disagree; null when they don't. All in ms since the epoch. */
export function clockProblem(theirs: number, asked: number, answered: number, whose: string): string | null {
  const early = asked - theirs
  const late = theirs - answered
  const apart = Math.max(early, late)
  if (!(apart > UnsuspectedMs)) return null
  const seconds = Math.round(apart / 1_000)
  const way = early > late ? 'behind' : 'ahead of'
  return `The clock of ${whose} is ${seconds} s ${way} this machine's: delays, ages and the order of leads go by it. Let both keep network time (NTP).`
}
