/** A service of which there are several, stopped, restored from a backup and started again. Threat T30 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeCbor, Tagged, toHex } from '@edgeward/base'
import { deriveModuleKey, type KeyHandle, type KeyStore } from '../../src/index.ts'
import { encodePayload, openEnvelope, sealEnvelope } from '../../src/seal/index.ts'
import { openSoftwareKeyStore } from '../../src/software/index.ts'
import { commission, draft, id16, later, type Module, moduleReceiver, now, openService, scope } from './plant.ts'

export const instances = 4

export interface Sent {
  /** Envelopes in all. */
  readonly count: number
  /** How many different (key id, version, nonce) they have, and how many different numbers. */
  readonly nonces: number
  readonly sequences: number
}

/** Each instance sends so many envelopes to one module; then an older database and key store are put back and each sends as many again. */
export async function sendOverRestore(each: number): Promise<Sent> {
  const folder = mkdtempSync(join(tmpdir(), 'edgeward-instances-'))
  try {
    const first = await openSoftwareKeyStore({ folder: join(folder, 'first') })
    const plant = await openService(first)
    const module = await commission(plant, 'pump-house')
    await first.close()
    const seen = { nonces: new Set<string>(), sequences: new Set<bigint>(), count: 0 }
    for (let life = 0; life < 2; life++) {
      // The same number for all of them, and after the restore from the beginning.
      let sequence = 0n
      const running = await Promise.all(
        Array.from({ length: instances }, async (_, i) => {
          const own = join(folder, `life-${life}-${i}`)
          cpSync(join(folder, 'first'), own, { recursive: true })
          return openSoftwareKeyStore({ folder: own })
        }),
      )
      await Promise.all(
        running.map(async store => {
          const key = await deriveModuleKey(store, {
            ...{
              root: await rootOf(store),
              site: scope.site,
              module: module.id,
              purpose: 'transport-down',
              version: 1,
            },
          })
          for (let i = 0; i < each; i++) {
            const mine = ++sequence
            const bytes = await sealTo(store, key, module, mine)
            seen.count += 1
            seen.sequences.add(mine)
            seen.nonces.add(nonceOf(bytes))
            // Now and then: it is one that the module takes.
            if (i % 50 === 0) await openEnvelope(module.store, moduleReceiver(module), bytes, { now })
          }
        }),
      )
      for (const store of running) await store.close()
    }
    return { count: seen.count, nonces: seen.nonces.size, sequences: seen.sequences.size }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function sealTo(store: KeyStore, key: KeyHandle, { id }: Module, sequence: bigint): Promise<Uint8Array> {
  const payload = encodePayload('command', {
    ...{ id: id16(Number(sequence)), verb: 'lockdown', arguments: { on: 'site', active: true } },
    ...{ notBefore: now, notAfter: later, by: new Uint8Array(8) },
  })
  return sealEnvelope(store, draft({ key, type: 'command', to: id, sequence, payload }))
}

async function rootOf(store: KeyStore): Promise<KeyHandle> {
  const root = (await store.list()).find(({ purpose }) => purpose === 'transport-root')
  if (root === undefined) throw new Error('no root')
  return root
}

/** kid and IV of an envelope. */
export function nonceOf(bytes: Uint8Array): string {
  const envelope = decodeCbor(bytes, { tags: [16] })
  const [protectedHeader] = envelope instanceof Tagged && Array.isArray(envelope.value) ? envelope.value : []
  const header = protectedHeader instanceof Uint8Array ? decodeCbor(protectedHeader) : undefined
  const [kid, iv] = header instanceof Map ? [header.get(4), header.get(5)] : []
  if (!(kid instanceof Uint8Array && iv instanceof Uint8Array)) throw new TypeError('not an envelope')
  return `${toHex(kid)}/${toHex(iv)}`
}
