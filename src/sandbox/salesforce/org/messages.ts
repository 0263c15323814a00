/** The texts of row errors. A user's language changes them and nothing else: whoever parses them breaks with the first German. */
export interface Messages {
  unknownField(field: string, object: string): string
  notWritable(fields: readonly string[]): string
  idGiven(): string
  required(fields: readonly string[]): string
  tooLong(label: string, value: string, length: number): string
  badEmail(label: string, value: string): string
  badPicklist(label: string, value: string): string
  wrongType(label: string, value: string): string
  notAScalar(type: string): string
  outsideRange(label: string, value: string): string
  badId(label: string, value: string): string
  noSuchReference(): string
  inactiveOwner(id: string): string
  deleted(): string
  converted(): string
  duplicateValue(field: string, id: string): string
  duplicatesFound(): string
  noForeignKey(value: string, field: string, object: string): string
  leadWithWhat(): string
  badPlace(kind: 'country' | 'state', field: string): string
  stateWithoutCountry(): string
  validationRule(): string
  noSuchKey(field: string): string
  keyMissing(field: string): string
  notAllowed(object: string): string
  unknownObject(object: string): string
  nameTaken(name: string): string
  editNeedsRead(): string
}

export function messagesIn(language: 'en' | 'de'): Messages {
  return language === 'de' ? german : english
}

const english: Messages = {
  unknownField: (field, object) => `No such column '${field}' on sobject of type ${object}`,
  notWritable: (fields) =>
    `Unable to create/update fields: ${fields.join(', ')}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`,
  idGiven: () => 'The Id field should not be specified in the sobject data.',
  required: (fields) => `Required fields are missing: [${fields.join(', ')}]`,
  tooLong: (label, value, length) => `${label}: data value too large: ${value} (max length=${length})`,
  badEmail: (label, value) => `${label}: invalid email address: ${value}`,
  badPicklist: (label, value) => `${label}: bad value for restricted picklist field: ${value}`,
  wrongType: (label, value) => `${label}: value not of required type: ${value}`,
  notAScalar: (type) =>
    `Cannot deserialize instance of ${type} from START_OBJECT value { or request may be missing a required field`,
  outsideRange: (label, value) => `${label}: value outside of valid range on numeric field: ${value}`,
  badId: (label, value) => `${label}: id value of incorrect type: ${value}`,
  noSuchReference: () => 'invalid cross reference id',
  inactiveOwner: (id) => `operation performed with inactive user [${id}] as owner of object`,
  deleted: () => 'entity is deleted',
  converted: () => 'cannot reference converted lead',
  duplicateValue: (field, id) => `duplicate value found: ${field} duplicates value on record with id: ${id}`,
  duplicatesFound: () => 'Use one of these records?',
  noForeignKey: (value, field, object) => `Foreign key external ID: ${value} not found for field ${field} in entity ${object}`,
  leadWithWhat: () => 'If the WhoId is a lead, the WhatId must be empty',
  badPlace: (kind, field) =>
    `There's a problem with this ${kind}, even though it may appear correct. Please select a ${kind === 'country' ? 'country/territory from the list of valid countries' : 'state from the list of valid states'}.: ${field}`,
  stateWithoutCountry: () => 'A country/territory must be specified before specifying a state value for field: State/Province',
  validationRule: () => 'This value is not allowed here. Ask your sales operations team.',
  noSuchKey: (field) => `Provided external ID field does not exist or is not accessible: ${field}`,
  keyMissing: (field) => `${field} not specified`,
  notAllowed: (object) => `entity type cannot be inserted: ${object}`,
  unknownObject: (object) => `sObject type '${object}' is not supported.`,
  nameTaken: (name) => `The API name is already in use: ${name}`,
  editNeedsRead: () => 'Edit access to a field needs Read access',
}

const german: Messages = {
  unknownField: (field, object) => `Keine Spalte '${field}' in sObject vom Typ ${object}`,
  notWritable: (fields) =>
    `Felder können nicht erstellt/aktualisiert werden: ${fields.join(', ')}. Überprüfen Sie die Sicherheitseinstellungen dieses Felds.`,
  idGiven: () => 'Das Feld "Id" darf in den sObject-Daten nicht angegeben werden.',
  required: (fields) => `Erforderliche Felder fehlen: [${fields.join(', ')}]`,
  tooLong: (label, value, length) => `${label}: Datenwert zu groß: ${value} (maximale Länge=${length})`,
  badEmail: (label, value) => `${label}: ungültige E-Mail-Adresse: ${value}`,
  badPicklist: (label, value) => `${label}: ungültiger Wert für eingeschränktes Auswahllistenfeld: ${value}`,
  wrongType: (label, value) => `${label}: Wert entspricht nicht dem erforderlichen Typ: ${value}`,
  notAScalar: (type) => `Instanz von ${type} kann nicht aus START_OBJECT gelesen werden`,
  outsideRange: (label, value) => `${label}: Wert außerhalb des gültigen Bereichs für numerisches Feld: ${value}`,
  badId: (label, value) => `${label}: ID-Wert hat falschen Typ: ${value}`,
  noSuchReference: () => 'Ungültige Querverweis-ID',
  inactiveOwner: (id) => `Vorgang mit inaktivem Benutzer [${id}] als Inhaber des Objekts ausgeführt`,
  deleted: () => 'Entität wurde gelöscht',
  converted: () => 'Auf konvertierten Lead kann nicht verwiesen werden',
  duplicateValue: (field, id) => `Doppelter Wert gefunden: ${field} dupliziert Wert in Datensatz mit ID: ${id}`,
  duplicatesFound: () => 'Einen dieser Datensätze verwenden?',
  noForeignKey: (value, field, object) =>
    `Externe Fremdschlüssel-ID: ${value} nicht gefunden für Feld ${field} in Entität ${object}`,
  leadWithWhat: () => 'Wenn WhoId ein Lead ist, muss WhatId leer sein',
  badPlace: (kind, field) =>
    `Mit ${kind === 'country' ? 'diesem Land' : 'diesem Bundesland'} besteht ein Problem. Wählen Sie einen gültigen Wert aus.: ${field}`,
  stateWithoutCountry: () => 'Vor dem Bundesland muss ein Land angegeben werden',
  validationRule: () => 'Dieser Wert ist hier nicht erlaubt. Fragen Sie den Vertriebsinnendienst.',
  noSuchKey: (field) => `Das angegebene externe ID-Feld ist nicht vorhanden oder nicht zugänglich: ${field}`,
  keyMissing: (field) => `${field} nicht angegeben`,
  notAllowed: (object) => `Entitätstyp kann nicht eingefügt werden: ${object}`,
  unknownObject: (object) => `sObject-Typ '${object}' wird nicht unterstützt.`,
  nameTaken: (name) => `Der API-Name wird bereits verwendet: ${name}`,
  editNeedsRead: () => 'Bearbeitungszugriff auf ein Feld erfordert Lesezugriff',
}
