/** The thread that reads one large site file and ends. */
import { parentPort, workerData } from 'node:worker_threads'
import { parseSiteFile } from '@edgeward/domain/site-file'

const { text, fileName } = workerData as { readonly text: string; readonly fileName: string }
parentPort?.postMessage(parseSiteFile(text, fileName))
