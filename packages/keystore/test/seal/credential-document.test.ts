import { decodeCbor, encodeCbor, Tagged, toHex } from '@edgeward/base'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { KeyHandle } from '../../src/index.ts'
import {
  type Claims,
  type CredentialDocumentChecks,
  EnvelopeRefused,
  type OpenedCredentialDocument,
  openCredentialDocument,
  sealCredentialDocument,
  sealEnvelope,
  signClaims,
  signDocument,
  transponderThumbprint,
  verifyDocument,
} from '../../src/seal/index.ts'
import { claims as claimsArbitrary } from './payload-arbitraries.ts'
import {
  commission,
  draft,
  group,
  later,
  type Module,
  moduleReceiver,
  now,
  openService,
  type Service,
  scope,
  service,
  trusting,
} from './plant.ts'

let plant: Service
let pump: Module
const transponder = transponderThumbprint(new Uint8Array(65).fill(4))
const claims: Claims = {
  ...{
    credential: new Uint8Array(8).fill(1),
    person: new Uint8Array(16).fill(2),
    roles: [{ role: 'operator', from: null, to: null }],
  },
  ...{ notBefore: now, notAfter: later, epoch: 3, transponder, keyGroup: group },
}

beforeAll(async () => {
  plant = await openService()
  pump = await commission(plant, 'pump-house')
})

const sealed = (more: Partial<Claims> = {}): Promise<Uint8Array> =>
  sealCredentialDocument(plant.store, {
    ...{ ...scope, issuer: plant.issuer, key: plant.credential, from: service, sequence: 1n, issued: now },
    claims: { ...claims, ...more },
  })

const open = (bytes: Uint8Array, checks: Partial<CredentialDocumentChecks> = {}): Promise<OpenedCredentialDocument> =>
  openCredentialDocument(pump.store, moduleReceiver(pump), bytes, {
    now,
    issuers: trusting(plant.issuer),
    transponder,
    ...checks,
  })

const refusal = async (attempt: Promise<unknown>): Promise<string | undefined> => {
  try {
    await attempt
    return undefined
  } catch (error) {
    if (error instanceof EnvelopeRefused) return error.code
    throw error
  }
}

test('claims of any shape arrive as they were issued', async () => {
  await fc.assert(
    fc.asyncProperty(claimsArbitrary(transponder, group), async some => {
      const issued = { ...some, notBefore: now, notAfter: later }
      const { claims: opened, envelope } = await open(await sealed(issued))
      expect(opened).toEqual({ ...issued })
      expect(envelope.mark).toBeUndefined()
    }),
  )
})

test('what is empty or false is left out', async () => {
  const empty = { grants: [], groups: [], qualifications: new Map(), preferences: new Map() }
  const flags = { external: false, extendedTime: false, robot: false }
  const [bare, full] = await Promise.all([
    signClaims(plant.store, { ...scope, issuer: plant.issuer, claims }),
    signClaims(plant.store, { ...scope, issuer: plant.issuer, claims: { ...claims, ...empty, flags } }),
  ])
  expect(full).toHaveLength(bare.length)
})

test('a document of another transponder, issuer or key group is refused', async () => {
  expect(await refusal(open(await sealed(), { transponder: new Uint8Array(32) }))).toBe('transponder')
  expect(await refusal(open(await sealed(), { issuers: () => undefined }))).toBe('key-unknown')
  const otherKey = { ...plant.issuer, publicKey: plant.siteCa.publicKey as Uint8Array }
  expect(await refusal(open(await sealed(), { issuers: trusting(otherKey) }))).toBe('signature')
  expect(await refusal(open(await sealed({ keyGroup: service })))).toBe('receiver')
  const payload = await signClaims(plant.store, {
    ...scope,
    issuer: plant.issuer,
    claims: { ...claims, keyGroup: service },
  })
  const misplaced = draft({ key: plant.credential, type: 'credential-document', to: group, payload })
  expect(await refusal(open(await sealEnvelope(plant.store, misplaced)))).toBe('key-group')
  expect(await refusal(open(await sealed(), { now: later + 1 }))).toBe('expired')
})

test('T19: a module with the shared key of its group cannot make claims that another one takes', async () => {
  const forger = pump.taken.keys.find(({ purpose }) => purpose === 'credential')
  expect(forger).toBeDefined()
  const payload = await signDocument(pump.store, {
    ...{ ...scope, label: 'edgeward/claims/1', signer: pump.identity },
    content: contentOf(
      await signClaims(plant.store, { ...scope, issuer: plant.issuer, claims: { ...claims, roles: [] } }),
    ),
  })
  const forged = draft({ key: forger as KeyHandle, type: 'credential-document', to: group, payload })
  expect(await refusal(open(await sealEnvelope(pump.store, forged)))).toBe('key-unknown')
})

test('any flipped bit of the claims or their signature is refused', async () => {
  const signed = await signClaims(plant.store, { ...scope, issuer: plant.issuer, claims })
  for (let bit = 0; bit < 8 * signed.length; bit += 7) {
    const payload = signed.with(bit >> 3, (signed[bit >> 3] as number) ^ (1 << (bit & 7)))
    const envelope = await sealEnvelope(
      plant.store,
      draft({ key: plant.credential, type: 'credential-document', to: group, payload }),
    )
    expect(await refusal(open(envelope))).toMatch(/^(payload|key-unknown|signature)$/)
  }
})

test('claims with a member that is not known, or a role in its long form, are refused though they are signed', async () => {
  const content = decodeCbor(contentOf(await signClaims(plant.store, { ...scope, issuer: plant.issuer, claims })))
  if (!(content instanceof Map)) throw new Error('not a map')
  const changes = [
    new Map(content).set(21, 0),
    new Map(content).set(3, [['operator', null, null]]),
    new Map(content).set(12, []),
    new Map(content).set(14, 0),
    new Map(content).set(14, 8),
    new Map([...content].filter(([key]) => key !== 8)),
    new Map([...content].filter(([key]) => key !== 9)),
  ]
  for (const changed of changes) {
    const payload = await signDocument(plant.store, {
      ...scope,
      label: 'edgeward/claims/1',
      signer: plant.issuer,
      content: encodeCbor(changed),
    })
    const envelope = await sealEnvelope(
      plant.store,
      draft({ key: plant.credential, type: 'credential-document', to: group, payload }),
    )
    expect(await refusal(open(envelope))).toBe('payload')
  }
})

test('a signed document is good for its label, tenant, site and signer alone', async () => {
  const content = encodeCbor(new Map([[1, 'settings']]))
  const bytes = await signDocument(plant.store, {
    ...scope,
    label: 'edgeward/settings/1',
    signer: plant.siteCa,
    content,
  })
  const verify = { ...scope, label: 'edgeward/settings/1', signers: trusting(plant.siteCa) } as const
  const verified = verifyDocument(bytes, verify)
  expect(verified.content).toEqual(content)
  expect(verified.signer).toEqual({ keyId: plant.siteCa.keyId, version: 1 })
  const reasonOf = (more: Partial<Parameters<typeof verifyDocument>[1]>, what = bytes): Promise<string | undefined> =>
    refusal((async () => verifyDocument(what, { ...verify, ...more }))())
  expect(await reasonOf({ label: 'edgeward/claims/1' })).toBe('signature')
  expect(await reasonOf({ tenant: scope.site })).toBe('signature')
  expect(await reasonOf({ site: scope.tenant })).toBe('signature')
  expect(await reasonOf({ signers: trusting(plant.issuer) })).toBe('key-unknown')
  expect(await reasonOf({ sizeLimit: bytes.length - 1 })).toBe('size')
  expect(await reasonOf({}, bytes.subarray(1))).toBe('structure')
  expect(await reasonOf({}, bytes.subarray(0, -1))).toBe('malformed')
  expect(toHex(bytes).startsWith('d284')).toBe(true)
})

function contentOf(signed: Uint8Array): Uint8Array {
  const tagged = decodeCbor(signed, { tags: [18] })
  const members = tagged instanceof Tagged && Array.isArray(tagged.value) ? tagged.value : []
  const content: unknown = members[2]
  if (!(content instanceof Uint8Array)) throw new Error('no content')
  return content
}
