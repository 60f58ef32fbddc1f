import { createCipheriv, type KeyObject } from 'node:crypto'

const blockBytes = 16

/** AES-CMAC (RFC 4493, SP 800-38B) with one kept AES-ECB cipher object: node:crypto has no CMAC of its own. */
export class Cmac {
  readonly #cipher: ReturnType<typeof createCipheriv>
  readonly #whole: Buffer
  readonly #padded: Buffer

  constructor(key: KeyObject) {
    const bits = 8 * (key.symmetricKeySize ?? 0)
    this.#cipher = createCipheriv(`aes-${bits}-ecb`, key, null)
    this.#cipher.setAutoPadding(false)
    this.#whole = doubled(this.#cipher.update(Buffer.alloc(blockBytes)))
    this.#padded = doubled(this.#whole)
  }

  /** The full 16 bytes. `leastBlocks`: a shorter message is padded to so many blocks; AN10922 wants two, RFC 4493 one. */
  mac(message: Uint8Array, leastBlocks = 1): Buffer {
    const blocks = Math.max(leastBlocks, Math.ceil(message.length / blockBytes))
    const end = (blocks - 1) * blockBytes
    const padded = message.length === blocks * blockBytes ? message : paddedTo(blocks * blockBytes, message)
    let state: Buffer = Buffer.alloc(blockBytes)
    for (let i = 0; i < end; i += blockBytes) {
      state = this.#cipher.update(exclusiveOr(state, padded.subarray(i, i + blockBytes)))
    }
    // The subkey says whether there was padding. RFC 4493 §2.4
    const last = exclusiveOr(padded === message ? this.#whole : this.#padded, padded.subarray(end))
    return this.#cipher.update(exclusiveOr(state, last))
  }
}

function paddedTo(length: number, message: Uint8Array): Buffer {
  const padded = Buffer.alloc(length)
  padded.set(message)
  padded[message.length] = 0x80
  return padded
}

/** Multiplication by x in GF(2^128). RFC 4493 §2.3 */
function doubled(block: Buffer): Buffer {
  const result = Buffer.alloc(blockBytes)
  for (let i = 0; i < blockBytes; i++) {
    result[i] = ((block[i] as number) << 1) | ((block[i + 1] ?? 0) >> 7)
  }
  const last = blockBytes - 1
  if ((block[0] as number) & 0x80) result[last] = (result[last] as number) ^ 0x87
  return result
}

function exclusiveOr(a: Uint8Array, b: Uint8Array): Buffer {
  const result = Buffer.alloc(blockBytes)
  for (let i = 0; i < blockBytes; i++) result[i] = (a[i] as number) ^ (b[i] as number)
  return result
}
