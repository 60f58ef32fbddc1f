import type { Plant } from './plant.ts'
import { ada } from './plant.ts'

export interface OneOfEach {
  readonly bundle: Uint8Array
  readonly delta: Uint8Array
  readonly keys: Uint8Array
  /** A lockdown of the site. */
  readonly command: Uint8Array
  readonly acknowledgement: Uint8Array
  /** Signed time that nobody asked for. */
  readonly time: Uint8Array
  readonly document: Uint8Array
}

/** One envelope of each kind that is sealed for a module, none of which it has had. */
export async function oneOfEach({ service, site, surroundings }: Plant): Promise<OneOfEach> {
  const entries = [{ credential: service.credential('c-2'), action: 'revoke', until: null }] as const
  const acknowledged = [{ type: 'audit-batch', version: 1, sequence: 1n, result: 'done' }] as const
  const time = Math.floor(surroundings.truth.now() / 1_000)
  return {
    bundle: await service.bundle('edge-1', site, { version: 2 }),
    delta: await service.seal('edge-1', 'revocation-delta', { base: 0, version: 1, entries }),
    keys: await service.keyPackage('edge-1'),
    command: await service.command('edge-1', 'lockdown', { on: 'site', active: true }),
    acknowledgement: await service.seal('edge-1', 'acknowledgement', { acknowledged }),
    time: await service.command('edge-1', 'time', { nonce: new Uint8Array(16), time }),
    document: await service.document({ ...ada, phone: new Uint8Array(65).fill(4) }),
  }
}
