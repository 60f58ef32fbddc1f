/** The public door of the carriers: what a link to a transponder is, and vpcd over TCP, both ends. */
export { TransponderError, type TransponderFault } from '../errors.ts'
export { type CardCarrier, type CardEvent, type Carrier, systemTimer, type Timer } from './carrier.ts'
export { connectVpcd, type VpcdConnectOptions } from './vpcd-card.ts'
export { encodeFrame, FrameDecoder, maxFrameBytes, vpcdControl } from './vpcd-frames.ts'
export {
  halfOpenIdleMs,
  listenVpcd,
  maxHalfOpenLinks,
  type VpcdListener,
  type VpcdListenOptions,
} from './vpcd-reader.ts'
