import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root, treeFiles } from './tree.ts'

/** Where a nonce may come from: the generator, or the header of what is being opened. */
const sources = [
  /^const iv = (await store\.random|random\.bytes)\(ivBytes\)$/,
  /^const iv = bytesOf\(head(er)?\.get\((label\.iv|4)\), ivBytes(, 'IV')?\)$/,
  // A self-test, which seals nothing that anybody sees.
  /^const iv = new Uint8Array\(12\)$/,
]

test('T30: what is sealed has its nonce from the generator of the key store, drawn there and then, never from a number that is counted', () => {
  const drawn = treeFiles('packages')
    .filter(path => /^packages\/[^/]+\/src\/.*\.ts$/.test(path))
    .flatMap(path =>
      readFileSync(join(root, path), 'utf8')
        .split('\n')
        .map(line => line.trim())
        .filter(line => /^(const|let|var) iv\b/.test(line))
        .map(line => ({ path, line })),
    )
  expect(drawn.filter(({ line }) => !sources.some(source => source.test(line)))).toEqual([])
  const sealing = drawn.filter(({ line }) => /random/.test(line)).map(({ path }) => path)
  expect(sealing.sort()).toEqual([
    'packages/keystore/src/seal/envelope.ts',
    'packages/keystore/src/seal/first-key-package.ts',
    'packages/keystore/src/software/file-key.ts',
    'packages/keystore/src/software/key-file.ts',
  ])
})

test('T30: only the key store speaks of nonces: nobody above it hands one in', () => {
  const above = treeFiles('packages').filter(path =>
    /^packages\/(module|service|wallet|domain)\/src\/.*\.ts$/.test(path),
  )
  const handing = above.filter(path => /\biv\s*[:,]|createCipheriv/.test(readFileSync(join(root, path), 'utf8')))
  expect(handing).toEqual([])
})
