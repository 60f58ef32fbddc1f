/** The public door of `@edgeward/base`: bytes, CBOR, clocks, randomness, invariants. */
export { bytesEqual, concat, fromBase64url, fromHex, fromUtf8, toBase64url, toHex, uintBytes, utf8 } from './bytes.ts'
export { CborError, type CborFault, type CborLimits, type CborValue, decodeCbor, encodeCbor, Tagged } from './cbor.ts'
export { type Clock, SimulatedClock, SystemClock } from './clock.ts'
export { invariant } from './invariant.ts'
export { generatorDiffers, type Random, SeededRandom, SystemRandom } from './random.ts'
export { Reader, WireError } from './reader.ts'
