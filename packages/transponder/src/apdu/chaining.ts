/** Long data over short APDUs, from the reader's side: command chaining and GET RESPONSE. aliro.md §2. */
import { concat } from '@edgeward/base'
import { type Command, maxShortAnswer, maxShortData } from './command.ts'
import { type Response, statusWord } from './response.ts'

/** CLA bit of every part but the last. ISO/IEC 7816-4 §5.3.3. */
export const chainingBit = 0x10
/** Joined data of one command, and of one answer. threat-model.md §8. */
export const maxJoinedCommand = 4_096
export const maxJoinedAnswer = 65_536

/** The short commands that carry one logical command. Throws a RangeError above 4,096 bytes. */
export function chainCommand(command: Command): readonly Command[] {
  const { data } = command
  if (data.length > maxJoinedCommand) throw new RangeError(`${data.length} bytes are more than a chain holds`)
  const count = Math.max(1, Math.ceil(data.length / maxShortData))
  return Array.from({ length: count }, (_, i) => ({
    ...command,
    cla: i < count - 1 ? command.cla | chainingBit : command.cla,
    data: data.slice(i * maxShortData, (i + 1) * maxShortData),
  }))
}

/** What has arrived of an answer so far. */
export interface PartialAnswer {
  readonly data: Uint8Array
}

export const noAnswerYet: PartialAnswer = { data: new Uint8Array(0) }

/** What one more answer means: ask on with this GET RESPONSE, or the whole answer, or too much of it. */
export type JoinedAnswer =
  | { readonly type: 'more'; readonly partial: PartialAnswer; readonly ask: Command }
  | { readonly type: 'whole'; readonly response: Response }
  | { readonly type: 'oversize' }

/** Joins the parts of an answer. An empty part that promises more, and more than 64 KiB, is `oversize`. */
export function joinAnswer(partial: PartialAnswer, { data, sw }: Response): JoinedAnswer {
  if (sw >> 8 !== statusWord.moreFollows >> 8) {
    // The data before an error is not used.
    if (partial.data.length + data.length > maxJoinedAnswer) return { type: 'oversize' }
    return { type: 'whole', response: { data: concat(partial.data, data), sw } }
  }
  if (data.length === 0) return { type: 'oversize' }
  const joined = concat(partial.data, data)
  if (joined.length > maxJoinedAnswer) return { type: 'oversize' }
  return { type: 'more', partial: { data: joined }, ask: getResponse(sw & 0xff) }
}

function getResponse(left: number): Command {
  return { cla: 0x00, ins: 0xc0, p1: 0, p2: 0, data: new Uint8Array(0), le: left || maxShortAnswer }
}
