/** The sentences of the answers that concern no record. Codes stay English in every language, as at Salesforce. */
export interface Words {
  readonly sessionExpired: string
  readonly dailyLimit: string
  readonly notFound: string
  readonly noSuchKey: (field: string) => string
  readonly keyMissing: (field: string) => string
  readonly keyTwice: (key: string) => string
  readonly idTwice: (id: string) => string
  readonly severalMatches: (field: string, ids: readonly string[]) => string
  readonly rolledBack: string
}

const english: Words = {
  sessionExpired: 'Session expired or invalid',
  dailyLimit: 'TotalRequests Limit exceeded.',
  notFound: 'The requested resource does not exist',
  noSuchKey: (field) => `Provided external ID field does not exist or is not accessible: ${field}`,
  keyMissing: (field) => `${field} not specified`,
  keyTwice: (key) => `Duplicate external id specified: ${key}`,
  idTwice: (id) => `duplicate id specified: ${id}`,
  severalMatches: (field, ids) => `${field}: more than one record found for external id field: [${ids.join(', ')}]`,
  rolledBack: 'Record rolled back because not all records were valid and the request was using AllOrNone header',
}

const german: Words = {
  sessionExpired: 'Sitzung abgelaufen oder ungültig',
  dailyLimit: 'Grenzwert für TotalRequests überschritten.',
  notFound: 'Die angeforderte Ressource ist nicht vorhanden',
  noSuchKey: (field) => `Das angegebene externe ID-Feld ist nicht vorhanden oder nicht zugänglich: ${field}`,
  keyMissing: (field) => `${field} wurde nicht angegeben`,
  keyTwice: (key) => `Doppelte externe ID angegeben: ${key}`,
  idTwice: (id) => `doppelte ID angegeben: ${id}`,
  severalMatches: (field, ids) => `${field}: mehrere Datensätze für das externe ID-Feld gefunden: [${ids.join(', ')}]`,
  rolledBack: 'Der Datensatz wurde zurückgesetzt, da nicht alle Datensätze gültig waren und AllOrNone verlangt war',
}

/** Salesforce answers in the language of the integration user, so no client may read its messages. */
export function wordsIn(language: string): Words {
  return language.startsWith('de') ? german : english
}
