const Advice: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program has the port; stop it (perhaps another Leadsync), or set another port',
  EACCES: 'this user may not use the port; take one above 1023 and put a reverse proxy in front',
  EADDRNOTAVAIL: 'this machine does not have that address; set another host',
}

/** Why a listener did not come up, and what to change in `leadsync.yaml`. */
export function listenProblem(error: unknown, address: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  return `can't listen on ${address}: ${Advice[code] ?? code}`
}
