import { DeliveryError } from '../../../src/core/index.ts'
import { contractOver } from './breaking.ts'

contractOver('a connector whose errors tell whom they are about', ({ write }) => ({
  async write(writes, signal) {
    const outcomes = await write(writes, signal)
    return outcomes.map((one, index) => {
      if (!(one instanceof DeliveryError)) return one
      const { code, message, fields, retryAfterMs } = one
      const delay = retryAfterMs === undefined ? {} : { retryAfterMs }
      return new DeliveryError(code, `${message} (${writes[index]?.email})`, { fields, ...delay })
    })
  },
}))
