export type Environment = Readonly<Record<string, string | undefined>>

export interface Surroundings {
  readonly env: Environment
  /** Reads the file of a `${file:PATH}`; `problem` says in words why it can't be read. */
  readSecret(path: string): { readonly text: string } | { readonly problem: string }
}

export type Interpolated =
  | { readonly ok: true; readonly text: string; readonly replaced: boolean }
  | { readonly ok: false; readonly message: string }

const Placeholder = /\$\$\{|\$\{([^}]*)\}|\$\{/g
const VariableForm = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/

/**
 * Puts in `${NAME}`, `${NAME:-default}` (when unset or empty, as in a shell) and `${file:PATH}` (line ends at its end trimmed); `$${` is a literal
 * `${`. Where NAME is unset and NAME_FILE names a file, that file's text is NAME: so container images take secrets, and the shipped
 * configuration serves with either. It runs on scalars after YAML was parsed, so what stands in a variable can't add keys. Messages name variables and paths, never values.
 */
export function interpolate(text: string, surroundings: Surroundings): Interpolated {
  let message: string | null = null
  let replaced = false
  const result = text.replaceAll(Placeholder, (whole: string, inner: string | undefined) => {
    if (whole === '$${') return '${'
    replaced = true
    const resolved =
      inner === undefined ? { problem: 'a `${` is never closed; write `$${` for a literal one' } : resolve(inner, surroundings)
    if ('text' in resolved) return resolved.text
    message ??= resolved.problem
    return ''
  })
  return message === null ? { ok: true, text: result, replaced } : { ok: false, message }
}

function resolve(inner: string, surroundings: Surroundings): { text: string } | { problem: string } {
  const { env, readSecret } = surroundings
  if (inner.startsWith('file:')) return secretFile(inner.slice('file:'.length).trim(), readSecret)
  const form = VariableForm.exec(inner.trim())
  const name = form?.[1]
  if (name === undefined) return { problem: `\${…} takes the name of an environment variable, NAME:-default, or file:PATH` }
  const fallback = form?.[2]
  if (fallback?.includes('${')) return { problem: `the default of \${${name}:-…} can't hold another \${…}` }
  const value = env[name]
  const path = env[`${name}_FILE`] ?? ''
  if (value !== undefined && value !== '') {
    return path === ''
      ? { text: value }
      : { problem: `${name} and ${name}_FILE are both set in the environment; unset one of them` }
  }
  if (path !== '') return secretFile(path, readSecret)
  if (fallback !== undefined) return { text: fallback }
  const state = value === undefined ? 'is not set' : 'is empty'
  return { problem: `the environment variable ${name} ${state}; set it, or give a default with \${${name}:-…}` }
}

function secretFile(path: string, readSecret: Surroundings['readSecret']): { text: string } | { problem: string } {
  if (path === '') return { problem: `\${file:…} needs a path, e.g. \${file:/run/secrets/hubspot-token}` }
  const read = readSecret(path)
  if ('problem' in read) return read
  const text = read.text.replace(/[\r\n]+$/, '')
  return text === '' ? { problem: `the file ${path} is empty; put the value into it` } : { text }
}
