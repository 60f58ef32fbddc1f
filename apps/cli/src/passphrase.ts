/** Passphrases of backups: typed at a prompt, or the first line of standard input; never an argument. */
import { CliError } from './cli-error.ts'
import { readSecret } from './secret-input.ts'

/** Shorter ones are found by trying, scrypt or not. */
const leastCharacters = 12

/** A new one: twice at a terminal. Throws a CliError `passphrase-refused`. */
export async function readNewPassphrase(): Promise<string> {
  const typed = await readSecret(`Passphrase of the backup (at least ${leastCharacters} characters): `, 'passphrase')
  if ([...typed].length < leastCharacters)
    throw new CliError(
      'passphrase-refused',
      `A passphrase has at least ${leastCharacters} characters: four or five words that nobody would guess. No backup was made.`,
    )
  if (process.stdin.isTTY && (await readSecret('Passphrase again: ', 'passphrase')) !== typed)
    throw new CliError('passphrase-refused', 'The two differ. No backup was made.')
  return typed
}

/** The one of a backup that is there. */
export function readPassphrase(): Promise<string> {
  return readSecret('Passphrase of the backup: ', 'passphrase')
}
