import { fromHex } from '@edgeward/base'
import type { Command } from '../apdu/command.ts'

/** The two applications. aliro.md §3. */
export const expeditedAid: Uint8Array = fromHex('a000000909acce5501')
export const stepUpAid: Uint8Array = fromHex('a000000909acce5502')

/** Protocol versions, two bytes each. */
export const version10: Uint8Array = Uint8Array.of(0x01, 0x00)
export const version09: Uint8Array = Uint8Array.of(0x00, 0x09)

/** Class, instruction and parameters of each command, and whether an answer with data is asked for. aliro.md §2. */
export const instructions = {
  select: { cla: 0x00, ins: 0xa4, p1: 0x04, p2: 0x00, le: true },
  auth0: { cla: 0x80, ins: 0x80, p1: 0x00, p2: 0x00, le: true },
  loadCertificate: { cla: 0x80, ins: 0xd1, p1: 0x00, p2: 0x00, le: true },
  auth1: { cla: 0x80, ins: 0x81, p1: 0x00, p2: 0x00, le: true },
  exchange: { cla: 0x80, ins: 0xc9, p1: 0x00, p2: 0x00, le: true },
  controlFlow: { cla: 0x80, ins: 0x3c, p1: 0x00, p2: 0x00, le: false },
  envelope: { cla: 0x00, ins: 0xc3, p1: 0x00, p2: 0x00, le: true },
  getResponse: { cla: 0x00, ins: 0xc0, p1: 0x00, p2: 0x00, le: true },
} as const

export type InstructionName = keyof typeof instructions

/** GET DATA is known and answers that nothing is there. */
export const getDataInstructions: readonly number[] = [0xca, 0xcb]

/** The command of a name with its data. */
export function commandOf(name: InstructionName, data: Uint8Array): Command {
  const { cla, ins, p1, p2, le } = instructions[name]
  return { cla, ins, p1, p2, data, ...(le ? { le: 256 } : {}) }
}
