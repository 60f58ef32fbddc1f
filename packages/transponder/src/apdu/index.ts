/** The public door of the APDU layer: commands, answers, BER-TLV, chaining. */
export { type CardLink, cutAnswer, idleLink, type LinkResult, takeCommand } from './card-link.ts'
export {
  chainCommand,
  chainingBit,
  type JoinedAnswer,
  joinAnswer,
  maxJoinedAnswer,
  maxJoinedCommand,
  noAnswerYet,
  type PartialAnswer,
} from './chaining.ts'
export { type Command, decodeCommand, encodeCommand, maxCommandBytes, maxShortAnswer, maxShortData } from './command.ts'
export { decodeResponse, encodeResponse, type Response, statusWord } from './response.ts'
export {
  decodeTable,
  decodeTlvs,
  encodeTlv,
  type Tlv,
  type TlvFields,
  type TlvRow,
  type TlvTable,
} from './tlv.ts'
