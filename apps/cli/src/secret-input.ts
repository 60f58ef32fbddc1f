/** Reads a PIN: without echo at a terminal, else the first line of standard input. Never from an argument. */
import { createInterface } from 'node:readline'
import { CliError } from './cli-error.ts'

const enter = new Set(['\r', '\n'])
const backspace = new Set(['\b', '\x7f'])
const interrupt = '\x03'
const endOfInput = '\x04'

export async function readSecret(prompt: string): Promise<string> {
  return process.stdin.isTTY ? readHidden(prompt) : readLine()
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

async function readLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin })
  try {
    for await (const line of lines) return line.trim()
  } finally {
    lines.close()
  }
  throw new CliError('no-pin', 'No PIN came. Type it at the prompt, or send it as one line on standard input.')
}
