import { CollectionAnswer } from '../wire.ts'

/** What a collections answer says of each row that was sent; of none when it is not about as many, for then nobody knows whose is whose. */
export function answersFor(rows: readonly unknown[], body: unknown): CollectionAnswer {
  const answer = CollectionAnswer.safeParse(body).data
  return answer?.length === rows.length ? answer : []
}
