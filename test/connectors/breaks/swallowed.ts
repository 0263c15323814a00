import { DeliveryError } from '../../../src/core/index.ts'
import { contractOver } from './breaking.ts'

contractOver('a connector that takes a refused row for done', ({ write }) => ({
  async write(writes, signal) {
    const outcomes = await write(writes, signal)
    return outcomes.map((one, index) =>
      one instanceof DeliveryError && one.code === 'invalid'
        ? { object: writes[index]?.object ?? '', id: '1', result: 'updated', dropped: [] }
        : one,
    )
  },
}))
