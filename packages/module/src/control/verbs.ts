import { ModuleError } from '../errors.ts'

/** A request as it came: JSON, not yet looked at but for `do`. */
export type ControlRequest = Readonly<Record<string, unknown>>
/** What goes back beside `id` and `ok`. */
export type ControlReply = Readonly<Record<string, unknown>>
export type ControlHandler = (request: ControlRequest) => ControlReply | Promise<ControlReply>

/** Words that exist in a simulation alone: without one they have an error of their own. */
export const simulationVerbs: readonly string[] = [
  'panel',
  'result',
  'context',
  'position',
  'door',
  'network',
  'outcome',
]

/** What a control socket can be asked: verb to handler. Programs add theirs before the socket opens. */
export class ControlVerbs {
  readonly #handlers = new Map<string, ControlHandler>()

  /** Adds a verb. A name is given once. */
  add(verb: string, handler: ControlHandler): void {
    if (this.#handlers.has(verb)) throw new Error(`the verb ${verb} is there already`)
    this.#handlers.set(verb, handler)
  }

  /** Throws a ModuleError `simulation-only`, `unknown-verb`, or what the handler throws. */
  async answer(request: ControlRequest): Promise<ControlReply> {
    const verb = textOf(request, 'do')
    const handler = this.#handlers.get(verb)
    if (handler !== undefined) return handler(request)
    if (simulationVerbs.includes(verb)) {
      throw new ModuleError('simulation-only', `${verb} needs a module that was started with --simulation`)
    }
    throw new ModuleError('unknown-verb', `there is no ${JSON.stringify(verb.slice(0, 40))} here`)
  }
}

/** A text member of a request. Throws a ModuleError `bad-request`. */
export function textOf(request: ControlRequest, name: string): string {
  const value = request[name]
  if (typeof value === 'string') return value
  throw new ModuleError('bad-request', `${name} must be a text`)
}

/** A text member that may be absent. Throws a ModuleError `bad-request` for anything else. */
export function optionalTextOf(request: ControlRequest, name: string): string | undefined {
  return request[name] === undefined ? undefined : textOf(request, name)
}

/** A member that is one of some words; absent: undefined. Throws a ModuleError `bad-request`. */
export function oneOf<Word extends string>(
  request: ControlRequest,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const value = optionalTextOf(request, name)
  if (value === undefined) return undefined
  const word = words.find(each => each === value)
  if (word === undefined) throw new ModuleError('bad-request', `${name} must be one of ${words.join(', ')}`)
  return word
}
