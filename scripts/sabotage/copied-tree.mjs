// A copy of the working tree in which patched sources are what tests run: the workspace packages in its node_modules
// lead to the copy, everything else that is installed leads to the original.
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'

/** Copies what git knows and what is new but not ignored; answers the folder of the copy. */
export function copyTree(root) {
  const tree = realpathSync(mkdtempSync(join(tmpdir(), 'edgeward-sabotage-')))
  for (const path of trackedFiles(root)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    const stat = lstatSync(join(root, path))
    if (stat.isSymbolicLink()) symlinkSync(readlinkSync(join(root, path)), join(tree, path))
    else copyFileSync(join(root, path), join(tree, path))
  }
  linkInstalled(realpathSync(root), tree)
  return tree
}

export function removeTree(tree) {
  rmSync(tree, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
}

function trackedFiles(root) {
  const { status, stdout, stderr } = spawnSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`git ls-files: ${stderr}`)
  return stdout.split('\0').filter(path => path !== '' && existsSync(join(root, path)))
}

function linkInstalled(root, tree) {
  for (const name of readdirSync(join(root, 'node_modules'))) {
    // Caches are written by those who run: the copy makes its own.
    if (name.startsWith('.') && name !== '.bin' && name !== '.package-lock.json') continue
    if (name.startsWith('@'))
      for (const inner of readdirSync(join(root, 'node_modules', name))) link(`${name}/${inner}`)
    else link(name)
  }

  function link(name) {
    const place = join(tree, 'node_modules', name)
    const original = join(root, 'node_modules', name)
    const own = relative(root, realpathSync(original))
    mkdirSync(dirname(place), { recursive: true })
    symlinkSync(own.startsWith('packages/') || own.startsWith('apps/') ? join(tree, own) : original, place)
  }
}
