/** The parts of a module that belongs to a site, put together. */
import { type Random, toHex } from '@edgeward/base'
import { type KeyPurpose, type KeyStore, keyIdOf } from '@edgeward/keystore'
import type { ModuleClock } from './clock/module-clock.ts'
import { NonceKeeper } from './clock/nonce-keeper.ts'
import type { Belonging } from './commissioning/commissioning.ts'
import { ownKeys } from './commissioning/own-keys.ts'
import { ModuleError } from './errors.ts'
import { describeError, type Log } from './log.ts'
import { Policy } from './policy/policy.ts'
import { receiverOf } from './policy/receiver.ts'
import type { LinkAccount, ModulePorts } from './ports.ts'
import { eventRecord } from './record/events.ts'
import { Journal } from './record/journal.ts'
import type { SerialQueue } from './serial-queue.ts'
import type { Database } from './store/database.ts'
import { counter } from './store/meta.ts'
import { openOrders } from './store/orders.ts'
import { freeRecords } from './store/records.ts'
import { trusted } from './store/trust.ts'
import { Inbox } from './sync/inbox.ts'
import { Sealer } from './sync/sealer.ts'
import { SyncEngine } from './sync/sync-engine.ts'
import { OutcomeDesk } from './tap/outcome-desk.ts'
import { actuatorLimitMs, TapDesk } from './tap/tap-desk.ts'
import { Unproven } from './tap/unproven.ts'
import type { Timers } from './timers.ts'

export interface BelongingOptions {
  readonly db: Database
  readonly keyStore: KeyStore
  readonly ports: ModulePorts
  readonly clock: ModuleClock
  readonly random: Random
  readonly timers: Timers
  readonly log: Log
  readonly decisions: SerialQueue
  readonly belonging: Belonging
  /** Throws while nothing may be permitted, because the disk could not keep it. */
  readonly mustHaveRoom: () => void
  readonly uptime: () => number
  readonly onBundle: () => void
  /** Told before anything is computed in the site's time zone. */
  readonly onTimeZone: (timeZone: string) => void
}

/** Records an event with its particulars, if there is room. `alsoStore` is in the same transaction, and done in any case. */
export type EventRecorder = (
  kind: 'configuration' | 'clock' | 'module',
  event: string,
  detail?: Readonly<Record<string, string>>,
  alsoStore?: () => void,
) => void

export interface BelongingModule {
  readonly belonging: Belonging
  readonly journal: Journal
  readonly policy: Policy
  readonly taps: TapDesk
  readonly unproven: Unproven
  readonly outcomes: OutcomeDesk
  readonly sealer: Sealer
  readonly engine: SyncEngine
  readonly account: LinkAccount
  /** Appends a record of something that is no tap, in a transaction of its own. */
  readonly recordEvent: EventRecorder
}

/** Puts the parts together and makes good what a cut left open. Throws a ModuleError `store-damaged` when a key is missing. */
export async function assemble(options: BelongingOptions): Promise<BelongingModule> {
  const { db, keyStore, ports, clock, random, timers, log, decisions, belonging, onBundle } = options
  const { settings, readerCertificate } = belonging
  options.onTimeZone(settings.timeZone)
  const { simulated } = ports
  const own = await ownKeys(keyStore)
  const keyId = (purpose: KeyPurpose): string =>
    keyIdOf({ site: settings.site, purpose, subject: settings.moduleParty })
  const macKey = await keyStore.find(keyId('audit-mac'))
  const mqttKey = await keyStore.find(keyId('mqtt'))
  if (macKey === undefined || mqttKey === undefined)
    throw new ModuleError('store-damaged', 'keys of this module are missing')

  const journal = new Journal({
    db,
    keyStore,
    macKey,
    party: settings.moduleParty,
    chainEpoch: counter(db, 'chainEpoch'),
  })
  await journal.makeMacs({ late: true })
  const policy = new Policy(db, onBundle)
  const receiver = receiverOf(keyStore, settings)
  const nonces = new NonceKeeper(ports.monotonic)
  const common = { db, keyStore, journal, policy, clock, decisions, log, timers, random, simulated }
  const sealer = new Sealer({
    ...common,
    scope: settings,
    me: settings.moduleParty,
    service: settings.serviceParty,
    upKeyId: keyId('transport-up'),
    identityKey: own.identity,
  })
  const inbox = new Inbox({ ...common, receiver, moduleId: settings.module, kekId: keyId('module-kek'), nonces })
  const engine = new SyncEngine({ ...common, link: ports.link, inbox, sealer, nonces, uptime: options.uptime })
  const onRecord = (): void => {
    journal.makeMacs().catch((error: unknown) => log.warn('mac', describeError(error)))
    engine.recordsChanged()
  }
  const recordEvent: EventRecorder = (kind, event, detail, alsoStore) => {
    const now = clock.look()
    const record = eventRecord({ kind, now, simulated, event, ...(detail === undefined ? {} : { detail }) })
    db.transaction(() => {
      alsoStore?.()
      // An event takes no room from the end of what goes on.
      if (freeRecords(db) <= openOrders(db)) return
      clock.persist()
      journal.append(record)
    })
    onRecord()
  }
  const outcomes = new OutcomeDesk({ ...common, actuator: ports.actuator, actuatorLimitMs, onRecord })
  const unproven = new Unproven({
    monotonic: ports.monotonic,
    log,
    recordEvent: (event, detail) => recordEvent('module', event, detail),
  })
  const taps = new TapDesk({
    ...common,
    ports,
    outcomes,
    identity: {
      groupIdentifier: settings.readerGroupId,
      subIdentifier: settings.readerSubId,
      groupPublicKey: settings.readerGroupKey,
      certificate: readerCertificate,
      sign: data => keyStore.sign(own.reader, data),
    },
    presented: {
      keyStore,
      receiver,
      issuerKey: settings.issuerKey,
      issuerKeyId: keyIdOf({ site: settings.site, purpose: 'credential-issuer' }),
    },
    site: settings.site,
    timeZone: settings.timeZone,
    onRecord,
    mustHaveRoom: options.mustHaveRoom,
    unproven,
  })
  const account = accountOf(settings, await keyStore.password(mqttKey))
  return { belonging, journal, policy, taps, unproven, outcomes, sealer, engine, account, recordEvent }
}

/** The first record of a chain names the last head of the one before. log.md §5 */
export function firstRecordDetail(db: Database): Readonly<Record<string, string>> {
  const before = trusted(db, 'lastHead')
  const chainEpoch = String(counter(db, 'chainEpoch'))
  return before === undefined ? { chainEpoch } : { chainEpoch, headBefore: toHex(before) }
}

function accountOf({ moduleParty, broker }: Belonging['settings'], password: string): LinkAccount {
  return { address: broker, user: toHex(moduleParty), password }
}
