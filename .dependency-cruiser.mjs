// Who may import whom: the layers of the design. Each rule is broken on purpose in test/house/layers.test.ts.

/** Folders and top-level files that are layers of our own. */
const Ours = '^(src|connectors)/'

/** `who` may import, of our own code, its own folder and `allowed`; nothing else. */
function only(name, who, allowed, comment) {
  const own = [`^${who}`, ...allowed.map((path) => `^${path}`)]
  return { name, severity: 'error', comment, from: { path: `^${who}` }, to: { path: Ours, pathNot: own } }
}

/** The npm package, type-only or not, may be imported from `where` alone. */
function packageOnlyIn(name, packages, where, comment) {
  const path = packages.map((one) => `(^|/)node_modules/${one}(/|$)`)
  return { name, severity: 'error', comment, from: { path: Ours, pathNot: where.map((folder) => `^${folder}`) }, to: { path } }
}

const leadSink = 'src/intake/lead-sink\\.ts$'
const deliveryPorts = 'src/delivery/'

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    only('core-imports-nothing-of-ours', 'src/core/', [], 'The domain knows no I/O.'),
    only('config-sees-core', 'src/config/', ['src/core/'], 'Settings are data.'),
    only('delivery-sees-core', 'src/delivery/', ['src/core/'], 'The pipeline talks to its own ports.'),
    only('http-sees-nothing', 'src/http/', [], 'What every listener does alike knows none of them.'),
    only(
      'intake-sees-core-and-http',
      'src/intake/',
      ['src/core/', 'src/http/'],
      'Intake is handed a LeadSink and never sees a queue.',
    ),
    only('store-sees-core-and-ports', 'src/store/', ['src/core/', deliveryPorts, leadSink], 'The store implements the ports.'),
    only(
      'queue-sees-core-delivery-and-lead-sink',
      'src/queue/',
      ['src/core/', deliveryPorts, leadSink],
      'The queue drives the pipeline.',
    ),
    only(
      'admin-sees-core-config-delivery-http-queue-store',
      'src/admin/',
      ['src/core/', 'src/config/', deliveryPorts, 'src/http/', 'src/queue/', 'src/store/'],
      'Admin shows what is there.',
    ),
    only('sandbox-sees-nothing', 'src/sandbox/', [], 'One misreading of a protocol must not cancel out another.'),
    only('kit-sees-core', 'connectors/kit/', ['src/core/'], 'What connectors share is no way round their rules.'),
    {
      name: 'connectors-see-core-and-kit',
      severity: 'error',
      comment: 'A connector is swapped by its folder; only the registry knows them all.',
      from: { path: '^connectors/([^/]+)/', pathNot: '^connectors/kit/' },
      to: { path: Ours, pathNot: ['^connectors/$1/', '^connectors/kit/', '^src/core/'] },
    },
    only(
      'registry-sees-core-and-connectors',
      'connectors/registry\\.ts$',
      ['src/core/', 'connectors/'],
      'The registry lists; it decides nothing.',
    ),
    {
      name: 'nobody-imports-the-composition-root',
      severity: 'error',
      comment: 'daemon and cli name concrete things; whoever imports them has them all.',
      from: { path: Ours, pathNot: ['^src/cli/', '^src/daemon'] },
      to: { path: ['^src/daemon', '^src/cli/'] },
    },
    {
      name: 'daemon-sees-no-command',
      severity: 'error',
      comment: 'Commands start the daemon and look at it; what both need is in a layer below.',
      from: { path: '^src/daemon' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'no-barrel-inside-core',
      severity: 'error',
      comment: 'A file of core that imports the barrel imports itself.',
      from: { path: '^src/core/' },
      to: { path: '^src/core/index\\.ts$' },
    },
    {
      name: 'core-through-its-barrel',
      severity: 'error',
      comment: 'Core has one door, so that its files can move.',
      from: { path: Ours, pathNot: '^src/core/' },
      to: { path: '^src/core/', pathNot: '^src/core/index\\.ts$' },
    },
    {
      name: 'core-has-no-io',
      severity: 'error',
      comment: 'No I/O and no clock in the domain; hashing is neither.',
      from: { path: '^src/core/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|punycode|url|util)$' },
    },
    packageOnlyIn(
      'bullmq-only-in-queue',
      ['bullmq'],
      ['src/queue/', 'src/cli/demo/feed\\.ts$'],
      'The queue can be replaced in one folder; the demo plays a foreign producer, who has BullMQ and nothing of ours.',
    ),
    packageOnlyIn(
      'ioredis-only-in-store-and-queue',
      ['ioredis'],
      ['src/store/', 'src/queue/', 'src/daemon', 'src/cli/'],
      'Redis is a detail of two layers.',
    ),
    packageOnlyIn(
      'luxon-only-in-follow-ups',
      ['luxon', '@types/luxon'],
      ['src/core/follow-ups/'],
      'Only due times need what Node has not: a wall clock in a zone.',
    ),
    packageOnlyIn('bull-board-only-in-admin', ['@bull-board/[^/]+'], ['src/admin/'], 'The board is a view.'),
    packageOnlyIn(
      'http-servers-only-where-we-listen',
      ['fastify', '@fastify/[^/]+'],
      ['src/intake/', 'src/admin/', 'src/sandbox/', 'src/daemon', 'src/cli/'],
      'Connectors call, they do not listen.',
    ),
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Two files in a cycle are one file.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'An import that leads nowhere is a rule that never fires.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-dev-dependencies-in-the-product',
      severity: 'error',
      comment: 'A production install lacks them.',
      from: { path: Ours },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    // TypeScript 7 has no compiler API for dependency-cruiser; without this parser it cruises 0 modules and is content.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
}
