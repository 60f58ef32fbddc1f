/** What went wrong, for whoever is at the keyboard: one sentence with what to do, and never a stack for what was expected. */
import { CliError } from './cli-error.ts'

/** Faults that other packages describe well enough for whoever is at the keyboard. */
const knownErrors: ReadonlySet<string> = new Set([
  'ApiError',
  'WalletError',
  'ServiceError',
  'ModuleError',
  'KeyStoreError',
  'TransponderError',
])

/** What the system says, in words. `what`: the file or address that it was about. */
const systemMeanings: Readonly<Record<string, (what: string) => string>> = {
  EACCES: what => `${what} may not be opened by you. Run this as the user whom it belongs to.`,
  EPERM: what => `${what} may not be changed by you. Run this as the user whom it belongs to.`,
  ENOENT: what => `${what} is not there, or the folder in which it should lie.`,
  EISDIR: what => `${what} is a folder, not a file. Name a file.`,
  ENOTDIR: what => `${what} lies in something that is no folder.`,
  EEXIST: what => `${what} is there already. Give another name.`,
  ENAMETOOLONG: what => `${what} is too long for a name.`,
  ELOOP: what => `${what} is a link that leads to itself.`,
  EROFS: what => `${what} is on a read-only disk. Choose another place.`,
  ENOSPC: what => `The disk of ${what} is full. Make room, then try again.`,
  EDQUOT: what => `Your quota on the disk of ${what} is used up. Make room, then try again.`,
  EIO: what => `The disk of ${what} fails. Look at it before anything else.`,
  EMFILE: () => 'Too many files are open at once. Raise the limit (`ulimit -n`) and try again.',
  ENFILE: () => 'The machine has too many files open. End other programs and try again.',
  ENOMEM: () => 'The machine has no memory left. End other programs and try again.',
}

/** A failure as it is told. */
export interface DescribedFailure {
  /** For machines. */
  readonly code: string
  /** One sentence and what to do. */
  readonly message: string
  /** What goes to standard error: the message, and of what nobody expected the place when it is asked for. */
  readonly shown: string
}

/** `withPlace`: the stack of what nobody expected is shown too (a log, or EDGEWARD_DEBUG=1). */
export function describeFailure(error: unknown, withPlace: boolean = wantsPlace()): DescribedFailure {
  const { code = 'internal-error' } = (error ?? {}) as { code?: unknown }
  const text = error instanceof Error ? error.message : String(error)
  const message = isKnown(error) ? sentence(text) : systemSentence(error)
  if (message !== undefined) return { code: String(code), message, shown: message }
  const unexpected = `Something happened that Edgeward did not expect: ${sentence(text)} \`edgeward doctor\` looks for the cause; with EDGEWARD_DEBUG=1 the command says where it happened.`
  const place = error instanceof Error && error.stack !== undefined ? `\n${error.stack}` : ''
  return { code: String(code), message: unexpected, shown: withPlace ? unexpected + place : unexpected }
}

/** A child's standard error is its log. */
function wantsPlace(): boolean {
  return process.send !== undefined || process.env.EDGEWARD_DEBUG === '1'
}

function isKnown(error: unknown): boolean {
  return error instanceof CliError || (error instanceof Error && knownErrors.has(error.name))
}

function systemSentence(error: unknown): string | undefined {
  const { code, path, address }: { code?: unknown; path?: unknown; address?: unknown } = Object(error)
  const what = [path, address].find(each => typeof each === 'string')
  return typeof code === 'string' ? systemMeanings[code]?.(String(what ?? 'Something')) : undefined
}

/** Begins with a capital and ends like a sentence; names in front of it stay as they are. */
function sentence(text: string): string {
  const [first = ''] = text
  const begins = /^[a-z]+ /.test(text) ? first.toUpperCase() + text.slice(1) : text
  return /[.!?…:`]$/.test(begins) ? begins : `${begins}.`
}
