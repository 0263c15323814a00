import type { AuditReport, Stranded } from './audit.ts'

const MostShown = 20

/** The audit as lines for a person at a terminal. */
export function formatAudit({ ok, laws, stranded, strays, isCut }: AuditReport): readonly string[] {
  const notMended = stranded.filter(({ mended }) => !mended)
  return [
    ...laws.map((law) => `${law.ok ? 'ok   ' : 'WRONG'} ${law.law}: ${law.says}`),
    `${notMended.length === 0 ? 'ok   ' : 'WRONG'} work without a job: ${stranded.length}${isCut ? ' and more' : ''}`,
    ...stranded.slice(0, MostShown).map((one) => `        ${one.name}  ${one.state}  ${whatToDo(one)}`),
    ...(stranded.length > MostShown ? [`        and ${stranded.length - MostShown} more (--json lists them)`] : []),
    `${strays.length === 0 ? 'ok   ' : 'WRONG'} jobs that the ledger knows nothing of: ${strays.length}`,
    ...strays
      .slice(0, MostShown)
      .map((job) => `        ${job.id}  ${job.hasFailed ? `leadsync dead-letters discard ${job.id} --yes` : 'ends by itself'}`),
    '',
    ...verdict(
      ok,
      laws.every((law) => law.ok),
      isCut,
    ),
  ]
}

function whatToDo({ work, mended }: Stranded): string {
  if (mended) return 'its job was added again'
  if (work.kind === 'lead') return 'nobody routes it: start the daemon whose journal has it'
  return 'leadsync status --audit --mend adds its job again'
}

function verdict(ok: boolean, lawful: boolean, isCut: boolean): readonly string[] {
  if (ok) return ['Nothing is lost: every number adds up, and everything that is still to be done has its job.']
  return [
    ...(lawful
      ? []
      : [
          'The numbers do not add up: was Redis restored from an older copy, or changed by hand? leadsync rebuild brings back what it lost.',
        ]),
    ...(isCut ? ['Run it again: there was more than one run looks at.'] : []),
    ...(lawful && !isCut ? ['Something is to be done that nobody does: see above.'] : []),
  ]
}
