/** A process of the plant, seen from inside: it tells its supervisor how far it is, and ends when the supervisor does. */

/** What a child says to its supervisor. */
export type ChildMessage =
  | { readonly type: 'progress'; readonly text: string }
  | { readonly type: 'ready'; readonly url?: string; readonly mqttPort?: number; readonly note?: string }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }

/** Says something to the supervisor; alone on a terminal, to the person there. */
export function tellSupervisor(message: ChildMessage): void {
  if (process.send) {
    process.send(message)
    return
  }
  if (message.type === 'progress') process.stderr.write(`  ${message.text} …\n`)
  else if (message.type === 'ready')
    process.stderr.write(`  ready${message.url ? ` at ${message.url}` : ''}. Stop with Ctrl-C.\n`)
}

/** Runs until it is asked to end (SIGTERM, Ctrl-C) or its supervisor is gone, then stops in order. */
export async function runUntilStopped(stop: () => Promise<void>): Promise<void> {
  await new Promise<void>(resolve => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
    process.once('disconnect', () => resolve())
  })
  await stop()
  process.exit(0)
}
