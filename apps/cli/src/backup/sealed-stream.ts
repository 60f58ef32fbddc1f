/**
 * A stream under a passphrase: scrypt for the key, AES-256-GCM for pieces of 64 KiB, each with its number and whether it
 * is the last in its nonce, so that no piece can be moved, left out or cut off. The key is of one file alone (its salt).
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes, scrypt } from 'node:crypto'
import { Transform, type TransformCallback } from 'node:stream'
import { backupFault, damaged } from './failure.ts'

/** First bytes of a sealed backup. */
export const sealedMagic: Buffer = Buffer.from('EDGEWARD SEALED BACKUP 1\n', 'latin1')
const saltBytes = 16
/** Length of what stands before the pieces. */
export const sealedHeadBytes: number = sealedMagic.length + saltBytes
const pieceBytes = 65_536
const tagBytes = 16
const keyBytes = 32
const cost = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 2 ** 20 }

/** Seals what goes through. Takes half a second and 128 MiB once. */
export async function sealingStream(passphrase: string): Promise<Transform> {
  const head = Buffer.concat([sealedMagic, randomBytes(saltBytes)])
  return new Sealing(head, await stretch(passphrase, head))
}

/** Opens what goes through; `head` is what stands before it. Errors: `wrong-passphrase`, `backup-damaged`. */
export async function openingStream(passphrase: string, head: Buffer): Promise<Transform> {
  return new Opening(head, await stretch(passphrase, head))
}

class Sealing extends Transform {
  readonly #head: Buffer
  readonly #key: KeyObject
  #rest: Buffer = Buffer.alloc(0)
  #number = 0

  constructor(head: Buffer, key: KeyObject) {
    super()
    this.#head = head
    this.#key = key
    this.push(head)
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.#rest = Buffer.concat([this.#rest, chunk])
    // The last piece is known as such only at the end.
    while (this.#rest.length > pieceBytes) {
      this.#piece(this.#rest.subarray(0, pieceBytes), false)
      this.#rest = this.#rest.subarray(pieceBytes)
    }
    done()
  }

  override _flush(done: TransformCallback): void {
    this.#piece(this.#rest, true)
    done()
  }

  #piece(plaintext: Buffer, isLast: boolean): void {
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce(this.#number++, isLast))
    cipher.setAAD(this.#head)
    this.push(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]))
  }
}

class Opening extends Transform {
  readonly #head: Buffer
  readonly #key: KeyObject
  #rest: Buffer = Buffer.alloc(0)
  #number = 0

  constructor(head: Buffer, key: KeyObject) {
    super()
    this.#head = head
    this.#key = key
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    const sealedBytes = pieceBytes + tagBytes
    this.#rest = Buffer.concat([this.#rest, chunk])
    try {
      while (this.#rest.length > sealedBytes) {
        this.#piece(this.#rest.subarray(0, sealedBytes), false)
        this.#rest = this.#rest.subarray(sealedBytes)
      }
      done()
    } catch (error) {
      done(error as Error)
    }
  }

  override _flush(done: TransformCallback): void {
    try {
      this.#piece(this.#rest, true)
      done()
    } catch (error) {
      done(error as Error)
    }
  }

  #piece(sealed: Buffer, isLast: boolean): void {
    if (sealed.length < tagBytes) throw damaged('it ends too early')
    const number = this.#number++
    const decipher = createDecipheriv('aes-256-gcm', this.#key, nonce(number, isLast))
    decipher.setAAD(this.#head)
    decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
    const opened = decipher.update(sealed.subarray(0, sealed.length - tagBytes))
    try {
      decipher.final()
    } catch (cause) {
      if (number > 0) throw damaged('it was changed or cut short', cause)
      throw backupFault(
        'wrong-passphrase',
        'The passphrase does not open this backup (or its first bytes were changed). Nothing was restored.',
        cause,
      )
    }
    this.push(opened)
  }
}

function nonce(number: number, isLast: boolean): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt32BE(number, 7)
  bytes[11] = isLast ? 1 : 0
  return bytes
}

function stretch(passphrase: string, head: Buffer): Promise<KeyObject> {
  return new Promise((resolve, reject) => {
    const salt = head.subarray(sealedMagic.length)
    scrypt(passphrase.normalize('NFKC'), salt, keyBytes, cost, (error, bytes) => {
      if (error !== null) return reject(error)
      resolve(createSecretKey(bytes))
      bytes.fill(0)
    })
  })
}
