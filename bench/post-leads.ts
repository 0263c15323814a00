import autocannon from 'autocannon'

export interface Posting {
  readonly url: string
  /** The body of the nth lead is made when it is its turn. */
  body(n: number): string
  readonly first: number
  /** For so many seconds, or so many leads. */
  readonly for: { readonly seconds: number } | { readonly leads: number }
}

export interface Posted {
  /** Of every 202 whose status was `accepted`. */
  readonly leadIds: readonly string[]
  /** Leads that were sent, answered or not: the last ones are cut off when the time is over. */
  readonly sent: number
  /** How often each other answer came, connections that broke included. */
  readonly others: Readonly<Record<string, number>>
  readonly fivexx: number
  readonly seconds: number
  readonly p50: number
  readonly p99: number
}

export const Connections = 64

/** Posts distinct leads over 64 connections, each sending the next one when it was answered. */
export async function postLeads({ url, body, first, for: limit }: Posting): Promise<Posted> {
  const leadIds: string[] = []
  const others: Record<string, number> = {}
  let sent = 0
  let lastAnswer = 0
  const { pathname } = new URL(url)
  const started = performance.now()
  const result = await autocannon({
    url,
    connections: Connections,
    ...('seconds' in limit ? { duration: limit.seconds } : { amount: limit.leads }),
    requests: [
      {
        method: 'POST',
        path: pathname,
        headers: { 'content-type': 'application/json' },
        setupRequest: (request) => ({ ...request, body: body(first + sent++) }),
        onResponse: (status, text) => {
          lastAnswer = performance.now()
          const answer = JSON.parse(text) as { leadId?: string; status?: string }
          if (status === 202 && answer.status === 'accepted') leadIds.push(answer.leadId ?? '')
          else count(others, `${status} ${answer.status ?? ''}`.trim())
        },
      },
    ],
  })
  if (result.errors > 0) others['connection errors'] = result.errors
  const { p50, p99 } = result.latency
  return { leadIds, sent, others, fivexx: result['5xx'], seconds: (lastAnswer - started) / 1_000, p50, p99 }
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
