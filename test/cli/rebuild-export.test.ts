import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openInstallation } from '../../src/config/installation.ts'
import { callLeadsync } from '../kit/called-command.ts'
import { createHome } from '../kit/home.ts'
import { startTestRedis } from '../kit/redis.ts'

it('a rebuild that finds an export damaged says so, as wrong use', async () => {
  const redis = await startTestRedis()
  onTestFinished(() => redis.stop())
  const home = await createHome({ hubspotUrl: 'http://127.0.0.1:9', redisUrl: redis.url })
  await openInstallation(home.dataDir)
  const dir = join(home.dataDir, 'suppressions')
  await mkdir(dir)
  await writeFile(join(dir, 'suppressions-2026-11-22.jsonl'), 'damaged\n')
  expect(await callLeadsync(home, ['rebuild', '--config', home.configDir])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^leadsync rebuild: the file is no export .*\n$/),
  })
})
