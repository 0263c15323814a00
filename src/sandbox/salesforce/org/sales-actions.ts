import { toFullId } from './ids.ts'
import type { Instance } from './instance.ts'
import { toDatetime } from './instants.ts'
import type { Refused } from './org.ts'
import { bin, tasksOf } from './removal.ts'
import type { Row } from './tables.ts'

/** Merges the loser into the master, which keeps its own values and gets the loser's Tasks. */
export function mergeRows(
  instance: Instance,
  objectName: string,
  masterId: string,
  loserId: string,
): { readonly masterId: string } | Refused {
  const object = instance.schema.object(objectName)
  if (object === undefined || !object.fields.some((field) => field.name === 'MasterRecordId')) {
    return { error: `${objectName} records can't be merged; Lead, Contact and Account can.` }
  }
  const master = live(instance, object.name, masterId)
  const loser = live(instance, object.name, loserId)
  if (master === null || loser === null || master.Id === loser.Id) {
    return { error: `A merge needs two different ${object.name} records that exist; got ${masterId} and ${loserId}.` }
  }
  const at = toDatetime(instance.now())
  bin(instance, object, loser, { MasterRecordId: master.Id })
  instance.tables.put(object.name, { ...master, LastModifiedDate: at, SystemModstamp: at })
  for (const task of tasksOf(instance, loser.Id)) instance.tables.put('Task', { ...task, WhoId: master.Id, SystemModstamp: at })
  return { masterId: master.Id }
}

/** Deletes a record and empties the recycle bin of it. */
export function purgeRow(instance: Instance, objectName: string, id: string): { readonly purged: string } | Refused {
  const object = instance.schema.object(objectName)
  const fullId = toFullId(id) ?? id
  if (object === undefined || instance.tables.find(object.name, fullId) === undefined) {
    return { error: `There is no ${objectName} ${id} to purge.` }
  }
  for (const task of tasksOf(instance, fullId)) instance.tables.erase('Task', task.Id)
  instance.tables.erase(object.name, fullId)
  return { purged: fullId }
}

/** As an admin does when somebody leaves; what the user owns stays theirs. */
export function disableUser(instance: Instance, userId: string, disabled: boolean): { readonly userId: string } | Refused {
  const user = live(instance, 'User', userId)
  if (user === null) return { error: `There is no user ${userId}.` }
  const at = toDatetime(instance.now())
  instance.tables.put('User', { ...user, IsActive: !disabled, LastModifiedDate: at, SystemModstamp: at })
  return { userId: user.Id }
}

function live(instance: Instance, object: string, id: string): Row | null {
  const row = instance.tables.find(object, toFullId(id) ?? id)
  return row === undefined || row.IsDeleted === true ? null : row
}
