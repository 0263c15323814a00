import { execFile } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Cruise {
  readonly summary: {
    readonly totalCruised: number
    readonly violations: readonly { readonly from: string; readonly to: string; readonly rule: { readonly name: string } }[]
  }
}

function cruise(dir: string): Promise<Cruise> {
  const program = join(root, 'node_modules', '.bin', 'depcruise')
  const args = [program, '--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'src', 'connectors']
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: dir, maxBuffer: 2 ** 28 }, (error, stdout) => {
      // Its exit code counts violations; only a run without a report failed.
      if (stdout === '') reject(error ?? new Error('dependency-cruiser said nothing'))
      else resolve(JSON.parse(stdout))
    })
  })
}

/** Rule, the file that breaks it, what it imports. */
const planted: readonly (readonly [string, string, string])[] = [
  ['core-imports-nothing-of-ours', 'src/core/p1.ts', '../store/redis.ts'],
  ['config-sees-core', 'src/config/p1.ts', '../delivery/ports.ts'],
  ['delivery-sees-core', 'src/delivery/p1.ts', '../store/redis.ts'],
  ['delivery-sees-core', 'src/delivery/p2.ts', '../../connectors/alpha/index.ts'],
  ['http-sees-nothing', 'src/http/p1.ts', '../core/index.ts'],
  ['intake-sees-core-and-http', 'src/intake/p1.ts', '../queue/queues.ts'],
  ['intake-sees-core-and-http', 'src/intake/p2.ts', '../config/settings.ts'],
  ['store-sees-core-and-ports', 'src/store/p1.ts', '../intake/journal.ts'],
  ['queue-sees-core-delivery-and-lead-sink', 'src/queue/p1.ts', '../store/redis.ts'],
  ['queue-sees-core-delivery-and-lead-sink', 'src/queue/p2.ts', '../intake/journal.ts'],
  ['admin-sees-core-config-delivery-http-queue-store', 'src/admin/p1.ts', '../intake/journal.ts'],
  ['sandbox-sees-nothing', 'src/sandbox/p1.ts', '../core/index.ts'],
  ['kit-sees-core', 'connectors/kit/p1.ts', '../alpha/index.ts'],
  ['connectors-see-core-and-kit', 'connectors/alpha/p1.ts', '../beta/index.ts'],
  ['connectors-see-core-and-kit', 'connectors/alpha/p2.ts', '../../src/store/redis.ts'],
  ['registry-sees-core-and-connectors', 'connectors/registry.ts', '../src/config/settings.ts'],
  ['nobody-imports-the-composition-root', 'src/sandbox/p2.ts', '../daemon.ts'],
  ['nobody-imports-the-composition-root', 'src/store/p2.ts', '../cli/main.ts'],
  ['daemon-sees-no-command', 'src/daemon/p1.ts', '../cli/main.ts'],
  ['no-barrel-inside-core', 'src/core/p2.ts', './index.ts'],
  ['core-through-its-barrel', 'src/store/p3.ts', '../core/lead.ts'],
  ['core-has-no-io', 'src/core/p3.ts', 'node:fs'],
  ['bullmq-only-in-queue', 'src/delivery/p3.ts', 'bullmq'],
  ['bullmq-only-in-queue', 'src/admin/p2.ts', 'bullmq'],
  ['ioredis-only-in-store-and-queue', 'connectors/alpha/p3.ts', 'ioredis'],
  ['bull-board-only-in-admin', 'src/queue/p3.ts', '@bull-board/api'],
  ['luxon-only-in-follow-ups', 'src/core/l1.ts', 'luxon'],
  ['http-servers-only-where-we-listen', 'connectors/alpha/p4.ts', 'fastify'],
  ['no-cycles', 'src/delivery/and-round.ts', './round.ts'],
  ['resolvable', 'src/config/p2.ts', './not-there.ts'],
  ['no-dev-dependencies-in-the-product', 'src/config/p3.ts', 'fast-check'],
]

const allowed: readonly (readonly [string, string])[] = [
  ['src/store/redis.ts', 'ioredis'],
  ['src/store/a1.ts', '../intake/lead-sink.ts'],
  ['src/store/a2.ts', '../delivery/ports.ts'],
  ['src/queue/queues.ts', 'bullmq'],
  ['src/queue/a1.ts', '../core/index.ts'],
  ['src/admin/a1.ts', '../queue/queues.ts'],
  ['src/admin/a2.ts', '@bull-board/api'],
  ['src/intake/a1.ts', '../http/broken-request.ts'],
  ['src/admin/a3.ts', '../http/broken-request.ts'],
  ['src/core/follow-ups/l2.ts', 'luxon'],
  ['src/cli/main.ts', '../daemon.ts'],
  ['src/daemon.ts', './store/redis.ts'],
  ['connectors/alpha/index.ts', '../../src/core/index.ts'],
  ['connectors/alpha/a1.ts', '../kit/http.ts'],
  ['src/core/index.ts', './lead.ts'],
  ['src/core/a1.ts', 'node:crypto'],
]

const bare = [
  'connectors/beta/index.ts',
  'connectors/kit/http.ts',
  'src/core/lead.ts',
  'src/config/settings.ts',
  'src/delivery/ports.ts',
]
const others = ['src/intake/lead-sink.ts', 'src/intake/journal.ts', 'src/http/broken-request.ts']

let dir: string
let found: string[]

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'leadsync-layers-'))
  for (const file of ['.dependency-cruiser.mjs', 'package.json']) copyFileSync(join(root, file), join(dir, file))
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
  for (const file of [...bare, ...others]) write(file, 'export const x = 1\n')
  for (const [file, target] of allowed) write(file, `import '${target}'\nexport const x = 1\n`)
  // Type imports count: a layer that names another one's types is bound to it.
  write('src/delivery/round.ts', `import type { X } from './and-round.ts'\nexport type Y = X\n`)
  for (const [, file, target] of planted) write(file, `import type * as T from '${target}'\nexport type X = typeof T\n`)
  found = (await cruise(dir)).summary.violations.map(({ rule, from }) => `${rule.name} ${from}`)
})

afterAll(() => rmSync(dir, { recursive: true, force: true }))

function write(file: string, text: string): void {
  mkdirSync(dirname(join(dir, file)), { recursive: true })
  writeFileSync(join(dir, file), text)
}

describe('the layer rules', () => {
  it.each(planted)('%s: %s must not import %s', (rule, file) => {
    expect(found).toContain(`${rule} ${file}`)
  })

  it.each(allowed)('%s may import %s', (file) => {
    expect(found.filter((violation) => violation.endsWith(` ${file}`))).toEqual([])
  })

  it('are each broken once above', async () => {
    const config: { default: { forbidden: { name: string }[] } } = await import(join(root, '.dependency-cruiser.mjs'))
    expect(config.default.forbidden.map(({ name }) => name).filter((name) => !planted.some(([rule]) => rule === name))).toEqual(
      [],
    )
  })

  it('are asked of the real code: a run that parses nothing would be content', async () => {
    const { summary } = await cruise(root)
    expect(summary.totalCruised).toBeGreaterThan(100)
    expect(existsSync(join(root, 'src/cli/main.ts'))).toBe(true)
  })
})
