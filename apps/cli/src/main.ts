/** `edgeward`: reads what was typed, loads the command that it names, and turns every failure into one clear sentence. */
import { Command, CommanderError } from 'commander'
import { tellSupervisor } from './child-process.ts'
import { describeFailure } from './describe-failure.ts'
import { sayJson } from './output.ts'

const program = new Command('edgeward')
  .description('The gatekeeper at the edge of the industrial internet of things.')
  .option('--data <folder>', 'where the plant lives (default: .edgeward in the clone, or EDGEWARD_DATA)')
  .option('--json', 'print JSON, for machines')
  .showHelpAfterError('(edgeward --help lists the commands)')
  .helpCommand(false)
  .exitOverride()
  .configureOutput({ writeErr: text => void (wantsJson() || process.stderr.write(text)) })

/** Before anything was parsed, and when it could not be. */
function wantsJson(): boolean {
  return process.argv.includes('--json')
}

const globals = (): { data?: string; json?: boolean } => program.opts()

// People and their taps
program
  .command('tap <name> <asset> [function]')
  .description('present the phone of NAME at ASSET; the function (default: open) is chosen at the machine')
  .option('--pin', 'type the PIN at the machine (prompted, or one line on standard input)')
  .option('--wrong-pin', 'type a wrong PIN at the machine')
  .option('--side <side>', 'the reader of a door: in or out', 'in')
  .option('--credential <id>', 'which credential of NAME')
  .action(async (name, asset, func, options) =>
    (await import('./commands/tap.ts')).tap({ ...globals(), ...options, name, asset, function: func }),
  )
program
  .command('people [query]')
  .description('who is known here, with roles and credentials')
  .action(async query => (await import('./commands/lists.ts')).people({ ...globals(), query }))
program
  .command('assets')
  .description('what is guarded here, by which module, with which functions')
  .action(async () => (await import('./commands/lists.ts')).assets(globals()))
program
  .command('status')
  .description(
    'five answers: who may do what, who is blocked, is every block in force, what works off line, is this an HSM',
  )
  .action(async () => (await import('./commands/status.ts')).status(globals()))
program
  .command('events')
  .description('what happened, newest last')
  .option('--follow', 'go on as it happens')
  .option('--limit <n>', 'how many', '20')
  .option('--person <id>', 'only of this person')
  .option('--asset <id>', 'only at this asset')
  .action(async options => (await import('./commands/events.ts')).events({ ...globals(), ...options }))
program
  .command('explain <decision-id>')
  .description('why a tap was permitted or denied')
  .action(async id => (await import('./commands/explain.ts')).explain({ ...globals(), id }))
program
  .command('revoke <name>')
  .description('block all credentials of NAME for good, everywhere')
  .requiredOption('--reason <reason>', 'why: lost, stolen, left, damaged, misuse, or words of your own')
  .option('--credential <id>', 'only this credential')
  .action(async (name, options) => (await import('./commands/revoke.ts')).revoke({ ...globals(), ...options, name }))
const pin = program.command('pin').description('PINs of people')
pin
  .command('set <name>')
  .description('set the PIN of NAME (prompted twice, or one line on standard input)')
  .option('--duress', 'also set a duress PIN, which opens and raises a silent alarm')
  .action(async (name, options) => (await import('./commands/pin.ts')).setPin({ ...globals(), ...options, name }))
program
  .command('login')
  .description('a new one-time link to the console')
  .action(async () => (await import('./commands/login.ts')).login(globals()))

// The site file
const site = program.command('site').description('the site file: people, assets, rules')
site
  .command('init <file>')
  .description('write a small site file to begin with')
  .option('--name <name>', 'name of the site')
  .option('--time-zone <zone>', 'IANA time zone, such as Europe/Zurich')
  .action(async (file, options) => (await import('./commands/site.ts')).init({ ...globals(), ...options, file }))
for (const [verb, description] of [
  ['check', 'find what is wrong, with line and column; nothing is applied'],
  ['diff', 'show what would change'],
  ['apply', 'put it in force'],
] as const) {
  const command = site.command(`${verb} <file>`).description(description)
  if (verb === 'apply') command.option('--comment <text>', 'why, kept with the version')
  command.action(async (file, options) =>
    (await import('./commands/site.ts'))[verb]({ ...globals(), ...options, file }),
  )
}
site
  .command('export <file>')
  .description('write the site file in force (- for standard output)')
  .option('--version <n>', 'an earlier version')
  .action(async (file, options) => (await import('./commands/site.ts')).exportSite({ ...globals(), ...options, file }))

// The plant as a whole
program
  .command('doctor')
  .description('look at everything that a plant needs, and say what to do about what is not right; changes nothing')
  .action(async () => (await import('./commands/doctor.ts')).doctor(globals()))
program
  .command('backup <file>')
  .description('the whole data folder in one file, also while the plant runs; it holds the keys: guard it')
  .option('--passphrase', 'seal it by a passphrase (prompted twice, or one line on standard input)')
  .action(async (file, options) => (await import('./commands/backup.ts')).backup({ ...globals(), ...options, file }))
program
  .command('restore <file>')
  .description('put a backup into a new data folder (--data), all of it or nothing')
  .action(async file => (await import('./commands/restore.ts')).restore({ ...globals(), file }))

program
  .command('commission <module>')
  .description('bring a module that runs on this machine into the site: it gets its keys and its rules')
  .action(async id => (await import('./commands/commission.ts')).commission({ ...globals(), id }))

// The demo plant and its simulation
const demo = program.command('demo').description('a chemical plant on this machine')
demo
  .command('start')
  .description('start it (npm start does this)')
  .option('--port <n>', 'port of the console (default: 8420, or any free one when that is taken)')
  .action(async options => (await import('./demo/start.ts')).startDemo({ ...globals(), ...options }))
demo
  .command('reset')
  .description('remove everything of the demo plant, so that the next start begins afresh')
  .option('--yes', 'do not ask')
  .action(async options => (await import('./demo/reset.ts')).resetDemo({ ...globals(), ...options }))
const sim = program.command('sim').description('move the simulated world of the demo plant')
sim
  .command('set <values...>')
  .description('sensor values and machine states: machine.state=stopped (null: none)')
  .option('--asset <asset>', 'of this asset')
  .option('--area <area>', 'of this area')
  .action(async (values, options) =>
    (await import('./commands/sim.ts')).setValues({ ...globals(), ...options, values }),
  )
sim
  .command('position <name> <zone>')
  .description('NAME stands in ZONE (none: nowhere known)')
  .option('--distance <metres>', 'distance to the reader')
  .action(async (name, zone, options) =>
    (await import('./commands/sim.ts')).setPosition({ ...globals(), ...options, name, zone }),
  )
sim
  .command('door <door> <state>')
  .description('the contact of a door: open or shut')
  .action(async (door, state) => (await import('./commands/sim.ts')).setDoor({ ...globals(), door, state }))
sim
  .command('network <state> <module>')
  .description('cut or restore the network of a module, or of all')
  .action(async (state, module) => (await import('./commands/sim.ts')).setNetwork({ ...globals(), state, module }))
sim
  .command('clock')
  .description('show the simulated clock, or move it on')
  .option('--forward <duration>', 'by so much: 90s, 30m, 8h, 2d')
  .option('--to <instant>', 'to an instant, RFC 3339 with offset')
  .option('--back', 'allow it to go back, to test exactly that')
  .action(async options => (await import('./commands/sim.ts')).moveClock({ ...globals(), ...options }))

// Conformance
program
  .command('conformance <suite> <paths...>')
  .description('run vector files: site-errors, schedule, decision, crypto, envelope, aliro')
  .option('--phase <phase>', 'aliro: only the transactions of this phase (standard)')
  .action(async (suite, paths, options) => {
    const passed = await (await import('./commands/conformance.ts')).conformance(suite, paths, {
      ...globals(),
      ...options,
    })
    process.exitCode = passed ? 0 : 1
  })

// Benches
program
  .command('bench [name]')
  .description('measure what this machine does beside what it should; without a name: which benches there are')
  .action(async name => {
    const { listBenches, runBench } = await import('./commands/bench.ts')
    if (name === undefined) listBenches(globals())
    else process.exitCode = (await runBench(name, globals())) ? 0 : 1
  })

// The processes
program
  .command('serve')
  .description('run the trusted service')
  .option('--port <n>', 'HTTP port on 127.0.0.1', '8420')
  .option('--mqtt-port <n>', 'MQTT port on 127.0.0.1 (default: 8421; any free one with --simulation)')
  .option('--database <url>', 'a PostgreSQL of your own instead of the embedded one')
  .option('--simulation', 'simulated clock of a demo plant')
  .option('--production', 'refuse everything simulated')
  .action(async options => (await import('./commands/serve.ts')).serve({ ...globals(), ...options }))
program
  .command('module <id>')
  .description('run a security module')
  .option('--broker <address>', 'where the broker is, if not as commissioned: mqtt://host:port')
  .option('--simulation', 'simulated clock, readers, sensors, actuator')
  .option('--production', 'refuse everything simulated')
  .action(async (id, options) => (await import('./commands/module.ts')).module({ ...globals(), ...options, id }))

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) mistyped(error)
  else failed(error)
}

/** Help that was asked for is no fault; of what was mistyped Commander has said what it is. */
function mistyped({ exitCode, message }: CommanderError): void {
  process.exitCode = exitCode
  if (exitCode !== 0 && wantsJson())
    sayJson({
      error: { code: 'usage', message: `${message.replace(/^error: /, '')}. \`edgeward --help\` lists the commands.` },
    })
  if (exitCode !== 0 && process.send) tellSupervisor({ type: 'failed', code: 'usage', message })
  if (process.connected) process.disconnect()
}

function failed(error: unknown): void {
  process.exitCode = 1
  const { code, message, shown } = describeFailure(error)
  if (process.send) tellSupervisor({ type: 'failed', code, message })
  if (wantsJson()) sayJson({ error: { code, message } })
  else process.stderr.write(`${shown}\n`)
  if (process.connected) process.disconnect()
}
