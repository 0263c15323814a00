import { z } from 'zod'

/**
 * Where a CRM is. Bearer tokens travel to it, so it is https; http only on this machine itself, for stand-ins. No user, query or
 * fragment: paths are appended to it.
 */
export const BaseUrl = z.string().refine(isBaseUrl, {
  error: 'must be an https:// address without user, query or fragment (http:// only for 127.0.0.1, ::1 or localhost)',
})

/** The address without trailing slashes, so that `${base}/path` is one path. */
export function withoutTrailingSlash(baseUrl: string): string {
  return baseUrl.replace(/\/+$/, '')
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  if (url.username || url.password || url.search || url.hash) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}

/** Whether a URL's host name is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
