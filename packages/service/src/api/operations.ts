/** Every operation of the service's interface, once: the server registers from here, clients call from here. */
import { z } from 'zod'
import { DecisionCard, DecisionParams, EventRow, Events, EventsQuery, StreamQuery } from './events.ts'
import {
  Challenge,
  ChallengeRequest,
  Commissioned,
  CommissioningOrder,
  CommissionRequest,
  CredentialParams,
  Documents,
  DocumentsRequest,
  Enrolled,
  EnrolRequest,
  Invitation,
  PinRequest,
  PinSet,
} from './issuing.ts'
import { Matrix } from './matrix.ts'
import { ModuleParams, Modules } from './modules.ts'
import type { Operation, Principal } from './operation.ts'
import { Assets, Credentials, People, PeopleQuery, PersonDetail, PersonParams } from './people.ts'
import { Revocation, RevocationParams, RevokeRequest } from './revocations.ts'
import { ClaimRequest, LogInLink, LogInRequest, SessionState, SignedIn } from './session.ts'
import {
  Applied,
  ApplyRequest,
  ExportQuery,
  maxSiteBodyBytes,
  SiteCheck,
  SiteDiff,
  SiteExport,
  SiteText,
  SiteVersions,
  VersionsQuery,
} from './site.ts'
import { Status } from './status.ts'
import { Done } from './values.ts'

/** No member. */
export type None = Record<never, never>

/** The table's type: name to params, query, body, response. */
export interface Operations {
  readonly claim: Operation<None, None, ClaimRequest, SignedIn>
  readonly logIn: Operation<None, None, LogInRequest, SignedIn>
  readonly session: Operation<None, None, None, SessionState>
  readonly logOut: Operation<None, None, None, Done>
  readonly createLogInLink: Operation<None, None, None, LogInLink>
  readonly status: Operation<None, None, None, Status>
  readonly checkSite: Operation<None, None, SiteText, SiteCheck>
  readonly diffSite: Operation<None, None, SiteText, SiteDiff>
  readonly applySite: Operation<None, None, ApplyRequest, Applied>
  readonly exportSite: Operation<None, ExportQuery, None, SiteExport>
  readonly siteVersions: Operation<None, VersionsQuery, None, SiteVersions>
  readonly people: Operation<None, PeopleQuery, None, People>
  readonly person: Operation<PersonParams, None, None, PersonDetail>
  readonly assets: Operation<None, None, None, Assets>
  readonly credentials: Operation<None, None, None, Credentials>
  readonly modules: Operation<None, None, None, Modules>
  readonly matrix: Operation<None, None, None, Matrix>
  readonly events: Operation<None, EventsQuery, None, Events>
  readonly eventStream: Operation<None, StreamQuery, None, EventRow>
  readonly decision: Operation<DecisionParams, None, None, DecisionCard>
  readonly revoke: Operation<PersonParams, None, RevokeRequest, Revocation>
  readonly revocation: Operation<RevocationParams, None, None, Revocation>
  readonly setPin: Operation<PersonParams, None, PinRequest, PinSet>
  readonly invite: Operation<CredentialParams, None, None, Invitation>
  readonly orderCommissioning: Operation<ModuleParams, None, None, CommissioningOrder>
  readonly commission: Operation<None, None, CommissionRequest, Commissioned>
  readonly enrol: Operation<None, None, EnrolRequest, Enrolled>
  readonly walletChallenge: Operation<None, None, ChallengeRequest, Challenge>
  readonly walletDocuments: Operation<None, None, DocumentsRequest, Documents>
  readonly openapi: Operation<None, None, None, Readonly<Record<string, unknown>>>
}

const anyone: readonly Principal[] = ['anyone']
const holder: readonly Principal[] = ['holder']
const administrator: readonly Principal[] = ['administrator', 'operator']
const operator: readonly Principal[] = ['operator']

export const operations: Operations = {
  claim: {
    method: 'POST',
    path: '/api/claim',
    summary: 'Become the first administrator with the code from the terminal',
    principals: anyone,
    body: ClaimRequest,
    response: SignedIn,
    mutates: true,
  },
  logIn: {
    method: 'POST',
    path: '/api/log-in',
    summary: 'Start a session with the code of a log-in link',
    principals: anyone,
    body: LogInRequest,
    response: SignedIn,
    mutates: true,
  },
  session: {
    method: 'GET',
    path: '/api/session',
    summary: 'Who is signed in here, and the token for changes',
    principals: anyone,
    response: SessionState,
    mutates: false,
  },
  logOut: {
    method: 'POST',
    path: '/api/log-out',
    summary: 'End this session',
    principals: administrator,
    response: Done,
    mutates: true,
  },
  createLogInLink: {
    method: 'POST',
    path: '/api/log-in-links',
    summary: 'Make a link for one log-in; before the first claim, the claim link',
    principals: operator,
    response: LogInLink,
    mutates: true,
  },
  status: {
    method: 'GET',
    path: '/api/status',
    summary: 'The state of the whole plant',
    principals: administrator,
    response: Status,
    mutates: false,
  },
  checkSite: {
    method: 'POST',
    path: '/api/site/check',
    summary: 'What is wrong with a site file; nothing is applied',
    principals: administrator,
    body: SiteText,
    response: SiteCheck,
    mutates: false,
    bodyLimit: maxSiteBodyBytes,
  },
  diffSite: {
    method: 'POST',
    path: '/api/site/diff',
    summary: 'What a site file would change; nothing is applied',
    principals: administrator,
    body: SiteText,
    response: SiteDiff,
    mutates: false,
    bodyLimit: maxSiteBodyBytes,
  },
  applySite: {
    method: 'POST',
    path: '/api/site/apply',
    summary: 'Apply a site file, all or nothing, as a new version',
    principals: administrator,
    body: ApplyRequest,
    response: Applied,
    mutates: true,
    bodyLimit: maxSiteBodyBytes,
  },
  exportSite: {
    method: 'GET',
    path: '/api/site/export',
    summary: 'A version of the site as a site file',
    principals: administrator,
    query: ExportQuery,
    response: SiteExport,
    mutates: false,
  },
  siteVersions: {
    method: 'GET',
    path: '/api/site/versions',
    summary: 'Every site that was applied, by page',
    principals: administrator,
    query: VersionsQuery,
    response: SiteVersions,
    mutates: false,
  },
  people: {
    method: 'GET',
    path: '/api/people',
    summary: 'People and robots',
    principals: administrator,
    query: PeopleQuery,
    response: People,
    mutates: false,
  },
  person: {
    method: 'GET',
    path: '/api/people/:person',
    summary: 'One person: credentials, qualifications, rules',
    principals: administrator,
    params: PersonParams,
    response: PersonDetail,
    mutates: false,
  },
  assets: {
    method: 'GET',
    path: '/api/assets',
    summary: 'Everything that is guarded',
    principals: administrator,
    response: Assets,
    mutates: false,
  },
  credentials: {
    method: 'GET',
    path: '/api/credentials',
    summary: 'Every credential',
    principals: administrator,
    response: Credentials,
    mutates: false,
  },
  modules: {
    method: 'GET',
    path: '/api/modules',
    summary: 'Health of every module',
    principals: administrator,
    response: Modules,
    mutates: false,
  },
  matrix: {
    method: 'GET',
    path: '/api/matrix',
    summary: 'Roles by assets, with the rules behind each cell',
    principals: administrator,
    response: Matrix,
    mutates: false,
  },
  events: {
    method: 'GET',
    path: '/api/events',
    summary: 'Records, by page',
    principals: administrator,
    query: EventsQuery,
    response: Events,
    mutates: false,
  },
  eventStream: {
    method: 'GET',
    path: '/api/events/stream',
    summary: 'Records as they arrive: server-sent events named `event`, whose id is the cursor',
    principals: administrator,
    query: StreamQuery,
    response: EventRow,
    mutates: false,
    stream: true,
  },
  decision: {
    method: 'GET',
    path: '/api/decisions/:id',
    summary: 'One decision with everything behind it',
    principals: administrator,
    params: DecisionParams,
    response: DecisionCard,
    mutates: false,
  },
  revoke: {
    method: 'POST',
    path: '/api/people/:person/revoke',
    summary: 'Block a person, or one credential, for good',
    principals: administrator,
    params: PersonParams,
    body: RevokeRequest,
    response: Revocation,
    mutates: true,
  },
  revocation: {
    method: 'GET',
    path: '/api/revocations/:version',
    summary: 'Where a block is in force',
    principals: administrator,
    params: RevocationParams,
    response: Revocation,
    mutates: false,
  },
  setPin: {
    method: 'POST',
    path: '/api/people/:person/pin',
    summary: "Set the PIN of a person's credentials",
    principals: administrator,
    params: PersonParams,
    body: PinRequest,
    response: PinSet,
    mutates: true,
  },
  invite: {
    method: 'POST',
    path: '/api/credentials/:credential/invitations',
    summary: 'Make a code with which a wallet takes over a credential',
    principals: administrator,
    params: CredentialParams,
    response: Invitation,
    mutates: true,
  },
  orderCommissioning: {
    method: 'POST',
    path: '/api/modules/:module/commissioning-orders',
    summary: 'Allow a module to be commissioned, once',
    principals: administrator,
    params: ModuleParams,
    response: CommissioningOrder,
    mutates: true,
  },
  commission: {
    method: 'POST',
    path: '/api/commissioning',
    summary: 'Take in a module: its keys are wrapped to it',
    principals: holder,
    body: CommissionRequest,
    response: Commissioned,
    mutates: true,
  },
  enrol: {
    method: 'POST',
    path: '/api/wallet/enrol',
    summary: 'Take over a credential with an invitation code',
    principals: holder,
    body: EnrolRequest,
    response: Enrolled,
    mutates: true,
  },
  walletChallenge: {
    method: 'POST',
    path: '/api/wallet/challenges',
    summary: 'A challenge to prove possession of a credential key',
    principals: holder,
    body: ChallengeRequest,
    response: Challenge,
    mutates: false,
  },
  walletDocuments: {
    method: 'POST',
    path: '/api/wallet/documents',
    summary: 'Fresh credential documents',
    principals: holder,
    body: DocumentsRequest,
    response: Documents,
    mutates: false,
  },
  openapi: {
    method: 'GET',
    path: '/api/openapi.json',
    summary: 'This interface as an OpenAPI 3.1 document',
    principals: administrator,
    response: z.record(z.string(), z.unknown()),
    mutates: false,
  },
}
