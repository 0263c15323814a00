import type { Log } from '../../src/core/index.ts'
import type { JournalEntry } from '../../src/intake/journal-entry.ts'

interface Said {
  readonly level: string
  readonly facts: object
  readonly message: string
}

export interface RecordingLog extends Log {
  readonly said: Said[]
}

export function recordingLog(): RecordingLog {
  const said: Said[] = []
  const note = (level: string) => (facts: object, message: string) => {
    said.push({ level, facts, message })
  }
  return { said, debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }
}

export function marketplaceBody(email: string, more: object = {}): string {
  const userDetails = { firstName: 'Jane', lastName: 'Doe', email, phone: '', country: 'US', company: 'Contoso', title: 'CTO' }
  return JSON.stringify({
    userDetails,
    leadSource: 'AzureMarketplace',
    actionCode: 'INS',
    offerTitle: 'Contoso Test',
    description: '',
    ...more,
  })
}

export function entry(id: string, body = marketplaceBody(`${id}@contoso.com`)): JournalEntry {
  return {
    id,
    receivedAt: '2026-11-23T10:00:00.000Z',
    channel: 'marketplace',
    token: 'appsource-1',
    tags: [],
    offer: null,
    route: 'marketplace',
    idempotency: null,
    encoding: 'utf8',
    body,
  }
}
