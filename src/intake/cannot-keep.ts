/** Neither the journal nor the queue can take a lead: the sender has to come again. */
export class CannotKeep extends Error {
  override readonly name = 'CannotKeep'
  constructor() {
    super('Neither the journal nor the queue can take leads right now. Send it again: nothing comes twice.')
  }
}
