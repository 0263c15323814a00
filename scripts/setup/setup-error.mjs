/** Something that a person must do before Leadsync can run. `message` is the whole sentence; exit code 1 = it failed, 2 = install something. */
export class SetupError extends Error {
  constructor(message, exitCode = 2) {
    super(message)
    this.exitCode = exitCode
  }
}
