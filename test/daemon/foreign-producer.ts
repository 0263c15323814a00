// Somebody else's program: nothing but BullMQ and what the documentation says of the queue. Redis in argv[2], jobs on standard input.
import { text } from 'node:stream/consumers'
import { Queue } from 'bullmq'

interface ForeignJob {
  readonly data: unknown
  readonly options?: Readonly<Record<string, unknown>>
}

const redis = new URL(process.argv[2] ?? '')
const queue = new Queue('leads', {
  connection: { host: redis.hostname, port: Number(redis.port) },
  prefix: 'leadsync:{leads}',
})
for (const { data, options } of JSON.parse(await text(process.stdin)) as ForeignJob[]) {
  await queue.add('lead', data, { attempts: 1, removeOnFail: true, ...options })
}
await queue.close()
