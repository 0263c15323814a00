export function findBrowser(tools: string): Promise<string | undefined>
