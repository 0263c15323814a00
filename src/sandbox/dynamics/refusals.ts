import { type Refusal, refusal } from './answers.ts'
import type { Call } from './instance.ts'

/** https://learn.microsoft.com/troubleshoot/power-platform/dataverse/dataverse-web-api-and-sdk/web-api-client-errors */
export function unknownSegment(segment: string): Refusal {
  return refusal(404, '0x8006088a', `Resource not found for the segment '${segment}'.`)
}

/** A function called with POST, an action with GET. */
export function noResource({ base, path }: Call): Refusal {
  return refusal(404, '', `No HTTP resource was found that matches the request URI '${base}/${path}'.`)
}

export function methodRefused(method: string): Refusal {
  return refusal(405, '0x80060888', `The requested resource does not support http method '${method}'.`)
}
