import type { MappingField } from '../../../src/core/index.ts'

/** Longer texts get a column of several lines. */
const OneLine = 255
/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/memoattributemetadata */
const LongestText = 1_048_576
/** A contact id is a UUID with a number at most, and an index takes 900 bytes. */
const KeyLength = 100

/** As an LCID. */
export const English = 1033

/** What is to be made: what a person is told of it, and what Dataverse is sent beside its names. */
export interface Shape {
  readonly words: string
  readonly metadata: Readonly<Record<string, unknown>>
}

export const ContactIdShape: Shape = textShape(KeyLength)

/** A column's definition, with labels in English. */
export function columnDefinition(name: string, label: string, { metadata }: Shape): Record<string, unknown> {
  return {
    ...metadata,
    SchemaName: name,
    DisplayName: labelled(label),
    Description: labelled('Written by Leadsync.'),
    RequiredLevel: { Value: 'None', CanBeChanged: true, ManagedPropertyLogicalName: 'canmodifyrequirementlevelsettings' },
  }
}

/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/define-alternate-keys-entity */
export function keyDefinition(column: string, label: string): Record<string, unknown> {
  return { SchemaName: keyName(column), DisplayName: labelled(label), KeyAttributes: [column] }
}

export function keyName(column: string): string {
  return `${column}_key`
}

export function shapeOf({ type, maxLength }: Pick<MappingField, 'type' | 'maxLength'>): Shape {
  switch (type) {
    case 'number':
      return shape('number', 'Decimal', { MinValue: -100_000_000_000, MaxValue: 100_000_000_000, Precision: 4 })
    case 'boolean':
      return shape('yes or no', 'Boolean', { DefaultValue: false, OptionSet: yesNo() })
    case 'date':
      return shape('date', 'DateTime', { Format: 'DateOnly', DateTimeBehavior: { Value: 'DateOnly' } })
    case 'datetime':
      return shape('date and time', 'DateTime', { Format: 'DateAndTime', DateTimeBehavior: { Value: 'UserLocal' } })
    case 'string':
    case undefined:
      return textShape(Math.max(maxLength ?? OneLine, OneLine))
  }
}

function textShape(length: number): Shape {
  if (length <= OneLine) return shape('text', 'String', { MaxLength: length, FormatName: { Value: 'Text' } })
  return shape('text of several lines', 'Memo', { MaxLength: Math.min(length, LongestText), Format: 'TextArea' })
}

function shape(words: string, type: string, more: Readonly<Record<string, unknown>>): Shape {
  const metadata = {
    '@odata.type': `Microsoft.Dynamics.CRM.${type}AttributeMetadata`,
    AttributeType: type,
    AttributeTypeName: { Value: `${type}Type` },
    ...more,
  }
  return { words, metadata }
}

function yesNo() {
  const [TrueOption, FalseOption] = [
    { Value: 1, Label: labelled('Yes') },
    { Value: 0, Label: labelled('No') },
  ]
  return { OptionSetType: 'Boolean', TrueOption, FalseOption }
}

function labelled(text: string) {
  return {
    '@odata.type': 'Microsoft.Dynamics.CRM.Label',
    LocalizedLabels: [{ '@odata.type': 'Microsoft.Dynamics.CRM.LocalizedLabel', Label: text, LanguageCode: English }],
  }
}

/** The same definition with its labels in another language: where that is not the environment's own, Dataverse refuses them. */
export function inLanguage(definition: Readonly<Record<string, unknown>>, language: number): object {
  return JSON.parse(JSON.stringify(definition), (key, value: unknown) => (key === 'LanguageCode' ? language : value))
}
