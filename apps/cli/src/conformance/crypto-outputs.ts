import { toHex } from '@edgeward/base'

/** What an operation of suite `crypto` gave, by the names of `expect`, in hex; undefined: it refused. */
export type Outputs = Readonly<Record<string, string>> | undefined

const tagBytes = 16

/** Ciphertext and tag, as the vectors have them apart. */
export function sealedOutputs(sealed: Uint8Array): Outputs {
  const end = sealed.length - tagBytes
  return { ct: toHex(sealed.subarray(0, end)), tag: toHex(sealed.subarray(end)) }
}
