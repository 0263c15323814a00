/** Wrong use or configuration: the message is for the person at the keyboard, the exit code is 2. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse'
}
