/** What a browser, or somebody who plays one, sends to the port of a plant. */
import { csrfHeader, operations, type SignedIn } from '../../src/api/index.ts'
import { type Answer, type Plant, tcpRequest } from './plant.ts'

export interface Browser {
  /** Headers of a page of ours. */
  ours(): { readonly host: string; readonly origin: string }
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** A body as JSON, from a page of ours unless other headers are given. */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** A session by a fresh link; the first one claims the plant for Nora Admin. */
  signIn(): Promise<BrowserSession>
}

export interface BrowserSession {
  readonly cookie: string
  readonly token: string
  /** Headers of a change. */
  readonly change: Readonly<Record<string, string>>
  /** Headers of a read. */
  readonly read: Readonly<Record<string, string>>
  readonly answer: Answer
}

/** A browser beside a plant. */
export function browserOf(plant: () => Plant): Browser {
  const url = (): string => plant().service.url
  const host = (): string => new URL(url()).host
  const ours = () => ({ host: host(), origin: url() })
  const post: Browser['post'] = (path, body, headers = ours()) =>
    tcpRequest(url(), { method: 'POST', path, body, headers })
  return {
    ours,
    post,
    get: (path, headers = { host: host() }) => tcpRequest(url(), { method: 'GET', path, headers }),
    async signIn() {
      const link = await plant().call(operations.createLogInLink, {})
      const code = codeIn(link.url)
      const answer = await post(`/api/${link.kind}`, link.kind === 'claim' ? { code, name: 'Nora Admin' } : { code })
      if (answer.status !== 200) throw new Error(`no log-in: ${answer.text}`)
      const [cookie = ''] = String(answer.headers['set-cookie']).split(';')
      const token = (answer.json as SignedIn).csrfToken
      const read = { host: host(), cookie }
      return { cookie, token, answer, read, change: { ...ours(), cookie, [csrfHeader]: token } }
    },
  }
}

/** The code of a link. */
export const codeIn = (link: string): string => new URL(link).hash.slice(1)

/** The code of a refusal. */
export const refusalCode = ({ json }: Answer): unknown =>
  (json as { readonly error?: { readonly code?: string } } | undefined)?.error?.code

/** The sentence of a refusal. */
export const refusalText = ({ json }: Answer): string =>
  (json as { readonly error?: { readonly message?: string } } | undefined)?.error?.message ?? ''
