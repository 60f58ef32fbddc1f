import { concat, Reader, WireError } from '@edgeward/base'

/** Data of one short command, and answer bytes that a Le of 00 asks for. ISO/IEC 7816-4 §5.1. */
export const maxShortData = 255
export const maxShortAnswer = 256
/** A short command with data and Le. threat-model.md §8. */
export const maxCommandBytes = 261

/** A command APDU in short form. Class, instruction and parameters are one byte each. */
export interface Command {
  readonly cla: number
  readonly ins: number
  readonly p1: number
  readonly p2: number
  /** 0 to 255 bytes. */
  readonly data: Uint8Array
  /** Answer bytes asked for, 1 to 256; absent: the command does not ask for any. */
  readonly le?: number
}

/** The bytes of a command. Throws a RangeError for data or Le out of bounds. */
export function encodeCommand({ cla, ins, p1, p2, data, le }: Command): Uint8Array {
  if (data.length > maxShortData) throw new RangeError(`${data.length} bytes do not fit into a short command`)
  if (le !== undefined && (le < 1 || le > maxShortAnswer)) throw new RangeError(`Le of ${le}`)
  return concat(
    Uint8Array.of(cla, ins, p1, p2),
    data.length > 0 ? concat(Uint8Array.of(data.length), data) : new Uint8Array(0),
    le === undefined ? new Uint8Array(0) : Uint8Array.of(le & 0xff),
  )
}

/** The command in these bytes. Throws a WireError when length bytes and data differ, and for extended length. */
export function decodeCommand(bytes: Uint8Array): Command {
  const reader = new Reader(bytes)
  const header = { cla: reader.u8(), ins: reader.u8(), p1: reader.u8(), p2: reader.u8() }
  if (reader.remaining === 0) return { ...header, data: new Uint8Array(0) }
  const length = reader.u8()
  if (reader.remaining === 0) return { ...header, data: new Uint8Array(0), le: length || maxShortAnswer }
  if (length === 0) throw new WireError('extended length')
  const data = reader.take(length).slice()
  if (reader.remaining === 0) return { ...header, data }
  const le = reader.u8()
  reader.end()
  return { ...header, data, le: le || maxShortAnswer }
}
