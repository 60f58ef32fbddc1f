/** From the site file to the claims of a credential document. envelope.md §3, site.md §6.1 */
import { claimsFromSite, type Claims as SiteClaims, type Validity as SiteValidity } from '@edgeward/domain'
import type { Claims, PinVerifier, Plain, PlainMap, Validity } from '@edgeward/keystore/seal'
import type { SiteInForce } from '../site/sites.ts'
import type { CredentialRow, Holder } from './holders.ts'

/** What the site file does not say. */
export interface ClaimsBasis {
  readonly holder: Holder
  readonly credential: CredentialRow
  readonly thumbprint: Uint8Array
  readonly epoch: number
  /** Party id of the key group. */
  readonly keyGroup: Uint8Array
  /** Of the document, seconds. */
  readonly notBefore: number
  readonly notAfter: number
  readonly pin: PinVerifier | undefined
  readonly duress: PinVerifier | undefined
}

/** The claims of one document. */
export function claimsOf(site: SiteInForce, basis: ClaimsBasis): Claims {
  const { holder, credential, thumbprint, epoch, keyGroup, notBefore, notAfter, pin, duress } = basis
  const said = claimsFromSite(site.model, { person: holder.id, credential: credential.credential })
  if (said === undefined) throw new Error('a holder of the site has claims')
  return {
    credential: credential.pseudonym,
    person: holder.reference,
    roles: said.roles.map(({ role, ...validity }) => ({ role, ...boundsOf(validity) })),
    notBefore,
    notAfter,
    epoch,
    transponder: thumbprint,
    keyGroup,
    ...(said.validity && { credentialValidity: boundsOf(said.validity) }),
    ...(said.personValidity && { personValidity: boundsOf(said.personValidity) }),
    groups: said.groups,
    ...(said.organisation !== undefined && { organisation: said.organisation }),
    flags: { external: said.external, extendedTime: said.extendedTime, robot: said.robot },
    qualifications: new Map(Object.entries(said.qualifications).map(([id, validity]) => [id, boundsOf(validity)])),
    ...(pin && { pin }),
    ...(duress && { duress }),
    preferences: preferencesOf(said),
  }
}

function boundsOf({ from, to }: SiteValidity): Validity {
  return { from: from ?? null, to: to ?? null }
}

function preferencesOf({ preferences }: SiteClaims): ReadonlyMap<string, PlainMap> {
  return new Map(
    Object.entries(preferences).flatMap(([kind, map]) => {
      const value = plainOf(map)
      return isPlainMap(value) ? [[kind, value] as const] : []
    }),
  )
}

/** What deterministic CBOR of ours can say; a fraction becomes a text. */
function plainOf(value: unknown): Plain {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : String(value)
  if (Array.isArray(value)) return value.map(plainOf)
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plainOf(member)]))
  return String(value)
}

function isPlainMap(value: Plain): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}
