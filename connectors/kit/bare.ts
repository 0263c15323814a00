/**
 * Statuses that a gateway, or a program that broke, gives for what one record says. Not 503 and those of Cloudflare: by these it is the whole
 * service that is away. Not 401, 404, 405, 410 and 429, which mean the same of any request.
 */
const OfAnyContent: ReadonlySet<number> = new Set([400, 403, 406, 413, 414, 418, 422, 431, 451, 500, 502, 504])

/** Whether an answer refuses without a reason: whose matter it is can't be told from it. One that names a time is everybody's. */
export function isBareRefusal(
  { status, headers }: { readonly status: number; readonly headers: Headers },
  hasReason: boolean,
): boolean {
  return !hasReason && OfAnyContent.has(status) && !headers.has('retry-after')
}
