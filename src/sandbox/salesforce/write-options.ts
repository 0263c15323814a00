import type { Call } from './instance.ts'
import type { WriteOptions } from './org/org.ts'

/** What the headers say about a write. Assignment rules run unless the header says FALSE; duplicate rules are not waived unless it says so. */
export function writeOptions({ request, userId }: Call): WriteOptions {
  const duplicates = String(request.headers['sforce-duplicate-rule-header'] ?? '')
  return {
    autoAssign: !/^false$/i.test(String(request.headers['sforce-auto-assign'] ?? '').trim()),
    allowDuplicates: /\ballowSave\s*=\s*true\b/i.test(duplicates),
    includeRecordDetails: /\bincludeRecordDetails\s*=\s*true\b/i.test(duplicates),
    userId,
  }
}
