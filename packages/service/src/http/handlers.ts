/** What the table of operations needs from the rest of the service: one function for each, typed by the table. */

import type { SessionSecrets } from '../access/sessions.ts'
import type { Operation } from '../api/operation.ts'
import type { Operations } from '../api/operations.ts'
import type { Caller } from './caller.ts'

/** What a handler may do beside answering. */
export interface Reply {
  /** Gives the browser a session. */
  signIn(secrets: SessionSecrets): void
  signOut(): void
}

type HandlerOf<O> =
  O extends Operation<infer P, infer Q, infer B, infer R>
    ? (input: P & Q & B, caller: Caller, reply: Reply) => Promise<R>
    : never

/** Every operation has one; the stream and the document are the server's own. */
export type Handlers = {
  readonly [Name in Exclude<keyof Operations, 'eventStream' | 'openapi'>]: HandlerOf<Operations[Name]>
}
