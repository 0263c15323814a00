/** An address below the Web API, taken apart. */
export interface Address {
  /** `9.2` */
  readonly version: string
  /** `/api/data/v9.2` */
  readonly root: string
  /** After the version, still encoded, no slash in front. */
  readonly path: string
  /** Still encoded, no question mark. */
  readonly query: string
}

/** Reads a path, or an absolute address whose host doesn't matter. Null: not below `/api/data/v…`. */
export function readAddress(target: string): Address | null {
  const found = /^(?:https?:\/\/[^/]+)?(\/api\/data\/v(\d+\.\d+))(?:\/([^?#]*))?(?:\?([^#]*))?/i.exec(target)
  const [, root, version, path = '', query = ''] = found ?? []
  return root === undefined || version === undefined ? null : { version, root, path, query }
}
