import { Liquid } from 'liquidjs'
import { instant } from './instant.ts'
import { type LeadScope, pathFault } from './lead-paths.ts'
import { nearMatches } from './near-matches.ts'

export interface Template {
  /** Rendered and trimmed; blank means that there is nothing to write. Throws when a limit is passed or a filter fails. */
  render(scope: LeadScope): string
}

/** They read other templates: there is no file system here, and `layout` without one fails at the first lead instead of at the start. */
const FileTags = ['include', 'render', 'layout', 'block']
/** They evaluate a text as an expression; a text may be what a stranger typed into the marketplace's form. */
const ExpressionFilters = ['where_exp', 'reject_exp', 'group_by_exp', 'has_exp', 'find_exp', 'find_index_exp']
const RandomFilters = ['sample']
const DateFilters = ['date', 'date_to_xmlschema', 'date_to_rfc822', 'date_to_string', 'date_to_long_string']
/**
 * Characters and list items in one rendering: a loop over a range that a lead names must end soon. Counted and not timed, so that it is the same
 * on every machine. Several times what fits into a CRM's longest field.
 */
const MemoryLimit = 300_000

export type TemplateEngine = (source: string) => Template

/**
 * Compiles Liquid; the function that it returns throws an Error whose message is a sentence: unknown filter, tag or path, or bad syntax.
 * `further`: what the scope will have besides the lead's own paths.
 */
export function createTemplateEngine(further: readonly string[] = []): TemplateEngine {
  const liquid = new Liquid({
    strictFilters: true,
    ownPropertyOnly: true,
    templates: {},
    timezoneOffset: 0,
    locale: 'en-US',
    memoryLimit: MemoryLimit,
  })
  for (const tag of FileTags) delete liquid.tags[tag]
  for (const filter of [...ExpressionFilters, ...RandomFilters]) liquid.unregisterFilter(filter)
  for (const filter of DateFilters) readNoClock(liquid, filter)
  return (source) => compile(liquid, source, further)
}

/** Liquid's date filters take `now` and `today` from the clock and zone-less times in the machine's zone: the same lead must always give the same text. */
function readNoClock(liquid: Liquid, name: string): void {
  const original = liquid.filters[name]
  if (typeof original !== 'function') return
  liquid.registerFilter(name, function (value: unknown, ...args: unknown[]) {
    const ms = typeof value === 'string' || typeof value === 'number' ? instant(value) : undefined
    return ms === undefined ? value : original.call(this, new Date(ms).toISOString(), ...args)
  })
}

function compile(liquid: Liquid, source: string, further: readonly string[]): Template {
  const templates = parse(liquid, source)
  for (const segments of liquid.globalVariableSegmentsSync(templates, { partials: false })) {
    const fault = variableFault(segments, further)
    if (fault) throw new Error(fault)
  }
  return {
    render: (scope) => String(liquid.renderSync(templates, { ...scope })).trim(),
  }
}

function parse(liquid: Liquid, source: string): ReturnType<Liquid['parse']> {
  try {
    return liquid.parse(source)
  } catch (error) {
    throw new Error(`The template cannot be read: ${said(error)}.${filterAdvice(liquid, said(error))}`, { cause: error })
  }
}

/** Only the first line: the rest of a Liquid message draws the template. */
function said(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1).join()
}

function filterAdvice(liquid: Liquid, message: string): string {
  const unknown = /undefined filter: (\w+)/.exec(message)?.[1]
  const near = unknown === undefined ? [] : nearMatches(unknown, Object.keys(liquid.filters))
  return near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : ''
}

/** A template may ask a value for more (`tags.size`, `tags[0]`), and may index by what it computes; only what names the lead's own parts is checked. */
function variableFault(segments: readonly unknown[], further: readonly string[]): string | null {
  const [root, part] = segments
  if (typeof root !== 'string') return null
  if (further.includes(root)) return null
  const single = pathFault([root], further)
  if (single === null || part === undefined) return single
  return typeof part === 'string' ? pathFault([root, part], further) : null
}
