/** The thread that reads site files, one after the other. */
import { parentPort } from 'node:worker_threads'
import { parseSiteFile } from '@edgeward/domain/site-file'

parentPort?.on('message', ({ text, fileName }: { readonly text: string; readonly fileName: string }) => {
  parentPort?.postMessage(parseSiteFile(text, fileName))
})
