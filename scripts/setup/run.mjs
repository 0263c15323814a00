import { spawn } from 'node:child_process'

/**
 * Runs a program and collects what it said. Never rejects: a program that is not there has code 127, as in a shell.
 * `started` is told the child's pid at once.
 */
export function run(file, args, { cwd, env, started } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let output = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    child.on('error', (error) => resolve({ code: 127, stdout, output: `${output}${error.message}` }))
    child.on('close', (code, signal) => resolve({ code: code ?? (signal === null ? 1 : 128), stdout, output }))
    if (child.pid !== undefined) started?.(child.pid)
  })
}

/** The last lines of a program's words, with hosts and logins of registries and mirrors taken out: CI logs are often public. */
export function lastLines(output, count) {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  return lines
    .slice(-count)
    .map((line) => `  ${line.replace(/\b[a-z]+:\/\/[^\s/]+/gi, '<host>')}`)
    .join('\n')
}
