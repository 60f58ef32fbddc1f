/**
 * The process of one security module as it is deployed: `npm run bundle` makes `dist/module/edgeward-module.js` of it.
 * The same as `edgeward module ID`, without what other commands need.
 */
import { parseArgs } from 'node:util'
import { tellSupervisor } from './child-process.ts'
import { module } from './commands/module.ts'
import { describeFailure } from './describe-failure.ts'

const usage = 'edgeward-module ID --data FOLDER [--broker ADDRESS] [--simulation | --production]'

main().catch((error: unknown) => {
  process.exitCode = 1
  const { code, message, shown } = describeFailure(error)
  if (process.send) tellSupervisor({ type: 'failed', code, message })
  process.stderr.write(`${shown}\n`)
  if (process.connected) process.disconnect()
})

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      data: { type: 'string' },
      broker: { type: 'string' },
      simulation: { type: 'boolean' },
      production: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  const [id, ...others] = positionals
  const { help, ...options } = values
  if (help === true || id === undefined || others.length > 0) {
    process.stdout.write(`${usage}\n`)
    process.exitCode = help === true ? 0 : 1
    return
  }
  await module({ ...options, id })
}
