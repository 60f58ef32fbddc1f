/** Arguments and environment of every process that is seen while something runs: what anybody on the machine can read. */
import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessWatch {
  /** Processes of Edgeward that were seen, and all that stood in their arguments and environments. */
  stop(): { readonly seen: number; readonly text: string }
}

const everyMs = 15

export function watchProcesses(): ProcessWatch {
  const seen = new Map<string, string>()
  const look = (): void => {
    for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      const [cmdline, environ] = [readOrNothing(`/proc/${pid}/cmdline`), readOrNothing(`/proc/${pid}/environ`)]
      if (/edgeward|postgres/.test(cmdline)) seen.set(`${pid} ${cmdline.length}`, `${cmdline}\n${environ}`)
    }
  }
  look()
  const timer = setInterval(look, everyMs)
  return {
    stop() {
      clearInterval(timer)
      look()
      return { seen: seen.size, text: [...seen.values()].join('\n') }
    },
  }
}

/** A process that has ended meanwhile has nothing to show. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'latin1').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}
