/** How each command is called: printed by `COMMAND --help`, and by wrong use where no better sentence is at hand. `--config DIR` goes with all. */
export const Usages = {
  start: 'leadsync start [--role all|intake|worker|admin] [--strict] [--accept-empty-redis]',
  check: 'leadsync check [--live] [--json]',
  plan: 'leadsync plan FILE|- [--crm NAME] [--token NAME] [--show-personal-data] [--json]',
  redeliver: 'leadsync redeliver --crm NAME --since T --until T [--offer OFFER] [--follow-ups] [--dry-run] [--json]',
  status: 'leadsync status [--audit [--mend]] [--json]',
  lead: 'leadsync lead EMAIL|PHONE|LEADID|CONTACTID [--show-personal-data] | --possible-duplicates  [--json]',
  'dead-letters':
    'leadsync dead-letters list [--limit N] | show ID [--no-plan] [--show-personal-data] | replay ID|--all | discard ID|--all --yes  ' +
    '[--crm NAME] [--code CODE] [--offer OFFER] [--older-than 2d] [--newer-than 4h] [--json]',
  quarantine:
    'leadsync quarantine list [--kind held|quarantined] | show ID [--show-personal-data] | replay ID | discard ID --yes; ' +
    'instead of ID: --all --kind held|quarantined  [--json]',
  dnc:
    'leadsync dnc add|remove EMAIL|PHONE [--channel email|phone|any] [--offer PUBLISHER.OFFER] [--reason TEXT] | why EMAIL|PHONE | list [--all] | ' +
    'import FILE.csv [--column NAME] [--channel …] [--reason TEXT] [--dry-run] | import --export FILE | export FILE  [--json]',
  forget: 'leadsync forget EMAIL [--dry-run] [--json]',
  rebuild: 'leadsync rebuild [--yes] [--without CRM …] [--journal DIR …] [--json]',
  replay:
    'leadsync replay --journal FROM..TO [--dir DIR] [--json]   FROM and TO: days (2026-11-01) or times (2026-11-01T08:00:00Z), UTC',
  provision: 'leadsync provision CRM [--yes] [--json]',
  crm: 'leadsync crm list | rebind NAME --yes [--keep-records] [--force] | rename OLD NEW --yes [--merge] [--force]  [--json]',
  schema: 'leadsync schema [NAME] | --write',
  sandbox: 'leadsync sandbox [CRM …] [--CRM-port PORT …] [--data DIR] [--latency MS] [--json]',
  demo: 'leadsync demo [--once]',
} as const

export type CommandName = keyof typeof Usages
