/** The texts of errors. A user's language changes them and nothing else: whoever parses them breaks with the first German. */
export interface Messages {
  undeclared(property: string, table: string): string
  undeclaredBind(navigation: string): string
  noDirectLookup(property: string): string
  badLiteral(literal: string, edmType: string): string
  tooLong(column: string, table: string, maxLength: number): string
  notAnOption(value: unknown, column: string, table: string, accepted: readonly number[]): string
  outsideRange(value: unknown, column: string, table: string, least: number, most: number): string
  noSuchRow(table: string, id: string): string
  noRowOfKey(table: string): string
  unknownKey(table: string): string
  unknownSegment(segment: string): string
  wrongTarget(navigation: string, table: string): string
  notWritable(column: string, table: string): string
  rowExists(): string
  versionMismatch(): string
  keyViolated(key: string, columns: readonly string[]): string
  duplicateFound(): string
  missingPrivilege(userId: string, privilege: string, table: string): string
  secured(verb: 'create' | 'update', column: string, table: string): string
  notAMember(): string
  inactiveOwner(id: string): string
  badStatus(status: unknown, state: string, table: string, id: string): string
  inactive(table: string, id: string): string
  plugIn(): string
  required(column: string): string
  existsAlready(kind: 'column' | 'key', name: string): string
  badDefinition(property: string, why: string): string
  unknownDefinition(table: string): string
  unknownCast(cast: string): string
}

export function messagesIn(language: 'en' | 'de'): Messages {
  return language === 'de' ? german : english
}

const english: Messages = {
  undeclared: (property, table) =>
    payload(
      table,
      `Microsoft.OData.ODataException: The property '${property}' does not exist on type 'Microsoft.Dynamics.CRM.${table}'. Make sure to only use property names that are defined by the type.`,
    ),
  undeclaredBind: (navigation) =>
    `An error occurred while validating input parameters: Microsoft.OData.ODataException: An undeclared property '${navigation}' which only has property annotations in the payload but no property value was found in the payload. In OData, only declared navigation properties and declared named streams can be represented as properties without values.`,
  noDirectLookup: (property) =>
    `CRM do not support direct update of Entity Reference properties, Use Navigation properties instead: ${property}`,
  badLiteral: (literal, edmType) =>
    `An error occurred while validating input parameters: Microsoft.OData.ODataException: Cannot convert the literal '${literal}' to the expected type '${edmType}'.`,
  tooLong: (column, table, maxLength) =>
    `A validation error occurred.  The length of the '${column}' attribute of the '${table}' entity exceeded the maximum allowed length of '${maxLength}'.`,
  notAnOption: (value, column, table, accepted) =>
    `A validation error occurred. The value ${String(value)} of '${column}' on record of type '${table}' is outside the valid range. Accepted Values: ${accepted.join(',')}`,
  outsideRange: (value, column, table, least, most) =>
    `A validation error occurred. The value ${String(value)} of '${column}' on record of type '${table}' is outside the valid range. Accepted Values: ${least} to ${most}`,
  noSuchRow: (table, id) => `${table} With Id = ${id} Does Not Exist`,
  noRowOfKey: (table) => `A record with the specified key values does not exist in ${table} entity`,
  unknownKey: (table) =>
    `The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.${table}'. Ensure that the names and number of key properties match the declared or alternate key properties for the resource 'Microsoft.Dynamics.CRM.${table}'.`,
  unknownSegment: (segment) => `Resource not found for the segment '${segment}'.`,
  wrongTarget: (navigation, table) => `The navigation property '${navigation}' can't be bound to a record of '${table}'.`,
  notWritable: (column, table) => `The attribute '${column}' of the entity '${table}' can't be set by a write.`,
  rowExists: () => 'A record with matching key values already exists.',
  versionMismatch: () => "The version of the existing record doesn't match the RowVersion property provided.",
  keyViolated: (key, columns) =>
    `Entity Key ${key} violated. A record with the same value for ${columns.join(', ')} already exists. A duplicate record cannot be created. Select one or more unique values and try again.`,
  duplicateFound: () => 'A record was not created or updated because a duplicate of the current record already exists.',
  missingPrivilege: (userId, privilege, table) =>
    `Principal user (Id=${userId}, type=8, roleCount=1, privilegeCount=97, accessMode=4), is missing ${privilege} privilege on entity '${table}'. context.Caller=${userId}`,
  secured: (verb, column, table) =>
    `The user doesn't have ${verb} permissions for the '${column}' attribute of the '${table}' entity.`,
  notAMember: () => 'The user is not a member of the organization.',
  inactiveOwner: (id) => `The specified user(Id = ${id}) is disabled. Consider enabling this user.`,
  badStatus: (status, state, table, id) =>
    `${String(status)} is not a valid status code for state code ${state} on ${table} with Id ${id}.`,
  inactive: (table, id) => `The ${table} with Id ${id} can't be updated because it is inactive.`,
  plugIn: () => 'This value is not allowed here. Ask your sales operations team.',
  required: (column) => `The required field '${column}' is missing.`,
  existsAlready: (kind, name) => `A ${kind} with the name ${name} already exists.`,
  badDefinition: (property, why) => `The value of ${property} is not valid: ${why}`,
  unknownDefinition: (table) => `Could not find an entity with name ${table}.`,
  unknownCast: (cast) => `The type '${cast}' is not derived from 'Microsoft.Dynamics.CRM.AttributeMetadata' or can't be cast to.`,
}

const german: Messages = {
  undeclared: (property, table) =>
    payload(table, `Die Eigenschaft "${property}" ist für den Typ "Microsoft.Dynamics.CRM.${table}" nicht vorhanden.`),
  undeclaredBind: (navigation) => `Es wurde eine nicht deklarierte Eigenschaft "${navigation}" in der Nutzlast gefunden.`,
  noDirectLookup: (property) => `Verweise können nur über Navigationseigenschaften gesetzt werden: ${property}`,
  badLiteral: (literal, edmType) => `Das Literal "${literal}" kann nicht in den erwarteten Typ "${edmType}" konvertiert werden.`,
  tooLong: (column, table, maxLength) =>
    `Ein Validierungsfehler ist aufgetreten. Die Länge des Attributs "${column}" der Entität "${table}" überschreitet die maximal zulässige Länge von "${maxLength}".`,
  notAnOption: (value, column, table, accepted) =>
    `Ein Validierungsfehler ist aufgetreten. Der Wert ${String(value)} von "${column}" im Datensatz vom Typ "${table}" liegt außerhalb des gültigen Bereichs. Zulässige Werte: ${accepted.join(',')}`,
  outsideRange: (value, column, table, least, most) =>
    `Ein Validierungsfehler ist aufgetreten. Der Wert ${String(value)} von "${column}" im Datensatz vom Typ "${table}" liegt außerhalb des gültigen Bereichs. Zulässige Werte: ${least} bis ${most}`,
  noSuchRow: (table, id) => `${table} mit ID = ${id} ist nicht vorhanden`,
  noRowOfKey: (table) => `In der Entität ${table} ist kein Datensatz mit den angegebenen Schlüsselwerten vorhanden`,
  unknownKey: (table) => `Der Schlüssel im Anforderungs-URI ist für die Ressource "Microsoft.Dynamics.CRM.${table}" ungültig.`,
  unknownSegment: (segment) => `Für das Segment "${segment}" wurde keine Ressource gefunden.`,
  wrongTarget: (navigation, table) =>
    `Die Navigationseigenschaft "${navigation}" kann nicht auf einen Datensatz von "${table}" zeigen.`,
  notWritable: (column, table) => `Das Attribut "${column}" der Entität "${table}" kann nicht geschrieben werden.`,
  rowExists: () => 'Ein Datensatz mit übereinstimmenden Schlüsselwerten ist bereits vorhanden.',
  versionMismatch: () =>
    'Die Version des vorhandenen Datensatzes stimmt nicht mit der angegebenen Eigenschaft RowVersion überein.',
  keyViolated: (key, columns) =>
    `Der Entitätsschlüssel ${key} wurde verletzt. Ein Datensatz mit demselben Wert für ${columns.join(', ')} ist bereits vorhanden.`,
  duplicateFound: () =>
    'Der Datensatz wurde nicht erstellt oder aktualisiert, weil bereits ein Duplikat des aktuellen Datensatzes vorhanden ist.',
  missingPrivilege: (userId, privilege, table) =>
    `Dem Prinzipalbenutzer (Id=${userId}) fehlt die Berechtigung ${privilege} für die Entität "${table}".`,
  secured: (verb, column, table) =>
    `Der Benutzer hat keine Berechtigung zum ${verb === 'create' ? 'Erstellen' : 'Aktualisieren'} des Attributs "${column}" der Entität "${table}".`,
  notAMember: () => 'Der Benutzer ist kein Mitglied der Organisation.',
  inactiveOwner: (id) => `Der angegebene Benutzer (Id = ${id}) ist deaktiviert. Aktivieren Sie ihn gegebenenfalls.`,
  badStatus: (status, state, table, id) =>
    `${String(status)} ist kein gültiger Statuscode für den Zustandscode ${state} von ${table} mit der ID ${id}.`,
  inactive: (table, id) => `${table} mit der ID ${id} kann nicht aktualisiert werden, da der Datensatz inaktiv ist.`,
  plugIn: () => 'Dieser Wert ist hier nicht erlaubt. Fragen Sie den Vertriebsinnendienst.',
  required: (column) => `Das erforderliche Feld "${column}" fehlt.`,
  existsAlready: (kind, name) =>
    `${kind === 'column' ? 'Eine Spalte' : 'Ein Schlüssel'} mit dem Namen ${name} ist bereits vorhanden.`,
  badDefinition: (property, why) => `Der Wert von ${property} ist ungültig: ${why}`,
  unknownDefinition: (table) => `Eine Entität mit dem Namen ${table} wurde nicht gefunden.`,
  unknownCast: (cast) => `Der Typ "${cast}" kann hier nicht verwendet werden.`,
}

function payload(table: string, inner: string): string {
  return `Error identified in Payload provided by the user for Entity :'${table}', For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : ${inner}`
}
