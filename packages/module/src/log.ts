/** Where a module says what happened to it, for the person who runs it. Never a key, a PIN or an opened envelope. */
export interface Log {
  info(event: string, detail?: Readonly<Record<string, string | number | boolean>>): void
  warn(event: string, detail?: Readonly<Record<string, string | number | boolean>>): void
}

/** What is safe to say of an error: its class and code, and the message of our own classes. */
export function describeError(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof Error)) return { error: 'not an error' }
  const { code } = error as { code?: unknown }
  return { error: error.name, ...(typeof code === 'string' ? { code } : {}), message: error.message }
}
