import { NoFollowUpTag } from '../follow-ups/no-follow-up.ts'
import { Channel, hasIdentity, type Lead } from '../lead.ts'
import { isMarkedAsTest, type LeadContext, tagsOf } from './context.ts'
import { readCampaign } from './description.ts'
import { FieldReader, type LeadProblem } from './fields.ts'
import { isJsonObject, type JsonObject, MostLevels, tooDeep } from './keys.ts'
import { withOwn } from './offer.ts'
import { notesWith, readPerson } from './person.ts'
import { canonicalAction, canonicalSource } from './source.ts'
import { stageOf } from './stage.ts'
import { cleanId, cleanLine, cleanText } from './text.ts'
import { notAfter } from './time.ts'

export type NormalizedLead =
  | { readonly ok: true; readonly lead: Lead }
  | { readonly ok: false; readonly errors: readonly LeadProblem[] }

const LongestId = 256

/**
 * A lead in our own schema, from the API or from any producer of queue jobs. It needs `v` and one of e-mail, phone, name, company; `null`
 * is taken for absent, what is absent is filled in, keys that are not ours are ignored. A normalized lead comes out as it went in.
 */
export function normalizeLead(input: unknown, context: LeadContext): NormalizedLead {
  if (!isJsonObject(input)) return failed('', 'The lead must be a JSON object.')
  if (tooDeep(input)) return failed('', `The lead nests deeper than ${MostLevels} levels.`)
  const fields = new FieldReader(input, '')
  if (input.v !== 1) fields.problem('v', 'must be 1, the version of the lead schema')
  const lead = read(fields, input, context)
  return fields.problems.length > 0 ? { ok: false, errors: fields.problems } : { ok: true, lead }
}

function read(fields: FieldReader, input: JsonObject, context: LeadContext): Lead {
  const { person, unreadEmail } = readPersonIn(fields)
  const receivedAt = notAfter(fields.time('receivedAt')?.at ?? context.receivedAt, context.receivedAt)
  const occurred = fields.time('occurredAt')
  const sourceGiven = cleanLine(fields.text('source'))
  const sourceRaw = cleanLine(fields.text('sourceRaw')) ?? sourceGiven
  const source = canonicalSource(sourceGiven ?? sourceRaw)
  const action = canonicalAction(cleanLine(fields.text('action')))
  const id = cleanId(fields.text('id')) ?? context.id
  if (id.length > LongestId) fields.problem('id', `must have at most ${LongestId} characters`)
  return {
    v: 1,
    id,
    channel: fields.oneOf('channel', Channel.options) ?? context.channel,
    externalId: cleanId(fields.text('externalId')),
    receivedAt,
    occurredAt: notAfter(occurred?.at ?? receivedAt, receivedAt),
    occurredPrecision: fields.oneOf('occurredPrecision', ['exact', 'day']) ?? occurred?.precision ?? 'exact',
    source,
    sourceRaw,
    action,
    stage: cleanLine(fields.text('stage')) ?? stageOf(source, action, context.stages),
    offer: readOfferIn(fields, context),
    person,
    notes: notesWith(cleanText(fields.text('notes')), unreadEmail),
    campaign: readCampaign(fields.object('campaign') ?? {}),
    test: fields.flag('test') ?? isMarkedAsTest(input),
    tags: tagsOf([...fields.texts('tags').flatMap((tag) => cleanLine(tag) ?? []), ...noFollowUpIn(fields)], context),
    raw: input.raw ?? input,
  }
}

function readPersonIn(fields: FieldReader) {
  const inner = fields.inside('person')
  const read = readPerson({
    email: inner.text('email'),
    phone: inner.text('phone'),
    phoneRaw: inner.text('phoneRaw'),
    firstName: inner.text('firstName'),
    lastName: inner.text('lastName'),
    company: inner.text('company'),
    jobTitle: inner.text('jobTitle'),
    country: inner.text('country'),
    countryRaw: inner.text('countryRaw'),
  })
  if (hasIdentity(read.person) || fields.problems.some(({ path }) => path.startsWith('person'))) return read
  if (read.unreadEmail !== null) inner.problem('email', 'can not be read as an address, and there is no phone, name or company')
  else fields.problem('person', 'needs one of email, phone, firstName, lastName, company')
  return read
}

/** Senders may say it as a flag; the lead carries it as a tag, as everything else by which leads are told apart. */
function noFollowUpIn(fields: FieldReader): readonly string[] {
  return fields.flag('noFollowUp') === true ? [NoFollowUpTag] : []
}

function readOfferIn(fields: FieldReader, context: LeadContext): Lead['offer'] {
  const inner = fields.inside('offer')
  const offer = {
    publisherId: cleanLine(inner.text('publisherId')),
    offerId: cleanLine(inner.text('offerId')),
    title: cleanLine(inner.text('title')),
    productId: cleanLine(inner.text('productId')),
  }
  return withOwn(offer, context.offer)
}

function failed(path: string, message: string): NormalizedLead {
  return { ok: false, errors: [{ path, message }] }
}
