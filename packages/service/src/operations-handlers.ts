/** Which function answers which operation. */
import { claim, createLogInLink, isClaimed, logIn, logOut } from './access/log-in.ts'
import type { Session, SessionSecrets } from './access/sessions.ts'
import type { SignedIn } from './api/session.ts'
import type { Core } from './core.ts'
import type { Caller } from './http/caller.ts'
import type { Handlers } from './http/handlers.ts'
import { instantText } from './instants.ts'
import { commission, orderCommissioning } from './issuing/commission.ts'
import { setPin } from './issuing/pins.ts'
import { revocation, revoke } from './issuing/revoke.ts'
import { enrol, invite, walletChallenge, walletDocuments } from './issuing/wallets.ts'
import { applySite, checkSite, diffSite } from './site/apply.ts'
import { matrixOf } from './site/matrix.ts'
import type { Sync } from './sync/sync.ts'
import { decisionCard } from './views/decision.ts'
import { events } from './views/events.ts'
import { modules } from './views/modules.ts'
import { assets, credentials, people, person } from './views/people.ts'
import { type Running, status } from './views/status.ts'
import { exportSite, siteVersions } from './views/versions.ts'

export interface HandlerParts {
  readonly core: Core
  readonly sync: Sync
  readonly running: Running
  /** `http://127.0.0.1:PORT`, known once the server listens. */
  readonly origin: () => string
}

/** The handlers of all operations. */
export function handlersOf({ core, sync, running, origin }: HandlerParts): Handlers {
  const { broker } = running
  return {
    async claim(input, { address }, reply) {
      const started = await claim(core, { ...input, address })
      reply.signIn(started)
      return signedIn(core, started)
    },
    async logIn(input, { address }, reply) {
      const started = await logIn(core, { ...input, address })
      reply.signIn(started)
      return signedIn(core, started)
    },
    async session(_input, caller) {
      return sessionState(core, caller)
    },
    async logOut(_input, { session, actor }, reply) {
      await logOut(core, session, actor)
      reply.signOut()
      return { done: true }
    },
    createLogInLink: (_input, { actor }) => createLogInLink(core, actor, origin()),
    status: () => status(core, running),
    checkSite: input => checkSite(core, input),
    diffSite: input => diffSite(core, input),
    async applySite(input, { actor }) {
      const applied = await applySite(core, actor, input)
      sync.bringAllUpToDate()
      return applied
    },
    exportSite: ({ version }) => exportSite(core, version),
    siteVersions: input => siteVersions(core, input),
    people: ({ query }) => people(core, query),
    person: input => person(core, input.person),
    assets: () => assets(core),
    credentials: () => credentials(core),
    modules: () => modules(core, broker),
    async matrix() {
      const { model, version } = await core.sites.required()
      return matrixOf(model, version)
    },
    events: input => events(core, input),
    decision: ({ id }) => decisionCard(core, id),
    async revoke({ person: id, ...request }, { actor }) {
      const revoked = await revoke(core, actor, id, request)
      sync.bringAllUpToDate()
      return revoked
    },
    revocation: ({ version }) => revocation(core, version),
    setPin: ({ person: id, ...request }, { actor }) => setPin(core, actor, id, request),
    invite: ({ credential }, { actor }) => invite(core, actor, credential),
    orderCommissioning: ({ module }, { actor }) => orderCommissioning(core, actor, module),
    commission: (input, { address }) => commission(core, input, { address, broker: `mqtt://127.0.0.1:${broker.port}` }),
    enrol: (input, { address }) => enrol(core, input, address),
    walletChallenge: input => walletChallenge(core, input),
    walletDocuments: input => walletDocuments(core, input),
  }
}

function signedIn(
  core: Core,
  { csrfToken, session }: Pick<SessionSecrets, 'csrfToken'> & { readonly session: Session },
): SignedIn {
  return {
    state: 'signed-in',
    principal: { kind: 'administrator', name: session.administrator.name },
    csrfToken,
    expiresAt: instantText(session.endsAt),
    simulated: core.simulated,
  }
}

async function sessionState(core: Core, { actor, session }: Caller) {
  const { simulated } = core
  if (actor.kind === 'operator') {
    const principal = { kind: 'operator' as const, name: actor.name }
    return { state: 'signed-in' as const, principal, csrfToken: '', expiresAt: null, simulated }
  }
  if (session !== undefined) return signedIn(core, { csrfToken: session.csrfToken, session })
  return { state: 'signed-out' as const, claimed: await isClaimed(core), simulated }
}
