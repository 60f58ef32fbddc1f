/** Reads a PIN or a passphrase: without echo at a terminal, else the first line of standard input. Never from an argument. */
import { createInterface } from 'node:readline'
import { CliError } from './cli-error.ts'

const enter = new Set(['\r', '\n'])
const backspace = new Set(['\b', '\x7f'])
const interrupt = '\x03'
const endOfInput = '\x04'

/** `what` is asked for, in the sentence that says that none came. */
export async function readSecret(prompt: string, what: 'PIN' | 'passphrase' = 'PIN'): Promise<string> {
  return process.stdin.isTTY ? readHidden(prompt) : readLine(what)
}

function readHidden(prompt: string): Promise<string> {
  const { stdin, stderr } = process
  stderr.write(prompt)
  return new Promise((resolve, reject) => {
    let typed = ''
    const end = (): void => {
      stdin.off('data', onData)
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write('\n')
    }
    const onData = (chunk: Buffer): void => {
      for (const character of chunk.toString('utf8')) {
        if (enter.has(character) || character === endOfInput) {
          end()
          resolve(typed)
          return
        }
        if (character === interrupt) {
          end()
          reject(new CliError('interrupted', 'Nothing was changed.'))
          return
        }
        typed = backspace.has(character) ? typed.slice(0, -1) : typed + character
      }
    }
    stdin.setRawMode(true)
    stdin.resume()
    stdin.on('data', onData)
  })
}

/** Lines that came together with one that was asked for: the next question takes them. */
let waiting: readonly string[] = []

/** One line; what came behind it stays for the next question, and an input that stays open keeps nobody waiting. */
async function readLine(what: string): Promise<string> {
  const { stdin } = process
  const [first, ...rest] = waiting
  if (first !== undefined) {
    waiting = rest
    return first
  }
  const lines = createInterface({ input: stdin })
  const came = await new Promise<readonly string[]>(resolve => {
    const heard: string[] = []
    // An input that has ended says so once only.
    if (stdin.readableEnded) resolve(heard)
    lines.on('line', line => {
      // Lines of one chunk come in one go, before whoever waits goes on.
      if (heard.push(line.trim()) === 1) setImmediate(() => resolve(heard))
    })
    lines.once('close', () => resolve(heard))
  })
  lines.close()
  stdin.pause()
  const [line, ...more] = came
  waiting = more
  if (line === undefined)
    throw new CliError(
      what === 'PIN' ? 'no-pin' : 'no-passphrase',
      `No ${what} came. Type it at the prompt, or send it as one line on standard input.`,
    )
  return line
}
