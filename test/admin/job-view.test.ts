import fc from 'fast-check'
import { expect, it } from 'vitest'
import { shownData, shownJob } from '../../src/admin/job-view.ts'

const job = {
  id: 'leads.abc',
  name: 'lead',
  progress: 0,
  attemptsMade: 0,
  attemptsStarted: 0,
  stalledCounter: 0,
  delay: 0,
  priority: 0,
  timestamp: 1,
  failedReason: '',
  data: {},
  returnvalue: null,
  opts: {},
}

/** Some text of it, whatever it is. */
function textOf(data: unknown): string {
  return typeof data === 'string' ? data : (JSON.stringify(data) ?? '')
}

it('shows nothing with an @ from any data whatsoever', () => {
  const text = fc.oneof(fc.constant('jane@contoso.com'), fc.string())
  const key = fc.constantFrom(
    'id',
    'reason',
    'offer',
    'title',
    'tags',
    'source',
    'receivedAt',
    'test',
    'person',
    ...['tried', 'answer', 'code', 'fields', 'config', 'parks', 'status'],
    'jane@contoso.com',
  )
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ depthSize: 'small' }, text, fc.array(tie('tree')), fc.dictionary(key, tie('tree'))),
  }))
  fc.assert(
    fc.property(tree, (data) => {
      const shown = shownJob({
        ...job,
        id: textOf(data),
        name: textOf(data),
        progress: data,
        failedReason: textOf(data),
        data,
        returnvalue: data,
        opts: data,
      })
      expect(JSON.stringify(shown)).not.toContain('@')
    }),
  )
})

it.each([[null], [undefined], ['text'], [7], [[]], [[{ id: 'x' }]]])('shows nothing of %j, which is no lead', (data) => {
  expect(shownData(data)).toEqual({})
})

it('shows job names of ours only', () => {
  expect(shownJob(job).name).toBe('lead')
  expect(shownJob({ ...job, name: 'Jane Doe' }).name).toBe('(hidden)')
})

it('leaves out fields that it does not know', () => {
  expect(shownData({ lead: 'abc', invented: 'later' })).toEqual({ lead: 'abc' })
  expect(shownData({ step: 'abc.sales.call', owner: 'Ann', subject: 'Call Jane' })).toEqual({ step: 'abc.sales.call' })
})

it.each([
  ['delivered:updated', 'delivered:updated'],
  ['suppressed', 'suppressed'],
  ['made', 'made'],
  ['cancelled', 'cancelled'],
  ['untouched', 'untouched'],
  [null, null],
  ['Jane Doe', '(hidden)'],
  [{ outcome: 'delivered' }, '(hidden)'],
])('shows the return value %j as %j', (returnvalue, shown) => {
  expect(shownJob({ ...job, returnvalue }).returnvalue).toBe(shown)
})
