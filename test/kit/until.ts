import { setTimeout as wait } from 'node:timers/promises'

/** Asks until the answer is yes. Rejects after `withinMs`, saying what did not come about and what `shows` last saw. */
export async function until(
  what: string,
  yes: () => boolean | Promise<boolean>,
  { withinMs = 60_000, shows = () => '' }: { readonly withinMs?: number; readonly shows?: () => string } = {},
): Promise<void> {
  const end = performance.now() + withinMs
  while (!(await yes())) {
    if (performance.now() > end) throw new Error(`Within ${withinMs / 1_000} s it did not come about that ${what}. ${shows()}`)
    await wait(25)
  }
}
