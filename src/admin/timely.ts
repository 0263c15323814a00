/**
 * Makes a read that answers within `withinMs`: null when it failed or takes longer. While one is under way the next callers wait for the same
 * one: a Redis that hangs would otherwise collect a command for every probe and scrape of the outage.
 */
export function timely<T>(read: () => Promise<T>, withinMs: number): () => Promise<T | null> {
  let underWay: Promise<T | null> | null = null

  async function settle(): Promise<T | null> {
    try {
      return await read()
    } catch {
      return null
    } finally {
      underWay = null
    }
  }

  return async () => {
    underWay ??= settle()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, withinMs, null)
    })
    try {
      return await Promise.race([underWay, late])
    } finally {
      clearTimeout(timer)
    }
  }
}
