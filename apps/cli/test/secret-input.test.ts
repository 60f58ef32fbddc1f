import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'rolldown'
import { afterAll, beforeAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'edgeward-input-'))
const program = join(folder, 'ask.mjs')
beforeAll(async () => {
  const asks = join(folder, 'ask-source.mjs')
  const source = join(import.meta.dirname, '../src/secret-input.ts')
  writeFileSync(
    asks,
    `import { readSecret } from ${JSON.stringify(source)}
     console.log(await readSecret('first'), await readSecret('second'))`,
  )
  await build({ input: asks, output: { file: program, format: 'esm' }, platform: 'node', logLevel: 'silent' })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What the program printed, and how it ended. `end`: whether its input ends after the text. */
async function ask(text: string, { end }: { end: boolean }): Promise<{ out: string; code: number | null }> {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'ignore'] })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stdin.write(text)
  if (end) child.stdin.end()
  const [code] = (await once(child, 'exit')) as [number | null]
  child.stdin.destroy()
  return { out: out.trim(), code }
}

test('two lines that come together answer two questions', async () => {
  expect(await ask('1357\n2468\n', { end: true })).toEqual({ out: '1357 2468', code: 0 })
})

test('an input that stays open keeps nobody waiting after its lines', async () => {
  expect(await ask('1357\n2468\n', { end: false })).toEqual({ out: '1357 2468', code: 0 })
})

test('an input that ends too early is an error, not an empty PIN', async () => {
  expect(await ask('1357\n', { end: true })).toMatchObject({ code: 1 })
})
