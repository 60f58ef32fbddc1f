// Applying one patch of test/sabotage and taking it back.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { patchFolder } from '../threat-tests.mjs'

/** `undefined` if the patch of this threat applies to the tree as it is, otherwise why not (one line). */
export function appliesTo(root, id) {
  return apply({ root, tree: root, id, options: ['--check'] })
}

/** Does something in the tree while the patch of this threat is applied there. */
export async function withPatch({ root, tree, id }, action) {
  const why = apply({ root, tree, id, options: [] })
  if (why !== undefined) throw new Error(`${id}.patch: ${why}`)
  // What throws here ends the run, and the copy goes with it.
  const result = await action()
  const left = apply({ root, tree, id, options: ['--reverse'] })
  if (left !== undefined) throw new Error(`${id}.patch cannot be taken back: ${left}`)
  return result
}

function apply({ root, tree, id, options }) {
  const patch = join(root, patchFolder, `${id}.patch`)
  const { status, stderr, error } = spawnSync('git', ['apply', ...options, patch], {
    cwd: tree,
    encoding: 'utf8',
    // A copy below somebody's repository is none of it.
    env: { ...process.env, ...(tree === root ? {} : { GIT_CEILING_DIRECTORIES: dirname(tree) }) },
  })
  if (status === 0) return undefined
  return error?.message ?? stderr.trim().split('\n')[0] ?? 'git apply failed'
}
