import { concat, uintBytes, utf8 } from '@edgeward/base'
import type { Cmac } from './cmac.ts'

const macBits = 128

/**
 * SP 800-108 §4.1, counter mode, PRF AES-CMAC, as keys.md §6 writes it: CMAC(root, i (u8) || label || 00 || context ||
 * bits (u16)) for i = 1.., cut to `bits`. The caller wipes the result.
 */
export function deriveBytes(
  root: Cmac,
  { label, context, bits }: { label: string; context: Uint8Array; bits: number },
): Buffer {
  const fixed = concat(utf8(`${label}\0`), context, uintBytes(bits, 2))
  const blocks: Buffer[] = []
  for (let i = 1; i <= Math.ceil(bits / macBits); i++) blocks.push(root.mac(concat(uintBytes(i, 1), fixed)))
  const derived = Buffer.concat(blocks).subarray(0, bits / 8)
  for (const block of blocks) block.fill(0)
  return derived
}
