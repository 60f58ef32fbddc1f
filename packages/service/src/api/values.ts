/** The small values that the messages of the interface are made of. */
import { z } from 'zod'

/** An id as the site file writes it (site.md §1). */
export const Id: z.ZodType<string> = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'an id of the site file')

/** An instant, UTC: `2026-11-24T13:00:00Z`. */
export const Instant: z.ZodType<string> = z.iso.datetime({ offset: false })

/** Bytes as lower-case hex. */
export const Hex: z.ZodType<string> = z.string().regex(/^(?:[0-9a-f]{2})*$/, 'lower-case hex')

const maxBytesText = 131_072

/** Bytes as unpadded base64url (RFC 4648 §5). */
export const Base64url: z.ZodType<string> = z
  .string()
  .max(maxBytesText)
  .regex(/^[A-Za-z0-9_-]*$/, 'unpadded base64url')

/** A code of 128 bits in Crockford's base 32 as a person types it: case and hyphens do not matter. */
export const Code: z.ZodType<string> = z.string().min(26).max(40)

export const maxNameCharacters = 200
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/** A text that is shown to people: no control, bidirectional override, half or other invisible characters. */
export const Name: z.ZodType<string> = z
  .string()
  .min(1)
  .max(maxNameCharacters)
  .refine(text => !invisible.test(text), 'no control or bidirectional override characters')

/** A whole number from 0. */
export const Count: z.ZodType<number> = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)

/** Beyond this no column has room for a version, and nobody applies two thousand million sites. */
const maxVersion = 2_147_483_647

/** The number of a version in an address, from 1. */
export const VersionNumber: z.ZodType<number> = z.coerce.number().int().positive().max(maxVersion)

/** A place in the stream of events: what `after` and `before` take. Opaque to clients. */
export const Cursor: z.ZodType<string> = z.string().regex(/^(?:0|[1-9][0-9]{0,17})$/, 'a cursor')

/** Something of the site with its name. */
export interface Named {
  readonly id: string
  readonly name: string
}
export const Named: z.ZodType<Named> = z.object({ id: z.string(), name: z.string() }).meta({ id: 'Named' })

/** Nothing to say. */
export interface Done {
  readonly done: true
}
export const Done: z.ZodType<Done> = z.object({ done: z.literal(true) }).meta({ id: 'Done' })
