import { concat, uintBytes, utf8 } from '@edgeward/base'
import type { Cmac } from './cmac.ts'

const macBits = 128

/**
 * As keys.md §6 writes it: CMAC(root, i (u8) || label || 00 || context || bits (u16)) for i = 1.., cut to `bits`.
 * The caller wipes the result.
 */
export function deriveBytes(
  root: Cmac,
  { label, context, bits }: { label: string; context: Uint8Array; bits: number },
): Buffer {
  const after = concat(utf8(`${label}\0`), context, uintBytes(bits, 2))
  return counterModeKdf(root, { before: new Uint8Array(), after, counterBits: 8, bits })
}

/**
 * SP 800-108 §4.1, counter mode, PRF AES-CMAC: the MACs of `before || i || after` for i = 1.., cut to `bits`. The caller
 * wipes the result. Throws a RangeError when the counter is too short for that many blocks.
 */
export function counterModeKdf(
  root: Cmac,
  input: { before: Uint8Array; after: Uint8Array; counterBits: number; bits: number },
): Buffer {
  const { before, after, counterBits, bits } = input
  const count = Math.ceil(bits / macBits)
  if (count >= 2 ** counterBits) throw new RangeError(`a counter of ${counterBits} bits does not count ${count} blocks`)
  const blocks: Buffer[] = []
  for (let i = 1; i <= count; i++) blocks.push(root.mac(concat(before, uintBytes(i, counterBits / 8), after)))
  const derived = Buffer.concat(blocks).subarray(0, bits / 8)
  for (const block of blocks) block.fill(0)
  return derived
}

const longestDiversification = 31

/**
 * The AES-128 key of one card. AN10922 §2.2: CMAC over 01 || input, padded to two blocks however short it is. `input`:
 * 1 to 31 bytes; from 16 on it is SP 800-108 with a counter of 8 bits. The caller wipes the result. Throws a RangeError.
 */
export function diversifiedKey(master: Cmac, input: Uint8Array): Buffer {
  if (input.length < 1 || input.length > longestDiversification)
    throw new RangeError(`a diversification input has 1 to ${longestDiversification} bytes`)
  return master.mac(concat(uintBytes(1, 1), input), 2)
}
