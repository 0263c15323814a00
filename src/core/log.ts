/** The part of pino that code below the composition root may see. Never hand it a lead, a CRM's answer or a secret. */
export interface Log {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}
