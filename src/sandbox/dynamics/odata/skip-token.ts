import type { SortKeys } from './order.ts'
import { refuse } from './problem.ts'

/** Where a page begins. */
export interface Position {
  /** From 1. */
  readonly page: number
  /** Of the last row before it; null on the first page. */
  readonly after: SortKeys | null
}

/**
 * The paging cookie of Dataverse in shape: XML in the attribute of other XML, encoded once more. A client that encodes or decodes
 * the link it was given gets a 400, as https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/page-results warns.
 */
export function writeSkipToken({ page, after }: Position): string {
  const last = encodeURIComponent(JSON.stringify(after))
  const cookie = encodeURIComponent(`<cookie page="${page - 1}"><row last="${last}" /></cookie>`)
  return `<cookie pagenumber="${page}" pagingcookie="${cookie}" istracking="False" />`
}

export function readSkipToken(token: string | null): Position {
  if (token === null) return { page: 1, after: null }
  const [, page, cookie] = /^<cookie pagenumber="(\d+)" pagingcookie="([^"<>]*)" istracking="False" \/>$/.exec(token) ?? []
  const after = cookie === undefined ? null : readCookie(cookie)
  if (after === null) throw refuse('Malformed XML in the Paging Cookie.', '0x80041129')
  return { page: Number(page), after }
}

function readCookie(cookie: string): SortKeys | null {
  try {
    const [, last = ''] = /^<cookie page="\d+"><row last="([^"]*)" \/><\/cookie>$/.exec(decodeURIComponent(cookie)) ?? []
    const keys: unknown = JSON.parse(decodeURIComponent(last))
    return Array.isArray(keys) ? keys : null
  } catch {
    return null
  }
}
