import type { ApiRequest } from '../exchange.ts'
import type { App } from './apps.ts'
import type { Cursors } from './cursors.ts'
import type { Limits } from './limits.ts'
import type { Org } from './org/org.ts'
import type { Route } from './route.ts'
import type { Sessions } from './sessions.ts'
import type { Words } from './words.ts'

/** One org behind one address: what all request handlers share. */
export interface Instance {
  readonly org: Org
  readonly apps: readonly App[]
  readonly sessions: Sessions
  readonly limits: Limits
  readonly cursors: Cursors
  readonly words: Words
  readonly now: () => number
}

/** One admitted request below an API version. */
export interface Call extends Route {
  readonly request: ApiRequest
  readonly userId: string
}
