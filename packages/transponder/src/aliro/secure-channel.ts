/** AES-256-GCM over whole logical messages, a counter per direction. aliro.md §8. */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { concat, uintBytes } from '@edgeward/base'

/** One side's view of a channel. */
export interface Channel {
  readonly role: 'reader' | 'device'
  readonly readerKey: Uint8Array
  readonly deviceKey: Uint8Array
  /** Counter of the next message in each direction. */
  readonly readerCounter: number
  readonly deviceCounter: number
}

/** A counter of this value or more is not used: the session ends. */
const counterLimit = 0xffff

const tagBytes = 16
const directions = { reader: new Uint8Array(8), device: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1) }

/** A fresh channel: both counters at 1. */
export function openChannel(role: 'reader' | 'device', readerKey: Uint8Array, deviceKey: Uint8Array): Channel {
  return { role, readerKey, deviceKey, readerCounter: 1, deviceCounter: 1 }
}

/** Whether either counter is used up. */
export function isUsedUp({ readerCounter, deviceCounter }: Channel): boolean {
  return readerCounter >= counterLimit || deviceCounter >= counterLimit
}

/** Ciphertext and tag of the next message of ours, and the channel after it. The counter must not be used up. */
export function seal(channel: Channel, plaintext: Uint8Array): readonly [Channel, Uint8Array] {
  const [key, iv, after] = turn(channel, channel.role)
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes })
  return [after, concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())]
}

/** The plaintext of the peer's next message, or undefined if it is not that message, whole and unchanged. */
export function unseal(channel: Channel, message: Uint8Array): readonly [Channel, Uint8Array] | undefined {
  if (message.length < tagBytes) return undefined
  const [key, iv, after] = turn(channel, channel.role === 'reader' ? 'device' : 'reader')
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes })
  decipher.setAuthTag(message.subarray(message.length - tagBytes))
  const plaintext = decipher.update(message.subarray(0, message.length - tagBytes))
  try {
    return [after, concat(plaintext, decipher.final())]
  } catch (error) {
    // node:crypto says no more than this when the tag is wrong, and has no code for it.
    if (error instanceof Error && /unable to authenticate/.test(error.message)) return undefined
    throw error
  }
}

function turn(channel: Channel, sender: 'reader' | 'device'): readonly [Uint8Array, Uint8Array, Channel] {
  const { readerKey, deviceKey, readerCounter, deviceCounter } = channel
  return sender === 'reader'
    ? [readerKey, iv('reader', readerCounter), { ...channel, readerCounter: readerCounter + 1 }]
    : [deviceKey, iv('device', deviceCounter), { ...channel, deviceCounter: deviceCounter + 1 }]
}

function iv(sender: 'reader' | 'device', counter: number): Uint8Array {
  return concat(directions[sender], uintBytes(counter, 4))
}
