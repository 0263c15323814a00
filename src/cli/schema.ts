import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { connectors } from '../../connectors/registry.ts'
import { configurationReference } from '../config/reference.ts'
import { configSchemas, schemaText } from '../config/schemas.ts'
import { errorReference } from './error-reference.ts'
import { WrongUse } from './wrong-use.ts'

/** `schema lead|leadsync|crm` prints one JSON Schema; `schema --write` renews those in `config/schema/`, `docs/configuration.md` and `docs/errors.md`. */
export async function schema(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { write: { type: 'boolean' } } })
  const schemas = Object.entries(configSchemas(connectors))
  if (values.write) {
    const folder = new URL('../../config/schema/', import.meta.url)
    await Promise.all(schemas.map(([name, one]) => writeFile(new URL(`${name}.schema.json`, folder), schemaText(one))))
    await writeFile(new URL('../../docs/configuration.md', import.meta.url), await reference())
    await writeFile(new URL('../../docs/errors.md', import.meta.url), errorReference())
    return 0
  }
  const wanted = schemas.find(([name]) => name === positionals[0])
  if (!wanted) throw new WrongUse(`name one of ${schemas.map(([name]) => name).join(', ')}`)
  process.stdout.write(schemaText(wanted[1]))
  return 0
}

/** What `docs/configuration.md` holds when it is current. */
export async function reference(): Promise<string> {
  const names = ['leadsync.yaml', ...Object.keys(connectors).map((connector) => `crm/${connector}.yaml`)]
  const texts = await Promise.all(names.map((name) => readFile(new URL(`../../config/${name}`, import.meta.url), 'utf8')))
  return configurationReference(
    connectors,
    names.map((name, index) => ({ name, text: texts[index] ?? '' })),
  )
}
