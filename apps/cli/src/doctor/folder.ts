/** The data folder: there, ours alone, on a disk that keeps what it says, with room. */
import { closeSync, existsSync, fsyncSync, lstatSync, openSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { folderIdentity, isSameFolder, readIdentity } from '@edgeward/service/data-folder'
import type { DataFolder } from '../data-folder.ts'
import { shownBytes } from '../shown-bytes.ts'
import { type Finding, ok, problem, warning } from './finding.ts'

const leastBytes = 512 * 2 ** 20
const goodBytes = 2 * 2 ** 30
const leastInodes = 5_000
const slowSyncMs = 200

/** Numbers of statfs(2) of file systems that need a word. */
const oddSystems: Readonly<Record<number, readonly [string, string]>> = {
  26985: ['NFS', 'locks and fsync over a network are not to be relied on'],
  20859: ['SMB', 'locks and fsync over a network are not to be relied on'],
  4283649346: ['CIFS', 'locks and fsync over a network are not to be relied on'],
  4266872130: ['SMB2', 'locks and fsync over a network are not to be relied on'],
  1702057286: ['FUSE', 'whether fsync is honoured depends on the program behind it'],
  16914839: ['9p', 'a folder of the host of this virtual machine: sockets and fsync may not work'],
  16914836: ['tmpfs', 'it lies in memory and is gone when the machine ends'],
  2240043254: ['ramfs', 'it lies in memory and is gone when the machine ends'],
}

/** Whether a plant has ever been here. */
export function hasPlant({ service, root }: DataFolder): boolean {
  return existsSync(join(service, 'keys')) || existsSync(join(root, 'modules'))
}

export function folderFindings(folder: DataFolder): readonly Finding[] {
  const { root } = folder
  if (!existsSync(root))
    return [ok('data folder', `${root} is not there yet: \`npm start\` makes it`), ...roomFindings(nearest(root))]
  const status = statSync(root)
  if (!status.isDirectory())
    return [problem('data folder', `${root} is no folder`, 'Choose another with --data or EDGEWARD_DATA.')]
  return [
    ownerFinding(root, status.uid, status.mode),
    ...identityFindings(folder),
    systemFinding(root),
    ...roomFindings(root),
    syncFinding(root),
  ]
}

function ownerFinding(root: string, uid: number, mode: number): Finding {
  const me = process.getuid?.()
  const shown = `0${(mode & 0o777).toString(8)}`
  if (me !== undefined && me !== 0 && uid !== me)
    return problem(
      'data folder',
      `${root} belongs to user ${uid}, you are ${userInfo().username} (${me})`,
      'Run this as the user who runs the plant, or choose another folder with --data.',
    )
  if ((mode & 0o077) !== 0)
    return problem(
      'data folder',
      `${root} can be read by others (mode ${shown})`,
      `Others could take the keys. Close it: chmod 700 ${root}`,
    )
  if (me === 0 && uid !== 0)
    return warning(
      'data folder',
      `${root} belongs to user ${uid}, and you are root`,
      'Start the plant as that user: what root makes, that user cannot read.',
    )
  return ok('data folder', `${root}, yours alone (mode ${shown})`)
}

function identityFindings({ identity, root }: DataFolder): readonly Finding[] {
  if (existsSync(join(root, 'restored.json')))
    return [
      warning(
        'restore',
        'this folder was restored and has not been started since',
        'Start it: the service begins with new numbers then. Repeat blocks that were made since the backup.',
      ),
    ]
  if (!existsSync(identity)) return []
  const before = readIdentity(readFileSync(identity, 'utf8'))
  if (before === undefined || isSameFolder(before, folderIdentity(root))) return []
  return [
    warning(
      'copy',
      `this folder is a copy of ${before.path}`,
      'Its next start makes it a plant of its own, as after a restore. Copies are better made with `edgeward backup` and `edgeward restore`.',
    ),
  ]
}

function systemFinding(root: string): Finding {
  const { type } = statfsSync(root)
  const odd = oddSystems[type >>> 0]
  if (odd === undefined) return ok('file system', `a local disk (type 0x${(type >>> 0).toString(16)})`)
  return warning(
    'file system',
    `${odd[0]}: ${odd[1]}`,
    'For anything but a trial, put the folder on a local disk: --data FOLDER.',
  )
}

function roomFindings(root: string): readonly Finding[] {
  const { bavail, bsize, ffree, files } = statfsSync(root)
  const free = bavail * bsize
  const found = `${shownBytes(free)} free${files > 0 ? `, ${ffree} inodes` : ''} at ${root}`
  if (free < leastBytes)
    return [
      problem(
        'disk',
        found,
        `A plant needs ${shownBytes(leastBytes)}: make room, or choose a folder on another disk. A module without room denies every tap.`,
      ),
    ]
  if (files > 0 && ffree < leastInodes)
    return [problem('disk', found, 'The disk has room but no inodes: remove folders with very many small files.')]
  if (free < goodBytes) return [warning('disk', found, `Make room before it is below ${shownBytes(leastBytes)}.`)]
  return [ok('disk', found)]
}

/** Forces what is there to the disk; nothing is written for it. */
function syncFinding(root: string): Finding {
  const began = performance.now()
  try {
    const descriptor = openSync(root, 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return problem(
      'fsync',
      `the disk refuses it (${code})`,
      'Nothing would be durable here. Put the folder on another disk: --data FOLDER.',
    )
  }
  const tookMs = performance.now() - began
  const found = `the disk takes it in ${tookMs.toFixed(1)} ms`
  return tookMs > slowSyncMs
    ? warning('fsync', found, 'Every tap waits for it once. Use a faster disk, or see what else writes to this one.')
    : ok('fsync', found)
}

function nearest(path: string): string {
  return existsSync(path) && lstatSync(path).isDirectory() ? path : nearest(dirname(path))
}
