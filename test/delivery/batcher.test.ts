import { expect, it } from 'vitest'
import { DeliveryError, type Judged } from '../../src/core/index.ts'
import { Batcher, type BatcherOptions } from '../../src/delivery/batcher.ts'

interface Call {
  readonly items: readonly number[]
  finish(answers?: readonly Judged<number>[]): void
  fail(error: Error): void
}

/** A batcher whose batches end when the test says so. */
function batcher(options: Partial<BatcherOptions<number, number>> = {}) {
  const calls: Call[] = []
  const arrived: { count: number; resolve: () => void }[] = []
  async function run(items: readonly number[]): Promise<readonly Judged<number>[]> {
    const answers = Promise.withResolvers<readonly Judged<number>[]>()
    calls.push({
      items,
      finish: (judged = items.map((item) => item * 10)) => answers.resolve(judged),
      fail: (error) => answers.reject(error),
    })
    for (const waiting of arrived) if (calls.length >= waiting.count) waiting.resolve()
    return answers.promise
  }
  /** The n-th call, once it was made. */
  async function call(number: number): Promise<Call> {
    if (calls.length < number) await new Promise<void>((resolve) => arrived.push({ count: number, resolve }))
    return calls[number - 1] ?? expect.unreachable()
  }
  return { batch: new Batcher<number, number>({ max: 3, concurrency: 2, waitMs: 60_000, run, ...options }), calls, call }
}

it('sends at once when idle, all items of one turn together', async () => {
  const { batch, call } = batcher()
  const results = [batch.submit(1), batch.submit(2)]
  const first = await call(1)
  expect(first.items).toEqual([1, 2])
  first.finish()
  expect(await Promise.all(results)).toEqual([10, 20])
})

it('sends full batches as soon as they are full, however many are under way within the bound', async () => {
  const { batch, call } = batcher()
  const results = [1, 2, 3, 4, 5, 6].map((item) => batch.submit(item))
  const calls = [await call(1), await call(2)]
  expect(calls.map(({ items }) => items)).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ])
  for (const one of calls) one.finish()
  expect(await Promise.all(results)).toEqual([10, 20, 30, 40, 50, 60])
})

it('never has more batches under way than its bound', async () => {
  let [underWay, most] = [0, 0]
  const { batch } = batcher({
    waitMs: 0,
    async run(items) {
      underWay += 1
      most = Math.max(most, underWay)
      await new Promise((resolve) => setTimeout(resolve, 1))
      underWay -= 1
      return items
    },
  })
  const items = Array.from({ length: 30 }, (_, index) => index)
  expect(await Promise.all(items.map((item) => batch.submit(item)))).toEqual(items)
  expect(most).toBe(2)
})

it('holds a batch that is not full while another one is under way, and sends it when that ends', async () => {
  const { batch, calls, call } = batcher()
  const first = batch.submit(1)
  const under = await call(1)
  const second = batch.submit(2)
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  const third = batch.submit(3)
  expect(calls).toHaveLength(1)
  under.finish()
  const next = await call(2)
  expect(next.items).toEqual([2, 3])
  next.finish()
  expect(await Promise.all([first, second, third])).toEqual([10, 20, 30])
})

it('sends a batch that is not full beside another one when its time is over', async () => {
  const { batch, call } = batcher({ waitMs: 1 })
  const first = batch.submit(1)
  const under = await call(1)
  const second = batch.submit(2)
  const next = await call(2)
  expect(next.items).toEqual([2])
  next.finish()
  under.finish()
  expect(await Promise.all([first, second])).toEqual([10, 20])
})

it('rejects only the item that was judged an error', async () => {
  const { batch, call } = batcher()
  const results = Promise.allSettled([batch.submit(1), batch.submit(2)])
  const error = new DeliveryError('invalid', 'The CRM refused the country.')
  const first = await call(1)
  first.finish([error, 20])
  expect(await results).toEqual([
    { status: 'rejected', reason: error },
    { status: 'fulfilled', value: 20 },
  ])
})

it('rejects every item, the last one first, when nothing was judged, and goes on with the next batch', async () => {
  const { batch, call } = batcher()
  const order: number[] = []
  const results = [1, 2, 3].map((item) => batch.submit(item).catch(() => order.push(item)))
  const first = await call(1)
  const next = batch.submit(4)
  first.fail(new Error('away'))
  await Promise.all(results)
  expect(order).toEqual([3, 2, 1])
  const second = await call(2)
  second.finish()
  expect(await next).toBe(40)
})

it.each([
  ['too few', [10]],
  ['too many', [10, 20, 30]],
])('rejects every item when there are %s answers: nobody could tell whose they are', async (_, answers) => {
  const { batch, call } = batcher()
  const results = Promise.allSettled([batch.submit(1), batch.submit(2)])
  const first = await call(1)
  first.finish(answers)
  expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})

it('rejects every item when the call throws before it is under way', async () => {
  const { batch } = batcher({
    run() {
      throw new Error('a bug')
    },
  })
  await expect(batch.submit(1)).rejects.toThrow('a bug')
  await expect(batch.submit(2)).rejects.toThrow('a bug')
})
