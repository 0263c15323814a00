/** Known to the stand-ins and to the configuration of the stage, and to nobody else. */
export const CrmToken = 'token-of-the-chaos'
export const SalesforceApp = {
  clientId: 'client-of-the-chaos',
  clientSecret: 'secret-of-the-chaos',
  username: 'leadsync@chaos.example',
} as const
export const MarketplaceToken = 'marketplace-token-of-the-chaos'
export const ApiToken = 'api-token-of-the-chaos'
