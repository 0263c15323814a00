import { decodeHTML } from 'entities'
import { oneLine } from './marks.ts'

const Most = 10_000

/**
 * Plain text for a rich-text field: escaped, line by line. At most 10,000 characters, which stay below HubSpot's 65,536 and Dataverse's
 * 100,000 when each is escaped.
 */
export function htmlOf(text: string): string {
  const cut = text.length <= Most ? text : `${[...text.slice(0, Most * 2)].slice(0, Most).join('')}…`
  return cut
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/\r\n?|\n/g, '<br>')
}

/** What a reader sees of it, on one line: a CRM may have saved the same text in other tags. */
export function textOf(html: string): string {
  const spaced = html.replaceAll(/<(br|\/p|\/div|\/li|\/h\d)\b[^>]*>/gi, ' ').replaceAll(/<[^>]*>/g, '')
  return oneLine(decodeHTML(spaced))
}
