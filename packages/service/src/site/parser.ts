/** Reads site files without standing in anybody's way: large ones in a thread with a bound on memory and time (T42). */
import { Worker } from 'node:worker_threads'
import type { Site } from '@edgeward/domain'
import { type Diagnostic, parseSiteFile } from '@edgeward/domain/site-file'
import { maxSiteFileBytes } from '../api/site.ts'
import { Refusal } from '../refusal.ts'

/** What a file says; without `site` when it has an error. */
export interface ParsedSite {
  readonly site?: Site
  readonly diagnostics: readonly Diagnostic[]
}

export interface SiteParser {
  /** Rejects with a Refusal when the file is larger or takes longer than it may. */
  parse(text: string, fileName: string): Promise<ParsedSite>
}

/** Below this a file takes some ten milliseconds. */
const inlineCharacters = 128 * 1024
const parseMs = 60_000
const baseMegabytes = 128
const megabytesPerMegabyte = 64

/**
 * The parser of a running service. Sources that are run unbuilt (tests) have no file that a thread could load: then
 * everything is parsed in place.
 */
export function siteParser(here: string = import.meta.url): SiteParser {
  const built = here.endsWith('.js')
  return {
    async parse(text, fileName) {
      const bytes = Buffer.byteLength(text)
      if (bytes > maxSiteFileBytes)
        throw new Refusal('body-too-large', `a site file has at most ${maxSiteFileBytes} bytes`)
      if (!built || text.length <= inlineCharacters) return parseSiteFile(text, fileName)
      return parseInThread(new URL('./parser-thread.js', here), { text, fileName }, bytes)
    },
  }
}

async function parseInThread(file: URL, input: { text: string; fileName: string }, bytes: number): Promise<ParsedSite> {
  const megabytes = baseMegabytes + Math.ceil(bytes / 2 ** 20) * megabytesPerMegabyte
  const worker = new Worker(file, { workerData: input, env: {}, resourceLimits: { maxOldGenerationSizeMb: megabytes } })
  try {
    return await answerOf(worker)
  } finally {
    await worker.terminate()
  }
}

function answerOf(worker: Worker): Promise<ParsedSite> {
  return new Promise((resolve, reject) => {
    const refuse = (why: string): void => reject(new Refusal('site-refused', `the file could not be read: ${why}`))
    const late = setTimeout(() => refuse(`it takes longer than ${parseMs / 1000} s`), parseMs)
    worker.once('message', (parsed: ParsedSite) => resolve(parsed))
    worker.once('error', error => refuse(messageOf(error)))
    // After a message or an error this says nothing any more.
    worker.once('exit', () => {
      clearTimeout(late)
      refuse('its thread ended')
    })
  })
}

function messageOf(error: unknown): string {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? 'it needs too much memory'
    : 'it is damaged'
}
