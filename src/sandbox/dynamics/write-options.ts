import type { Call } from './instance.ts'
import type { WriteOptions } from './org/org.ts'

/** The headers that change what a write does. Duplicate detection is off unless a header turns off its being off. */
export function writeOptionsOf({ headers, userId }: Call): WriteOptions {
  return {
    ifMatch: headers['if-match'] ?? null,
    // Microsoft's own samples send `If-None-Match: null` everywhere, which says nothing.
    ifNoneMatch: headers['if-none-match']?.trim() === '*',
    detectDuplicates: headers['mscrm.suppressduplicatedetection']?.trim().toLowerCase() === 'false',
    userId,
  }
}
