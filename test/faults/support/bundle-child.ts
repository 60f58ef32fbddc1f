/** Makes one file of a program of this folder, with the fault points that stop. */
import { symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { rolldown } from 'rolldown'

export interface BundleOptions {
  /** Absolute path of the program. */
  readonly program: string
  readonly into: string
  /** Leave the fault points as every build has them. */
  readonly withoutFaultPoints?: boolean
}

const installed = resolve(import.meta.dirname, '../../../node_modules')

/** The path of the bundle. Native parts stay where they are. */
export async function bundle({ program, into, withoutFaultPoints = false }: BundleOptions): Promise<string> {
  const build = await rolldown({
    input: program,
    platform: 'node',
    external: ['libsql'],
    logLevel: 'silent',
    resolve: {
      conditionNames: [
        ...(withoutFaultPoints ? [] : ['@edgeward/faults']),
        '@edgeward/source',
        'node',
        'import',
        'default',
      ],
    },
  })
  try {
    symlinkSync(installed, join(into, 'node_modules'))
    const file = join(into, 'child.mjs')
    await build.write({ file, format: 'esm', codeSplitting: false })
    return file
  } finally {
    await build.close()
  }
}
