import type { LeadsyncFile } from './leadsync-file.ts'
import type { Finding } from './problem.ts'

/** Two tokens that can't be told apart. To rotate a token, list the old and the new one under different names. */
export function tokenClashes(read: LeadsyncFile): readonly Finding[] {
  const clashes: Finding[] = []
  const names = new Map<string, string>()
  const values = new Map<string, string>()
  for (const list of ['tokens', 'apiTokens'] as const) {
    for (const [index, { name, value }] of read.intake[list].entries()) {
      const path = ['intake', list, index]
      const here = `intake.${list}[${index}]`
      const sameName = names.get(name.toLowerCase())
      if (sameName !== undefined)
        clashes.push({ path: [...path, 'name'], message: `is also the name of ${sameName}; give each token its own` })
      else names.set(name.toLowerCase(), here)
      if (value === '') continue
      const sameValue = values.get(value)
      if (sameValue !== undefined)
        clashes.push({ path: [...path, 'value'], message: `is the same as that of ${sameValue}; to rotate, generate a new one` })
      else values.set(value, here)
    }
  }
  return clashes
}

/** Two listeners on one port: the second could not start. */
export function portClashes({ intake, admin }: LeadsyncFile): readonly Finding[] {
  if (intake.port === 0 || intake.port !== admin.port) return []
  return [
    {
      path: ['admin', 'port'],
      message: `is also intake.port; the two listeners need one each, e.g. ${intake.port} and ${intake.port + 1}`,
    },
  ]
}
