/** How changes are taken back together. */
export interface Undo {
  /** How the change that is being made is taken back; forgotten outside of `atomically`. */
  note(step: () => void): void
  /** Takes back what `work` changed when it throws or says so, the last change first. Inside of another one, that one decides once more. */
  atomically<T>(work: () => { readonly keep: boolean; readonly value: T }): T
}

export function createUndo(): Undo {
  let noted: (() => void)[] | null = null
  return {
    note(step) {
      noted?.push(step)
    },
    atomically(work) {
      const outer = noted
      const steps: (() => void)[] = []
      noted = steps
      let keep = false
      try {
        const outcome = work()
        keep = outcome.keep
        return outcome.value
      } finally {
        noted = outer
        if (keep) outer?.push(...steps)
        else for (const step of steps.toReversed()) step()
      }
    },
  }
}
