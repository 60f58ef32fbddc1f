/** Holding the phone to a reader. */
import { bytesEqual, type Clock, type Random, toHex } from '@edgeward/base'
import type { KeyStore } from '@edgeward/keystore'
import { type DeviceFault, type DeviceReport, isAccepted, runDevice } from '@edgeward/transponder/aliro'
import { connectVpcd, type Timer } from '@edgeward/transponder/carriers'
import { groupOf, type HeldCredential } from './credential.ts'
import { WalletError } from './errors.ts'

/** How long a phone stays at a reader that does not let go of it. */
export const tapPatienceMs = 10_000

/** What a tap came to, as far as the phone can tell. */
export interface TapReport {
  /**
   * `accepted` and `refused`: the reader said so. `unknown-reader`: it could not prove to belong to a known site, and
   * learnt nothing. `torn`: it ended without a word, or its form was wrong.
   */
  readonly outcome: 'accepted' | 'refused' | 'unknown-reader' | 'torn'
  /** Id in the site file of the credential that was shown; only to a proven reader. */
  readonly credential?: string
  readonly site?: string
  /** 16 bytes, hex: which reader of the site. */
  readonly reader?: string
  /** What the reader said, tag 97 of Aliro. */
  readonly status?: number
  /** Why this phone refused. */
  readonly because?: DeviceFault
}

export interface TapTools {
  readonly keyStore: KeyStore
  readonly clock: Clock
  readonly random: Random
  readonly timer: Timer
}

/** Taps at the reader that listens on a port of this machine. Rejects with `carrier-unreachable` (TransponderError). */
export async function tapAt(port: number, credentials: readonly HeldCredential[], tools: TapTools): Promise<TapReport> {
  const groups = credentials.map(groupOf)
  const carrier = await connectVpcd({ port })
  const stop = tools.timer.after(tapPatienceMs, () => carrier.close())
  const reports: DeviceReport[] = []
  const sign = async (publicKey: Uint8Array, data: Uint8Array): Promise<Uint8Array> => {
    const held = credentials.find(credential => bytesEqual(credential.publicKey, publicKey))
    if (!held) throw new WalletError('unknown-credential', 'a credential that is not in this wallet')
    return await tools.keyStore.sign(held.key, data)
  }
  try {
    const { random, clock } = tools
    await runDevice(carrier, { groups }, { sign, random, clock }, report => reports.push(report))
  } finally {
    stop()
    carrier.close()
  }
  return summary(reports, credentials)
}

function summary(reports: readonly DeviceReport[], credentials: readonly HeldCredential[]): TapReport {
  const last = <T extends DeviceReport['type']>(type: T) =>
    reports.findLast((report): report is Extract<DeviceReport, { type: T }> => report.type === type)
  const status = last('reader-status')?.status
  const proven = last('reader-proven')
  const because = last('refused')?.because
  const shown =
    proven && credentials.find(({ stored }) => stored.enrolled.site.readerGroupId === toHex(proven.groupIdentifier))
  return {
    outcome: outcomeOf(status, because),
    ...(shown ? { credential: shown.stored.enrolled.credentialName, site: shown.stored.enrolled.site.name } : {}),
    ...(proven ? { reader: toHex(proven.subIdentifier) } : {}),
    ...(status === undefined ? {} : { status }),
    ...(because === undefined ? {} : { because }),
  }
}

function outcomeOf(status: number | undefined, because: DeviceFault | undefined): TapReport['outcome'] {
  if (status !== undefined) return isAccepted(status) ? 'accepted' : 'refused'
  return because === 'reader-not-proven' || because === 'certificate-undecodable' ? 'unknown-reader' : 'torn'
}
