import type { DeliveryError } from '../../src/core/index.ts'

/** Whether a refusal says nothing of what was asked: the credential or the hour is wrong, and everything would be refused now. */
export function isPassing({ code }: DeliveryError): boolean {
  return code === 'unauthorized' || code === 'unavailable' || code === 'rate_limited' || code === 'quota_exhausted'
}

/** Whether a refusal would meet whatever is sent there now. A setting that is wrong is wrong for everybody. */
export function isOrgWide(error: DeliveryError): boolean {
  return isPassing(error) || error.code === 'misconfigured'
}
