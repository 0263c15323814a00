import { cutUnits } from './cut-units.ts'
import { oneLine } from './marks.ts'

/** One line of at most `length` UTF-16 units, without control characters, that a CRM keeps as it is. */
export function lineOf(text: string, length: number): string {
  return cutUnits(oneLine(printable(text)), length)
}

/** Several lines of at most `length` UTF-16 units, without control characters; where something is missing, `…` is the end. */
export function linesOf(text: string, length: number): string {
  const lines = printable(text).replaceAll(/\r\n?/g, '\n')
  if (lines.length <= length) return lines
  return length > 0 ? `${cutUnits(lines, length - 1)}…` : ''
}

function printable(text: string): string {
  return text.toWellFormed().replaceAll(/[^\P{Cc}\n\r\t]/gu, '')
}
