import { CliError } from '../cli-error.ts'
import { askModule } from '../control-client.ts'
import { commandFor, type DataFolder, dataFolderOf } from '../data-folder.ts'
import { readDemoPins } from '../demo/demo-pins.ts'
import { moduleOf } from '../demo/simulate-world.ts'
import { bold, dim, green, red, say, sayJson, siteTime, yellow } from '../output.ts'
import { readSecret } from '../secret-input.ts'
import { openWalletOf } from '../wallets.ts'

/** Exit code of a tap that was denied: an answer, but no permit. */
const deniedExitCode = 2

export interface TapOptions {
  readonly data?: string
  readonly json?: boolean
  readonly name: string
  readonly asset: string
  readonly function?: string
  readonly pin?: boolean
  readonly wrongPin?: boolean
  readonly side: string
  readonly credential?: string
}

/** What the module tells of a tap over its control socket. */
interface TapResult {
  readonly display: {
    readonly decision: 'permit' | 'deny'
    readonly family: string
    readonly text: string
    readonly decisionId: string
  }
  /** Null when nothing could be recorded any more: then nothing was moved either. */
  readonly record: {
    readonly at: string
    readonly clockQuality: string
    readonly by?: string
    readonly reasons: readonly string[]
    readonly obligations: readonly string[]
    readonly outcome?: string
  } | null
}

/**
 * Chooses function, side and PIN at the machine, then presents a phone. The service is asked for fresh documents if it
 * answers at once; the tap itself needs nobody.
 */
export async function tap(options: TapOptions): Promise<void> {
  const { name, asset, side, json } = options
  if (side !== 'in' && side !== 'out') throw new CliError('usage', `A door has the sides in and out, not ${side}.`)
  if (options.pin && options.wrongPin) throw new CliError('usage', 'Give --pin or --wrong-pin, not both.')
  const folder = dataFolderOf(options.data)
  const module = await moduleOf(folder, asset)
  const wallet = await openWalletOf(folder, name)
  try {
    const pin = await pinOf(options, folder)
    const fresh = await wallet.refresh()
    const socket = folder.controlSocket(module)
    const { port, ticket } = await askModule<{ port: number; ticket: string }>(socket, module, {
      do: 'panel',
      asset,
      side,
      function: options.function ?? 'open',
      ...(pin === undefined ? {} : { pin }),
    })
    const tapped = await wallet.tap(port, options.credential === undefined ? {} : { credential: options.credential })
    const { display, record } = await askModule<TapResult>(socket, module, { do: 'result', ticket })
    if (display.decision === 'deny') process.exitCode = deniedExitCode
    if (json)
      return sayJson({
        decision: display.decision,
        decisionId: display.decisionId,
        display,
        record,
        credential: tapped.credential,
        documents: fresh,
      })
    const timeZone = wallet.credentials()[0]?.timeZone ?? 'UTC'
    show(options, { holder: wallet.holder, timeZone }, { display, record })
  } finally {
    await wallet.close()
  }
}

async function pinOf({ pin, wrongPin, name }: TapOptions, folder: DataFolder): Promise<string | undefined> {
  if (pin) return readSecret(`PIN of ${name}, as typed at the machine: `)
  if (wrongPin) return readDemoPins(folder)[name] === '0000' ? '1111' : '0000'
  return undefined
}

/** What somebody beside the machine may see: of a silent alarm nothing (T10). */
function show(
  options: TapOptions,
  { holder, timeZone }: { readonly holder: string; readonly timeZone: string },
  { display, record }: TapResult,
): void {
  const permit = display.decision === 'permit'
  const func = options.function ?? 'open'
  const edgeward = commandFor(dataFolderOf(options.data))
  say(`${permit ? green('✓') : red('✗')} ${bold(`${holder} · ${options.asset} · ${func}`)}`)
  say(`  at the reader   ${permit ? green(display.text) : yellow(display.text)}`)
  if (record === null) {
    say('  in the record   nothing: it could not be written, so nothing was moved')
    return
  }
  say(`  in the record   ${permit ? `permitted by ${record.by ?? 'emergency'}` : record.reasons.join(', ')}`)
  const seen = record.obligations.filter(obligation => !obligation.startsWith('silent-alarm'))
  if (seen.length > 0) say(`  and then        ${seen.join(', ')}${record.outcome ? ` → ${record.outcome}` : ''}`)
  say(dim(`  ${siteTime(record.at, timeZone)}, clock ${record.clockQuality}`))
  say(dim(`  decision ${display.decisionId}: ${edgeward} explain ${display.decisionId}`))
  if (!permit && record.reasons[0] === 'factor-required(pin)' && !options.pin) {
    say(`  Try again with the PIN: ${edgeward} tap ${options.name} ${options.asset} ${func} --pin`)
  }
}
