import { readdirSync } from 'node:fs'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The executable that the set-up found, or null: then no test below test/browser runs. */
    browser: string | null
  }
}

/** Says after everything else which tests did not run: a line before a thousand others is not read. */
export function setup(project: TestProject): () => void {
  return () => {
    if (project.config.provide?.browser !== null) return
    const files = readdirSync(new URL('../browser/', import.meta.url)).filter((file) => file.endsWith('.test.ts'))
    process.stderr.write(`NOT RUN, since there is no Chromium here: ${files.map((file) => `test/browser/${file}`).join(', ')}\n`)
  }
}
