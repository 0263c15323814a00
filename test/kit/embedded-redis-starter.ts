// A process that starts the embedded Redis of the folder in argv[2], says where it is, and stays until it is killed.
import { startEmbeddedRedis } from '../../src/store/embedded-redis.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const redis = await startEmbeddedRedis({ dir: process.argv[2] ?? '', log: quiet })
console.log(JSON.stringify({ pid: redis.pid, port: redis.port }))
setInterval(() => {}, 60_000)
