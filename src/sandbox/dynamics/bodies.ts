import { refusal } from './answers.ts'
import type { Call } from './instance.ts'
import type { RowValues } from './org/org.ts'

/** Reads the JSON object of a write. Throws 400 0x80048d19, as the deserializer does, for another content type and for no object. */
export function readBody({ headers, body }: Call, entity: string): RowValues {
  const type = headers['content-type'] ?? ''
  if (!/^application\/json\b/i.test(type)) {
    const reason = `A supported MIME type could not be found that matches the content type of the request. None of the supported type(s) 'application/json' matches the content type '${type}'.`
    throw badPayload(entity, `Microsoft.OData.ODataContentTypeException: ${reason}`)
  }
  const value = parseJson(body)
  if (!isObject(value)) {
    throw badPayload(
      entity,
      'Microsoft.OData.ODataException: Invalid JSON. An unexpected node was found where an object was expected.',
    )
  }
  return value
}

export function isObject(value: unknown): value is RowValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function badPayload(entity: string, inner: string) {
  const help = 'For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293'
  return refusal(
    400,
    '0x80048d19',
    `Error identified in Payload provided by the user for Entity :'${entity}', ${help}  ---->  InnerException : ${inner}`,
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
