import type { TableDefinition } from './catalog/table-definition.ts'
import { activateKey } from './define-key.ts'
import { guidOf } from './guid.ts'
import type { Instance, Rules } from './instance.ts'
import { findByKey } from './keys.ts'
import { messagesIn } from './messages.ts'
import { createMetadata } from './metadata.ts'
import type { Org, OrgOptions, OrgRecord } from './org.ts'
import { toOrgTable } from './org-table.ts'
import { checkPrivilege, listPrivileges } from './privileges.ts'
import { failed, isProblem, problem } from './problem.ts'
import { createRecordStore } from './record-store.ts'
import { removeRow } from './removal.ts'
import { createRowFaults } from './row-faults.ts'
import { disableUser, disqualifyLead, mergeRows, qualifyLead, reopenLead } from './sales-actions.ts'
import { loadState, saveState } from './saved-state.ts'
import { createSchema } from './schema.ts'
import { applicationUserId, businessUnitId, seedRows, seedSchema } from './seeds.ts'
import { createRow, etagOf, upsertRow } from './writes.ts'

const lost = 4

/** An org with its users and columns, and no sales records. */
export function createOrg(options: OrgOptions): Org {
  const instance = createInstance(options)
  const { schema, store, say } = instance
  const changed = options.changed ?? (() => {})
  seedSchema(instance, options)
  seedRows(instance, options)

  function noted<T>(outcome: T): T {
    changed()
    return outcome
  }

  function unknownSet(entitySet: string) {
    return problem(404, '0x80060888', say.unknownSegment(entitySet))
  }

  return {
    organizationId: options.organizationId ?? guidOf('organization'),
    businessUnitId,
    metadata: createMetadata(instance, changed),
    table(entitySet) {
      const table = schema.bySet(entitySet)
      return table === undefined ? null : toOrgTable(instance, table)
    },
    whoAmI(appId) {
      const userId = applicationUserId(appId)
      const user = store.find('systemuser', userId)
      if (user === undefined || user.isdisabled === true) return problem(403, '0x80072560', say.notAMember())
      return { userId }
    },
    readRefusal(entitySet) {
      const table = schema.bySet(entitySet)
      if (table === undefined) return unknownSet(entitySet)
      return checkPrivilege(instance, table, 'Read', applicationUserId(options.applicationIds[0] ?? ''))
    },
    find(entitySet, key) {
      const table = schema.bySet(entitySet)
      if (table === undefined) return unknownSet(entitySet)
      const found = findByKey(instance, table, key)
      return isProblem(found) ? found : { id: found.id }
    },
    create(entitySet, values, write) {
      const table = schema.bySet(entitySet)
      return table === undefined ? failed(unknownSet(entitySet)) : noted(createRow(instance, table, values, write))
    },
    upsert(entitySet, key, values, write) {
      const table = schema.bySet(entitySet)
      return table === undefined ? failed(unknownSet(entitySet)) : noted(upsertRow(instance, table, key, values, write))
    },
    remove(entitySet, key, { ifMatch, userId }) {
      const table = schema.bySet(entitySet)
      return table === undefined ? unknownSet(entitySet) : noted(removeRow(instance, table, key, ifMatch, userId))
    },
    etag(entitySet, id) {
      const table = schema.bySet(entitySet)
      const row = table === undefined ? undefined : store.find(table.logicalName, id.toLowerCase())
      return row === undefined ? null : etagOf(row)
    },
    privileges(userId) {
      const user = store.find('systemuser', userId.toLowerCase())
      if (user === undefined) return problem(404, '0x80040217', say.noSuchRow('systemuser', userId))
      return { RolePrivileges: listPrivileges(instance) }
    },
    atomically: (work) => noted(store.atomically(work)),
    merge: (entitySet, masterId, loserId) => noted(mergeRows(instance, entitySet, masterId, loserId)),
    qualify: (leadId, contactId) => noted(qualifyLead(instance, leadId, contactId)),
    disqualify: (leadId, statusCode) => noted(disqualifyLead(instance, leadId, statusCode ?? lost)),
    reopen: (leadId) => noted(reopenLead(instance, leadId)),
    setUserDisabled: (userId, disabled) => noted(disableUser(instance, userId, disabled)),
    activateKeys() {
      const pending = schema.keys().filter((key) => key.status === 'Pending')
      return noted(pending.filter((key) => activateKey(instance, key)).length)
    },
    armRowFaults(faults) {
      if (faults.length === 0) instance.faults.clear()
      instance.faults.add(faults)
      return instance.faults.left()
    },
    allRecords: () => salesTables(instance).flatMap((table) => records(instance, table)),
    reset() {
      for (const { logicalName } of salesTables(instance)) store.clear(logicalName)
      instance.faults.clear()
      changed()
    },
    state: () => saveState(instance),
    restore(state) {
      loadState(instance, state)
      seedRows(instance, options)
    },
  }
}

function createInstance(options: OrgOptions): Instance {
  const schema = createSchema(options.maxLengths)
  return {
    schema,
    store: createRecordStore(schema),
    faults: createRowFaults(),
    say: messagesIn(options.language ?? 'en'),
    rules: toRules(options),
    now: options.now,
    businessUnitId,
  }
}

function toRules(options: OrgOptions): Rules {
  const duplicates = options.duplicateDetection ?? { status: 412 }
  const unreadable = options.metadataForbidden === true ? ['prvReadEntity', 'prvReadAttribute'] : []
  return {
    closedLeads: options.closedLeads ?? 'accept',
    duplicateStatus: duplicates === 'off' ? null : duplicates.status,
    missingPrivileges: new Set([...(options.missingPrivileges ?? []), ...unreadable]),
    securedColumns: new Set(options.securedColumns),
    keyIndex: options.keyIndex ?? 'at-once',
    plugIn: options.plugIn ?? null,
  }
}

function salesTables({ schema }: Instance): TableDefinition[] {
  return schema.tables().filter((table) => table.sales)
}

/** Not those that were merged into another: they stay as rows, but nobody works with them any more. */
function records({ store }: Instance, table: TableDefinition): OrgRecord[] {
  const rows = [...store.rows(table.logicalName)].filter(({ merged }) => merged !== true)
  return rows.map((row) => ({ object: table.logicalName, id: String(row[table.primaryId]), fields: row }))
}
