import type { Config } from '../config/load.ts'
import type { DeadLetterFilter, DeadLetters } from '../queue/dead-letters.ts'
import type { OpenStore } from './open-store.ts'

/** What every verb of `dead-letters` is handed. */
export interface LettersAsked {
  readonly letters: DeadLetters
  readonly filter: DeadLetterFilter
  readonly config: Config
  readonly store: OpenStore
  readonly json: boolean
}
