import { parseArgs } from 'node:util'
import { readInstallation } from '../../config/installation.ts'
import { strongAlias, type TimelineKeep } from '../../store/strong-suppression.ts'
import { type OpenStore, withStore } from '../open-store.ts'
import { DefaultConfigDir, readConfig } from '../read-config.ts'
import { Usages } from '../usages.ts'
import { WrongUse } from '../wrong-use.ts'
import { add, type ChangeAsked, remove } from './change.ts'
import { exportTo } from './export.ts'
import { importExport, importList } from './import.ts'
import { showAll, showWhy } from './show.ts'

const Channels = ['any', 'email', 'phone'] as const
type Options = ReturnType<typeof readArguments>['values']

/** Who must not be contacted: say it, take it back, ask why. Exit code 1 when nothing was there to take back, or lines could not be read. */
export async function dnc(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args)
  const [verb, about, ...more] = values.export === undefined ? positionals : [...positionals, values.export]
  const run = commandOf(verb)
  if (!run || more.length > 0 || (verb === 'list') !== (about === undefined)) throw new WrongUse(Usages.dnc)
  if (values.export !== undefined && verb !== 'import') throw new WrongUse(Usages.dnc)
  const config = readConfig(values.config)
  const installation = await readInstallation(config.leadsync.dataDir)
  if (installation === null) {
    process.stderr.write(`There is no installation in ${config.leadsync.dataDir}: start the daemon with leadsync start.\n`)
    return 1
  }
  const asked = {
    about: about ?? '',
    secret: installation.secret,
    dataDir: config.leadsync.dataDir,
    options: values,
    channel: channelOf(values.channel),
    keep: config.leadsync.retention,
  }
  return await withStore(config, 'dnc', (store) => run(store, asked))
}

function readArguments(args: string[]) {
  return parseArgs({
    args,
    allowPositionals: true,
    options: {
      config: { type: 'string', default: DefaultConfigDir },
      channel: { type: 'string' },
      offer: { type: 'string' },
      reason: { type: 'string' },
      column: { type: 'string' },
      export: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
}

interface Asked {
  readonly about: string
  readonly secret: string
  readonly dataDir: string
  readonly options: Options
  readonly channel: (typeof Channels)[number] | null
  readonly keep: TimelineKeep
}

type Command = (store: OpenStore, asked: Asked) => Promise<number>

function commandOf(verb: string | undefined): Command | null {
  switch (verb) {
    case 'add':
      return (store, asked) => add(store, changeOf(asked))
    case 'remove':
      return (store, asked) => remove(store, changeOf(asked))
    case 'why':
      return why
    case 'list':
      return list
    case 'import':
      return importFile
    case 'export':
      return exportFile
    default:
      return null
  }
}

function changeOf(asked: Asked): ChangeAsked {
  const { about, secret, dataDir, options, channel, keep } = asked
  const told = { channel, offer: offerOf(options), reason: reasonOf(options), json: options.json }
  return { text: about, alias: aliasOf(asked), secret, dataDir, keep, ...told }
}

async function why({ scripts }: OpenStore, asked: Asked): Promise<number> {
  await showWhy(scripts, { text: asked.about, alias: aliasOf(asked), secret: asked.secret }, asked.options.json)
  return 0
}

async function list({ scripts }: OpenStore, { options }: Asked): Promise<number> {
  await showAll(scripts, options)
  return 0
}

async function importFile(store: OpenStore, { about, secret, dataDir, options, channel, keep }: Asked): Promise<number> {
  const run = options.export === undefined ? importList : importExport
  return await run(store, about, {
    column: options.column ?? null,
    // Who left a mailing list said nothing about the phone.
    channel: channel ?? 'email',
    offer: offerOf(options) ?? '*',
    reason: reasonOf(options) || null,
    dryRun: options['dry-run'],
    json: options.json,
    secret,
    dataDir,
    keep,
  })
}

function exportFile(store: OpenStore, { about, secret, options }: Asked): Promise<number> {
  return exportTo(about, store, secret, options.json)
}

function aliasOf({ about, secret }: Asked): string {
  const alias = strongAlias(about, secret)
  // The text itself may be a person's: it is not repeated.
  if (alias === null)
    throw new WrongUse(
      "that is neither an e-mail address nor a phone number with its country code, like '+1 617 555 0123' (in quotes)",
    )
  return alias
}

function channelOf(text: string | undefined): Asked['channel'] {
  const channel = Channels.find((one) => one === text)
  if (text !== undefined && channel === undefined) throw new WrongUse('--channel is email, phone or any')
  return channel ?? null
}

/** In the form in which leads are compared; null: about whatever offer. */
function offerOf({ offer }: Options): string | null {
  if (offer === undefined) return null
  const name = offer.trim().toLowerCase()
  if (name === '' || name === '*')
    throw new WrongUse('--offer is PUBLISHER.OFFER, as leadsync lead shows it; leave it out for every offer')
  return name
}

/** It gets into the CRM's records and onto terminals. */
function reasonOf({ reason = '' }: Options): string {
  return reason.replace(/\p{Cc}+/gu, ' ').trim()
}
