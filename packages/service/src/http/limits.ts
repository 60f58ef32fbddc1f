/**
 * Bounds of the HTTP door, threat-model §8. Whatever is beyond one is refused with a code and a sentence that says the
 * bound; nothing is cut. Bodies of site files have their own bound in `api/site.ts`, pages in `api/events.ts`.
 */

/** Bytes of a body, unless the table of operations says more. */
export const maxBodyBytes: number = 1024 * 1024
/** Bytes of the address and of names and values of all headers together. */
export const maxHeaderBytes: number = 16 * 1024
/** Of path and query. */
export const maxUrlCharacters: number = 4 * 1024
/** Objects and lists of a body inside each other. */
export const maxJsonDepth = 32
/** Items of one list of a body. */
export const maxJsonItems = 10_000

/** Whoever has not sent his headers by then is sent away; so nobody can hold half a request open (slowloris). */
export const headersMs = 10_000
/** The same for a whole request with its body. */
export const requestMs = 60_000
/** How often that is looked at. */
export const connectionsCheckMs = 1_000
/** Between two requests on one connection. */
export const keepAliveMs = 15_000
/** Open connections to the port: all streams, and as many again. The operator socket has its own. */
export const maxConnections = 2_000
/** Streams of records, of everybody together. */
export const maxStreams = 1_000
/** Events that wait in memory for one client; the others wait in the database, and it resumes by its cursor. */
export const maxBufferedEvents = 200

/** Requests in a window of time. */
export interface Rate {
  readonly most: number
  readonly windowMs: number
}
/** 100 a second, evened out over ten seconds: a page asks for everything at once. */
export const ratePerSession: Rate = { most: 1_000, windowMs: 10_000 }
/** 10 a second without a session, evened out over a minute: a whole plant enrols from one address. */
export const ratePerAddress: Rate = { most: 600, windowMs: 60_000 }
