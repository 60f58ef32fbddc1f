// Who may import whom. The order of the packages is ARCHITECTURE.md's; each rule is broken on purpose in test/arch.
// Paths are relative to the root; a package's doors are the files that the `exports` of its package.json name.
const { existsSync, readFileSync, readdirSync } = require('node:fs')
const { join } = require('node:path')

/** What each package may import besides itself. `service/api` is that one door of the service. */
const mayImport = {
  'packages/base': [],
  'packages/domain': ['base'],
  'packages/keystore': ['base'],
  'packages/transponder': ['base', 'keystore'],
  'packages/module': ['base', 'domain', 'keystore', 'transponder'],
  'packages/service': ['base', 'domain', 'keystore'],
  'packages/wallet': ['base', 'keystore', 'transponder', 'service/api'],
  // Not base: its bytes and randomness are Node's, and the console runs in a browser.
  'apps/console': ['service/api'],
  'apps/cli': ['base', 'domain', 'keystore', 'transponder', 'module', 'service', 'wallet'],
}

const network = ['net', 'tls', 'dgram', 'dns', 'dns/promises', 'http', 'https', 'http2', 'inspector']
const networkPackages = ['mqtt', 'aedes', 'ws', 'fastify', 'pg', 'undici']

const escaped = text => text.replaceAll('.', '\\.')
const core = names => `^(node:)?(${names.map(escaped).join('|')})$`
const npm = names => `(^|/)node_modules/(${names.map(escaped).join('|')})/`

/** The source files that a package's `exports` name. */
function doors(folder) {
  const { exports = {} } = JSON.parse(readFileSync(join(__dirname, folder, 'package.json'), 'utf8'))
  return Object.values(exports).map(door => `${folder}/${door['@edgeward/source'].replace('./', '')}`)
}
const packages = readdirSync(join(__dirname, 'packages')).filter(name =>
  existsSync(join(__dirname, 'packages', name, 'package.json')),
)
const allDoors = packages.flatMap(name => doors(`packages/${name}`))

const direction = Object.entries(mayImport).map(([folder, others]) => {
  const allowed = [folder, ...others.map(name => (name.includes('/') ? name.replace('/', '/src/') : name))]
    .map(name => (name.includes('packages/') || name.includes('apps/') ? name : `packages/${name}`))
    .map(name => `${name}/`)
  return {
    name: `direction-${folder.split('/')[1]}`,
    severity: 'error',
    comment: `${folder} may import ${others.length > 0 ? others.join(', ') : 'no other package'}`,
    from: { path: `^${folder}/` },
    to: { path: '^(packages|apps)/', pathNot: `^(${allowed.join('|')})` },
  }
})

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'an import that cannot be resolved is one that no other rule has checked',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-cycle',
      severity: 'error',
      comment: 'type-only imports count too',
      from: { pathNot: '(^|/)test/' },
      to: { circular: true },
    },
    ...direction,
    {
      name: 'known-package',
      severity: 'error',
      comment: 'a new package gets its line in the table above first',
      from: { path: '^(packages|apps)/', pathNot: `^(${Object.keys(mayImport).join('|')})/` },
      to: { path: '^(packages|apps)/' },
    },
    {
      name: 'only-through-doors',
      severity: 'error',
      comment:
        'other packages are imported by a file that their `exports` name; a test may use the harness of a module and the plant of the service’s tests',
      from: { path: '^(packages|apps)/([^/]+)/|^test/' },
      to: {
        path: '^packages/',
        pathNot: [
          '^packages/$2/',
          '^packages/(keystore/test/seal|module/test/harness|service/test/support|transponder/test)/',
          ...allDoors.map(door => `^${escaped(door)}$`),
        ],
      },
    },
    {
      name: 'not-by-the-own-door',
      severity: 'error',
      comment: 'inside a package import the file that has the thing: an index ties everything into one cycle',
      from: { path: '^packages/([^/]+)/src/', pathNot: '/index\\.ts$' },
      to: { path: ['^packages/$1/src/index\\.ts$', '^packages/$1/src/[^/]+/index\\.ts$'] },
    },
    {
      name: 'nobody-imports-apps',
      severity: 'error',
      comment: 'programs are started, not imported; but the conformance suites are tested without starting one each',
      from: { path: '^(packages|apps|test)/([^/]+)/', pathNot: '^test/conformance/' },
      to: { path: '^apps/', pathNot: '^apps/$2/' },
    },
    {
      name: 'sources-import-no-tests',
      severity: 'error',
      from: { path: '/src/' },
      to: { path: '(^|/)test/', pathNot: 'node_modules' },
    },
    {
      name: 'service-api-is-schemas',
      severity: 'error',
      comment: 'the contract runs in a browser: schemas and types alone, of others the types only',
      from: { path: '^packages/service/src/api/' },
      to: {
        path: '.',
        pathNot: ['^packages/service/src/api/', npm(['zod'])],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'tap-reaches-no-network',
      severity: 'error',
      comment: 'between tap and decision nothing waits for a network, so nothing there can reach one',
      from: { path: '^packages/module/src/tap/' },
      to: { path: [core(network), npm(networkPackages), '^packages/module/src/sync/'], reachable: true },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment: 'no files, network, processes or timers; a hash is a pure function',
      from: { path: '^packages/domain/src/' },
      to: { dependencyTypes: ['core'], pathNot: core(['crypto']) },
    },
    {
      name: 'child-processes',
      severity: 'error',
      comment: 'T51: only the command line, the starter of the database and drivers of hardware start programs',
      from: {
        path: '/src/',
        pathNot: '^(apps/cli/src/|packages/service/src/database/|packages/keystore/src/(pkcs11|tpm)/)',
      },
      to: { path: core(['child_process', 'cluster']) },
    },
    {
      name: 'conformance-runs-what-ships',
      severity: 'error',
      comment: 'the runners read vectors and call the doors that a module calls; crypto is for keys that vectors bring',
      from: { path: '^apps/cli/src/conformance/' },
      to: {
        path: '.',
        pathNot: [
          '^apps/cli/src/conformance/',
          '^packages/(base|domain|keystore|transponder|module)/',
          core(['fs', 'fs/promises', 'path', 'url', 'util', 'crypto']),
        ],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|coverage)/' },
    moduleSystems: ['es6', 'cjs'],
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@edgeward/source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mts', '.mjs', '.cjs', '.js', '.d.ts', '.json', '.css'],
      mainFields: ['module', 'main', 'types', 'typings'],
    },
  },
}
