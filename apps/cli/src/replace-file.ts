import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'

/** Replaces a file as a whole, durably, readable by its owner alone: nobody ever reads half of it. */
export function replaceFile(path: string, text: string): void {
  const next = `${path}.${process.pid}`
  const descriptor = openSync(next, 'w', 0o600)
  try {
    writeSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(next, path)
}
