import { contractOver } from './breaking.ts'

contractOver('a connector that swaps two outcomes', ({ write }) => ({
  async write(writes, signal) {
    const [first, second, ...more] = await write(writes, signal)
    return first && second ? [second, first, ...more] : [first, second, ...more].filter((one) => one !== undefined)
  },
}))
