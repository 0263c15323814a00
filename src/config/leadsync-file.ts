import { z } from 'zod'
import { DefaultStageOrder, DefaultStages } from '../core/index.ts'
import { AlertsSetting } from './alerts-file.ts'
import { FollowUpsSetting } from './follow-ups-file.ts'
import { isLoopbackHost } from './loopback.ts'
import { DomainSetting, QualificationSetting } from './qualification-file.ts'

const Port = z.int().min(0).max(65_535)
const Days = z.int().min(1).max(36_500)
const Percent = z.number().min(10).max(100)
const Host = z.string().min(1)
const Name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'must begin with a letter or digit and hold at most 63 of letters, digits and - . _',
  )

/** A part of the marketplace URL, so no character that a proxy or form might decode or encode; Fastify refuses parameters over 100. */
const UrlToken = z
  .string()
  .regex(/^[A-Za-z0-9._~-]{0,100}$/, 'may hold at most 100 letters, digits and - . _ ~ because it stands in a URL')

const BearerToken = z
  .string()
  .regex(
    /^[\x21-\x7e]{0,512}$/,
    'may hold at most 512 visible ASCII characters without spaces because it stands in an HTTP header',
  )

/** HTTP's basic login puts a colon behind it. */
const Username = z.string().regex(/^[^:]+$/, 'must be text without a colon')

const OfferSetting = z.union([
  z.string().regex(/^[^.\s]+\.\S+$/, 'must be `publisher.offer`, e.g. contoso.contoso-analytics'),
  z.strictObject({ publisherId: z.string().min(1), offerId: z.string().min(1) }),
])

const IntakeTokenSetting = z.strictObject({
  name: Name.describe('Shown in `status` and on each lead as the tag token:NAME.'),
  value: UrlToken.describe('The secret part of the URL. Empty: this entry is left out.'),
  tags: z.array(z.string().min(1)).default([]).describe('Put on every lead that comes in by this token.'),
  offer: OfferSetting.optional().describe('For leads that do not say for which offer they are: publisher.offer'),
})

const ApiTokenSetting = z.strictObject({
  name: Name.describe('Shown in `status` and on each lead as the tag token:NAME.'),
  value: BearerToken.describe('The bearer token. Empty: this entry is left out.'),
})

const StageSetting = z
  .strictObject({
    source: z.string().min(1).optional().describe('Absent: any source.'),
    action: z.string().min(1).optional().describe('Absent: any action.'),
    stage: z.string().min(1).nullable().describe('null: no stage.'),
  })
  .describe('The first rule that fits a lead gives its stage.')

/** The keys of `leadsync.yaml`. Units stand in the keys' names; strict, because a mistyped key would silently mean its default. */
export const LeadsyncFile = z.strictObject({
  $schema: z.string().optional(),
  dataDir: z
    .string()
    .min(1)
    .default('.leadsync')
    .describe('Journal, installation id and the embedded Redis. Relative to the working directory.'),
  intake: z
    .strictObject({
      host: Host.default('127.0.0.1').describe('Address to listen on.'),
      port: Port.default(8080).describe('0: any free port.'),
      tokens: z.array(IntakeTokenSetting).default([]).describe('For POST /intake/marketplace/TOKEN.'),
      apiTokens: z.array(ApiTokenSetting).default([]).describe('For POST /intake/leads.'),
      trustProxy: z
        .union([z.boolean(), z.array(z.string().min(1))])
        .default(false)
        .describe(
          'Believe X-Forwarded-For: false, true, or the addresses of your proxies. Matters for the rate limit of wrong tokens.',
        ),
      testLeads: z.enum(['hold', 'deliver']).default('hold').describe("What to do with the marketplace's own test leads."),
    })
    .prefault({}),
  admin: z
    .strictObject({
      host: Host.default('127.0.0.1').describe('Address to listen on.'),
      port: Port.default(8081).describe('0: any free port.'),
      username: Username.default('admin').describe('Who may look.'),
      password: z
        .string()
        .default('')
        .describe('Empty: one is generated at the start and printed once; allowed on a loopback host only.'),
      operator: z
        .strictObject({
          username: Username.default('operator'),
          password: z.string().default('').describe('Empty: there is no operator board.'),
        })
        .prefault({})
        .describe('Who may retry, promote, pause and resume at /admin/operate; may also do what the other login may.'),
      showPersonalData: z
        .boolean()
        .default(false)
        .describe('true: the operator board shows the data of jobs as it is. The other board never does.'),
    })
    .prefault({})
    .refine((admin) => admin.password !== '' || isLoopbackHost(admin.host), {
      path: ['password'],
      message: 'is empty, but admin.host can be reached from outside; set a password, or use host 127.0.0.1',
    })
    .refine(({ operator, username }) => operator.password === '' || operator.username !== username, {
      path: ['operator', 'username'],
      message: 'is the same as admin.username; the operator needs a login of its own',
    })
    .refine(({ operator, password }) => operator.password === '' || operator.password !== password, {
      path: ['operator', 'password'],
      message: 'is the same as admin.password; whoever may look could then change the queues',
    }),
  redis: z
    .strictObject({
      mode: z.enum(['embedded', 'url']).optional().describe('Absent: `url` when there is one, else `embedded`.'),
      url: z
        .string()
        .regex(/^(|rediss?:\/\/\S+)$/, 'must begin with redis:// or rediss://')
        .default('')
        .describe('redis:// or rediss://, with user, password and database if need be.'),
    })
    .prefault({})
    .refine((redis) => redis.mode !== 'url' || redis.url !== '', {
      path: ['url'],
      message: 'is missing; redis.mode is `url`, so it must be the address, e.g. redis://127.0.0.1:6379',
    }),
  journal: z
    .strictObject({
      dir: z.string().min(1).optional().describe('Absent: `journal` inside dataDir.'),
      keepDays: Days.default(30).describe('How long bodies are kept as they came.'),
    })
    .prefault({}),
  stages: z
    .array(StageSetting)
    .default([...DefaultStages])
    .describe('The funnel stage of a lead; the first rule that fits wins.'),
  stageOrder: z
    .array(z.string().trim().min(1))
    .default([...DefaultStageOrder])
    .describe('The stages from the first to the last: what a CRM holds is never turned back. [] = no order.'),
  ownDomains: z
    .strictObject({
      domains: z.array(DomainSetting).default([]).describe('E-mail domains of your own company; subdomains are meant, too.'),
      leads: z
        .enum(['deliver', 'tag', 'hold'])
        .default('deliver')
        .describe('Their leads are like any other, get the tag own-domain, or wait in the quarantine.'),
    })
    .prefault({}),
  qualification: QualificationSetting.prefault({}),
  followUps: FollowUpsSetting.prefault({}),
  doNotContact: z
    .strictObject({
      scope: z
        .enum(['offer', 'contact'])
        .default('offer')
        .describe('What a DNC lead covers: the offer that it names, or the whole contact.'),
      release: z
        .array(z.string().min(1))
        .default(['PLT'])
        .describe('Actions by which a customer asks to be contacted again; [] = never.'),
    })
    .prefault({}),
  workers: z
    .strictObject({
      leads: z.int().min(1).max(1_000).default(50).describe('Leads routed at the same time.'),
      deliveries: z.int().min(1).max(1_000).default(200).describe('Deliveries in hand at the same time, per CRM.'),
      lockSeconds: z
        .number()
        .min(1)
        .max(3_600)
        .default(30)
        .describe('After a crash a job is taken over after lockSeconds + stalledSeconds.'),
      stalledSeconds: z
        .number()
        .min(0.1)
        .max(3_600)
        .default(5)
        .describe('How often jobs of a worker that is gone are looked for.'),
      graceSeconds: z.number().min(0).max(3_600).default(20).describe('How long SIGTERM waits for what is in hand.'),
    })
    .prefault({}),
  alerts: AlertsSetting.prefault({}),
  log: z
    .strictObject({ level: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info') })
    .prefault({}),
  memory: z
    .strictObject({
      journalOnlyPercent: Percent.default(85).describe(
        'From so much of its memory on Redis gets no new leads: they wait in the journal.',
      ),
      stopPercent: Percent.default(95).describe('From so much of its memory on workers take no new jobs.'),
    })
    .prefault({})
    .refine((memory) => memory.journalOnlyPercent <= memory.stopPercent, {
      path: ['stopPercent'],
      message: 'is below memory.journalOnlyPercent; intake must stop filling Redis before workers stop emptying it',
    }),
  quarantine: z
    .strictObject({
      maxBytes: z
        .int()
        .min(0)
        .max(1_000_000_000_000)
        .default(100 * 1024 * 1024)
        .describe('Most bytes of bodies in Redis that could not be understood; further ones are in the journal only.'),
    })
    .prefault({}),
  retention: z
    .strictObject({
      ledgerDays: Days.default(400).describe('What was delivered where.'),
      bodyDays: Days.default(90).describe('After the last delivery of a lead has settled.'),
      timelineDays: Days.default(400).describe('A contact’s history.'),
      timelineTouches: z.int().min(1).max(10_000).default(200).describe('The last so many leads of a contact.'),
      quarantineDays: Days.default(90).describe('What could not be understood.'),
    })
    .prefault({}),
})

export type LeadsyncFile = z.output<typeof LeadsyncFile>
