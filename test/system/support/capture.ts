/** Everything that crosses the loopback interface for a while, by tcpdump. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from './plant.ts'

export interface Capture {
  /** Ends the capture as soon as it holds some bytes that must be in it; the answer is all of its bytes. */
  stop(mustHold: Buffer): Promise<Buffer>
}

export async function captureLoopback(): Promise<Capture> {
  const folder = mkdtempSync(join(tmpdir(), 'edgeward-capture-'))
  const file = join(folder, 'lo.pcap')
  const child = spawn('tcpdump', ['-i', 'lo', '--immediate-mode', '-U', '-s', '0', '-w', file, 'tcp'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  await new Promise<void>((listening, failed) => {
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8')
      if (said.includes('listening on')) listening()
    })
    child.once('error', failed)
    child.once('exit', code => failed(new Error(`tcpdump ended with ${code}: ${said}`)))
  })
  return {
    async stop(mustHold) {
      await until(
        async () => readFileSync(file).includes(mustHold),
        held => held,
      )
      child.removeAllListeners('exit')
      const ended = once(child, 'exit')
      child.kill('SIGINT')
      await ended
      const bytes = readFileSync(file)
      rmSync(folder, { recursive: true, force: true })
      return bytes
    },
  }
}
