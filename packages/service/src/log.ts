/** What the service tells its operators. Objects first, as pino has it; secrets are never among them (T51). */
export interface Log {
  debug(object: object, message: string): void
  info(object: object, message: string): void
  warn(object: object, message: string): void
  error(object: object, message: string): void
}

/** Where lines of JSON go. */
export interface LogStream {
  write(line: string): void
}
