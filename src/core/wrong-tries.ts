export interface WrongTries {
  /** Counts one wrong try. Seconds to wait when this address had too many, else null. */
  note(address: string): number | null
}

interface Window {
  readonly since: number
  count: number
}

const WindowMs = 60_000
const MostAddresses = 10_000

/** How many wrong tokens or passwords an address may try in a minute. Right ones are never counted: they may all come from one proxy. */
export function createWrongTries(perMinute: number, now: () => number): WrongTries {
  const windows = new Map<string, Window>()

  function windowOf(address: string): Window {
    const known = windows.get(address)
    if (known !== undefined && now() - known.since < WindowMs) return known
    const fresh = { since: now(), count: 0 }
    windows.delete(address)
    windows.set(address, fresh)
    // The oldest goes: a flood of addresses may buy itself a few more tries, never more memory.
    const oldest = windows.keys().next()
    if (windows.size > MostAddresses && oldest.done !== true) windows.delete(oldest.value)
    return fresh
  }

  return {
    note: (address) => {
      const window = windowOf(network(address))
      window.count += 1
      if (window.count <= perMinute) return null
      return Math.max(1, Math.ceil((window.since + WindowMs - now()) / 1000))
    },
  }
}

/** The /64 of an IPv6 address, which is what one customer is given (RFC 6177); an IPv4 address as it is. */
function network(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address
  const [head = '', tail] = address.split('::')
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}

function groups(text: string): readonly string[] {
  return text === '' ? [] : text.split(':')
}
