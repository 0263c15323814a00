export interface CatalogField {
  readonly name: string
  /** The CRM's own word for the type. */
  readonly type: string
  readonly writable: boolean
  readonly unique: boolean
  /** Most characters of a text; null or absent where the CRM does not say. */
  readonly length?: number | null
  /** Allowed internal values, or null when anything goes. */
  readonly options: readonly string[] | null
}

/** What the org looks like. `null` where the credential may not read it: then nothing is assumed and the CRM itself answers. */
export interface Catalog {
  /** Portal id or organization id: the org that this CRM is bound to at the first success. */
  readonly org: string | null
  readonly objects: Readonly<Record<string, readonly CatalogField[] | null>>
}
