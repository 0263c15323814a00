export interface AccessOptions {
  /** A bearer token that is good from the start. */
  readonly token?: string
  /** Whether a token that another program issued is good for this org. */
  readonly acceptToken?: (token: string) => boolean
}

/** Which bearer tokens get in. */
export interface Access {
  admits(authorization: string | undefined): boolean
  /**
   * From now on all tokens seen so far are refused: each `times` times, null for ever. One that was not seen yet gets in, as after
   * a refresh. Answers how many are refused.
   */
  expire(times: number | null): number
  /** Ends every `expire`. */
  acceptAll(): void
}

export function createAccess({ token: known, acceptToken }: AccessOptions): Access {
  const seen = new Set(known === undefined ? [] : [known])
  const refusals = new Map<string, number>()

  function refuse(token: string): boolean {
    const left = refusals.get(token) ?? 0
    if (left <= 1) refusals.delete(token)
    else refusals.set(token, left - 1)
    return left > 0
  }

  return {
    admits(authorization) {
      const [, token] = /^Bearer (\S+)$/i.exec(authorization ?? '') ?? []
      if (token === undefined) return false
      if (token !== known && acceptToken?.(token) !== true) return false
      seen.add(token)
      return !refuse(token)
    },
    expire(times) {
      for (const token of seen) refusals.set(token, times ?? Number.POSITIVE_INFINITY)
      return seen.size
    },
    acceptAll: () => refusals.clear(),
  }
}
