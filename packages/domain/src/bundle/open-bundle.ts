import { CborError, type CborValue, decodeCbor } from '@edgeward/base'
import type { World } from '../decision/world.ts'
import { BundleError } from './bundle-error.ts'
import { tables } from './tables.ts'

/** The format of `tables` that this program writes and reads. Another one is refused (envelope.md §3, result 1). */
export const bundleVersion = 1

/**
 * The world that a module decides by, from the `tables` of its policy bundle. Throws a BundleError: `version` for another
 * format, `malformed` for bytes that are not exactly such tables.
 */
export function openBundle(bytes: Uint8Array): World {
  const [high, low] = bytes
  if (high === undefined || low === undefined)
    throw new BundleError('malformed', 'a bundle begins with its format version')
  const version = high * 256 + low
  if (version !== bundleVersion)
    throw new BundleError('version', `format ${version}; this program reads ${bundleVersion}`)
  const { module, site, names, credentialStates } = tables.read(decoded(bytes.subarray(2)), 'bundle')
  if (!Object.hasOwn(site.modules, module))
    throw new BundleError('malformed', `the bundle of ${module} lacks the module`)
  return {
    site: { ...site, people: {}, robots: {}, zones: {} },
    module,
    listsPeople: false,
    credentialStates,
    ...(names && { names }),
  }
}

function decoded(bytes: Uint8Array): CborValue {
  try {
    return decodeCbor(bytes)
  } catch (cause) {
    if (cause instanceof CborError) throw new BundleError('malformed', cause.message, { cause })
    throw cause
  }
}
