import type { ApiAnswer } from '../exchange.ts'
import { json } from './answers.ts'

/** What the token endpoint refuses with: always 400, whatever is wrong, and one object where the API has a list. */
export class OauthRefusal extends Error {
  override name = 'OauthRefusal'
  readonly answer: ApiAnswer

  constructor(error: string, description: string) {
    super(description)
    this.answer = json(400, { error, error_description: description })
  }
}
