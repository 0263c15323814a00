import type { QueryableObject } from '../soql/org.ts'
import { createAccess } from './access.ts'
import type { ObjectDefinition } from './catalog/object-definition.ts'
import { convertLead } from './conversion.ts'
import { addCustomField } from './custom-field.ts'
import { describeObject } from './describe.ts'
import { toFullId } from './ids.ts'
import type { Instance } from './instance.ts'
import { messagesIn } from './messages.ts'
import type { Org, OrgOptions, OrgRecord } from './org.ts'
import { failed, problem } from './problem.ts'
import { readRow } from './reading.ts'
import { removeRow } from './removal.ts'
import { createRowFaults } from './row-faults.ts'
import { disableUser, mergeRows, purgeRow } from './sales-actions.ts'
import { loadState, saveState } from './saved-state.ts'
import { createSchema } from './schema.ts'
import { seedMissingUsers, seedOrg } from './seeds.ts'
import { createTables, type Row } from './tables.ts'
import { findKeyField, idsByKey, upsertRow } from './upserts.ts'
import { createRow, updateRow } from './writes.ts'

const salesObjects = ['Lead', 'Contact', 'Account', 'Task']

/** An org with its users, queues and fields, and no records. Throws on an `organizationId` that is none. */
export function createOrg(options: OrgOptions): Org {
  const schema = createSchema(options.stateAndCountryPicklists ?? false)
  const tables = createTables(schema)
  const { organizationId, assignmentQueueId } = seedOrg(schema, tables, options)
  const instance = createInstance(options, schema, tables, assignmentQueueId)
  const changed = options.changed ?? (() => {})

  /** Runs an action on a known object and tells the record file. */
  function on<T>(name: string, act: (object: ObjectDefinition) => T) {
    const object = schema.object(name)
    if (object === undefined) return failed(problem('INVALID_TYPE', instance.say.unknownObject(name)))
    return noted(act(object))
  }

  function noted<T>(outcome: T): T {
    changed()
    return outcome
  }

  return {
    organizationId,
    now: options.now,
    object: (name) => queryable(instance, name),
    attributes: (type, object, row) => ({ type, url: `/services/data/v68.0/sobjects/${object}/${String(row.Id)}` }),
    describe(name) {
      const object = schema.object(name)
      return object === undefined ? null : describeObject(instance, object)
    },
    objects: () => schema.list().map(({ name, label, labelPlural, keyPrefix }) => ({ name, label, labelPlural, keyPrefix })),
    userIdOf: (username) => tables.holders('User', 'Username', username).find((row) => row.IsActive === true)?.Id ?? null,
    create: (name, values, write) => on(name, (object) => createRow(instance, object, values, write)),
    update: (name, id, values, write) => on(name, (object) => updateRow(instance, object, id, values, write)),
    upsert: (name, field, values, write) => on(name, (object) => upsertRow(instance, object, field, values, write)),
    remove: (name, id) => on(name, (object) => removeRow(instance, object, id)),
    read(name, id) {
      const object = schema.object(name)
      return object === undefined ? null : readRow(instance, object, id)
    },
    presence(name, id) {
      const object = schema.object(name)
      const row = object === undefined ? undefined : tables.find(object.name, toFullId(id) ?? id)
      if (object === undefined || row === undefined || !instance.access.sees(object.name, row)) return 'absent'
      return row.IsDeleted === true ? 'deleted' : 'live'
    },
    lookUp(name, fieldName, value) {
      const object = schema.object(name)
      const field = object === undefined ? null : findKeyField(instance, object, fieldName)
      return object === undefined || field === null ? null : idsByKey(instance, object, field, value)
    },
    addCustomField: (fullName, metadata) => noted(addCustomField(instance, fullName, metadata)),
    atomically: (work) => noted(tables.atomically(work)),
    convert: (leadId, contactId) => noted(convertLead(instance, leadId, contactId)),
    merge: (object, masterId, loserId) => noted(mergeRows(instance, object, masterId, loserId)),
    purge: (object, id) => noted(purgeRow(instance, object, id)),
    setUserDisabled: (userId, disabled) => noted(disableUser(instance, userId, disabled)),
    armRowFaults(faults) {
      if (faults.length === 0) instance.faults.clear()
      instance.faults.add(faults)
      return instance.faults.left()
    },
    allRecords: () => salesObjects.flatMap((object) => records(instance, object)),
    reset() {
      for (const object of salesObjects) tables.clear(object)
      instance.faults.clear()
      changed()
    },
    state: () => saveState(instance),
    restore(state) {
      loadState(instance, state)
      seedMissingUsers(schema, tables, options)
    },
  }
}

function createInstance(
  options: OrgOptions,
  schema: Instance['schema'],
  tables: Instance['tables'],
  assignmentQueueId: string,
): Instance {
  const duplicates = options.duplicateRules ?? 'off'
  const modes = typeof duplicates === 'string' ? { Lead: duplicates, Contact: duplicates } : duplicates
  const userIds = (): string[] =>
    options.usernames.flatMap((name) => tables.holders('User', 'Username', name).map((row) => row.Id))
  return {
    schema,
    tables,
    access: createAccess(tables, userIds, options.hiddenFields ?? []),
    faults: createRowFaults(),
    say: messagesIn(options.language ?? 'en'),
    now: options.now,
    rules: {
      countryCodes: options.stateAndCountryPicklists ?? false,
      duplicates: { Lead: modes.Lead ?? 'off', Contact: modes.Contact ?? 'off' },
      assignmentQueueId: options.assignmentRule === true ? assignmentQueueId : null,
      validationRule: options.validationRule ?? null,
      taskExternalId: options.taskExternalId ?? true,
    },
  }
}

function queryable(instance: Instance, name: string): QueryableObject | null {
  const object = instance.schema.object(name)
  if (object === undefined) return null
  return {
    name: object.name,
    fields: object.fields.filter((field) => instance.access.readable(object, field)),
    rows: () => visibleRows(instance, object.name),
  }
}

function* visibleRows({ access, tables }: Instance, object: string): Iterable<Row> {
  for (const row of tables.rows(object)) if (access.sees(object, row)) yield row
}

function records({ tables }: Instance, object: string): OrgRecord[] {
  const live = [...tables.rows(object)].filter((row) => row.IsDeleted !== true)
  return live.map((row) => ({ object: object.toLowerCase(), id: row.Id, fields: row }))
}
