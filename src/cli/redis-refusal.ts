const Again = 'The step that was refused left nothing behind: run the same command again then.'

/**
 * By the word with which Redis begins (https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors). What a script had written
 * already it never refuses to go on with, so that a refused step was not begun.
 */
const Sentences: Readonly<Record<string, string>> = {
  OOM: `Redis is full and takes no writes: free some memory, or give it more (maxmemory). ${Again}`,
  READONLY: `This Redis is a replica and takes no writes: let redis.url name the primary. ${Again}`,
  MISCONF: `Redis can't write to its disk and takes no writes: free or repair the disk, Redis's own log says what is wrong. ${Again}`,
  NOTOURS: `Redis does not hold the data of this installation any more: leadsync check --live says what to do. ${Again}`,
}

/** What a person is to do where Redis itself refused what a command wanted of it; null for any other error. */
export function redisRefusal(error: unknown): string | null {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return null
  // Redis before 7 puts what a script ran into behind words of its own.
  const word = /^(?:ERR .*@user_script: ?\d+: -)?([A-Z]+) /s.exec(error.message)?.[1] ?? ''
  return Sentences[word] ?? null
}
