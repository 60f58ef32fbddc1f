/** Reads site files without standing in anybody's way (T42). */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseSiteFile } from '@edgeward/domain/site-file'
import { maxSiteFileBytes } from '../api/site.ts'
import { Refusal } from '../refusal.ts'
import type { ParsedSite } from './parsed-site.ts'
import { ParserThreads } from './parser-threads.ts'

export interface SiteParser {
  /** Rejects with a Refusal when the file is larger or takes longer than it may, or too many wait already. */
  parse(text: string, fileName: string): Promise<ParsedSite>
  /** Ends what is under way. */
  close(): Promise<void>
}

export interface SiteParserOptions {
  /** The built `parser-thread`; default: the one beside this file. */
  readonly thread?: URL | undefined
  /** Longest that one file may take. */
  readonly parseMs?: number
}

/** Below this a file takes some milliseconds, whatever is in it. */
const inlineCharacters = 8 * 1024
const defaultParseMs = 60_000

/**
 * The parser of a running service. Sources that are run unbuilt (tests) have no file that a thread could load: then
 * everything is parsed in place.
 */
export function siteParser({ thread = builtThread(), parseMs = defaultParseMs }: SiteParserOptions = {}): SiteParser {
  const threads = thread && new ParserThreads(thread, parseMs)
  return {
    async parse(text, fileName) {
      const bytes = Buffer.byteLength(text)
      if (bytes > maxSiteFileBytes)
        throw new Refusal('body-too-large', `a site file has at most ${maxSiteFileBytes} bytes`)
      if (threads === undefined || text.length <= inlineCharacters) return parseSiteFile(text, fileName)
      return threads.parse({ text, fileName }, bytes)
    },
    async close() {
      await threads?.close()
    },
  }
}

function builtThread(): URL | undefined {
  const beside = new URL('./parser-thread.js', import.meta.url)
  return existsSync(fileURLToPath(beside)) ? beside : undefined
}
