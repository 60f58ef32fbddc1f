/** Long data over short APDUs, from the card's side: joins command chains, cuts answers. aliro.md §2. No I/O. */
import { concat } from '@edgeward/base'
import { chainingBit, maxJoinedCommand } from './chaining.ts'
import { type Command, maxShortAnswer } from './command.ts'
import { type Response, statusWord } from './response.ts'

/** The part of a chain that has arrived, and the part of an answer that has not gone out. */
export interface CardLink {
  readonly chain?: Command
  readonly pending?: Uint8Array
}

export const idleLink: CardLink = {}

const getResponseIns = 0xc0

/** What a command APDU means to the link. */
export type LinkResult =
  /** The link answers by itself: a part of a chain or of an answer. */
  | { readonly type: 'answer'; readonly link: CardLink; readonly response: Response }
  /** A logical command, whole. */
  | { readonly type: 'command'; readonly link: CardLink; readonly command: Command }
  /** Too long in all (`length`), another command amidst a chain (`chain`), nothing to fetch (`nothing-pending`). */
  | { readonly type: 'refuse'; readonly link: CardLink; readonly because: 'length' | 'chain' | 'nothing-pending' }

/** Takes one command APDU. `fragmentBytes` cuts the answers. */
export function takeCommand(link: CardLink, command: Command, fragmentBytes: number): LinkResult {
  const { chain, pending } = link
  if (chain && !continues(chain, command)) return { type: 'refuse', link: idleLink, because: 'chain' }
  if (command.ins === getResponseIns) {
    if (!pending) return { type: 'refuse', link: idleLink, because: 'nothing-pending' }
    if (command.data.length > 0) return { type: 'refuse', link: idleLink, because: 'length' }
    return cutAnswer(pending, statusWord.good, fragmentBytes, command.le)
  }
  const data = chain ? concat(chain.data, command.data) : command.data
  if (data.length > maxJoinedCommand) return { type: 'refuse', link: idleLink, because: 'length' }
  const joined = { ...command, cla: command.cla & ~chainingBit, data }
  if ((command.cla & chainingBit) === 0) return { type: 'command', link: idleLink, command: joined }
  return { type: 'answer', link: { chain: joined }, response: { data: new Uint8Array(0), sw: statusWord.good } }
}

/** The first part of an answer; the rest waits for GET RESPONSE. */
export function cutAnswer(
  data: Uint8Array,
  sw: number,
  fragmentBytes: number,
  le: number = maxShortAnswer,
): Extract<LinkResult, { type: 'answer' }> {
  const part = data.slice(0, Math.min(fragmentBytes, le))
  const rest = data.slice(part.length)
  if (rest.length === 0) return { type: 'answer', link: idleLink, response: { data: part, sw } }
  const left = rest.length > 0xff ? 0 : rest.length
  return { type: 'answer', link: { pending: rest }, response: { data: part, sw: statusWord.moreFollows | left } }
}

/** Whether another command stands amidst a chain: instruction and parameters stay the same in it. aliro.md §2. */
export function breaksChain({ chain }: CardLink, { ins, p1, p2 }: Command): boolean {
  return chain !== undefined && (ins !== chain.ins || p1 !== chain.p1 || p2 !== chain.p2)
}

function continues(chain: Command, command: Command): boolean {
  return (command.cla & ~chainingBit) === chain.cla && !breaksChain({ chain }, command)
}
