import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { connectors } from '../../connectors/registry.ts'
import { configSchemas, schemaText } from '../config/schemas.ts'
import { WrongUse } from './wrong-use.ts'

/** `schema lead|leadsync|crm` prints one JSON Schema; `schema --write` renews those in `config/schema/`. */
export async function schema(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { write: { type: 'boolean' } } })
  const schemas = Object.entries(configSchemas(connectors))
  if (values.write) {
    const folder = new URL('../../config/schema/', import.meta.url)
    await Promise.all(schemas.map(([name, one]) => writeFile(new URL(`${name}.schema.json`, folder), schemaText(one))))
    return 0
  }
  const wanted = schemas.find(([name]) => name === positionals[0])
  if (!wanted) throw new WrongUse(`name one of ${schemas.map(([name]) => name).join(', ')}`)
  process.stdout.write(schemaText(wanted[1]))
  return 0
}
