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

  /** The full 16 bytes. */
  mac(message: Uint8Array): Buffer {
    const blocks = Math.max(1, Math.ceil(message.length / blockBytes))
    let state: Buffer = Buffer.alloc(blockBytes)
    for (let i = 0; i < blocks - 1; i++) {
      state = this.#cipher.update(exclusiveOr(state, message.subarray(i * blockBytes, (i + 1) * blockBytes)))
    }
    return this.#cipher.update(exclusiveOr(state, this.#last(message.subarray((blocks - 1) * blockBytes))))
  }

  /** The last block, masked with the subkey that says whether it had to be padded. RFC 4493 §2.4 */
  #last(rest: Uint8Array): Buffer {
    if (rest.length === blockBytes) return exclusiveOr(this.#whole, rest)
    const block = Buffer.alloc(blockBytes)
    block.set(rest)
    block[rest.length] = 0x80
    return exclusiveOr(this.#padded, block)
  }
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
