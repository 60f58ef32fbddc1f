import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { type EventsSearch, eventsResults, type MatrixSearch, type ModulesSearch } from './search.ts'
import { Broken, NotFound } from './shell/fallbacks.tsx'
import { Shell } from './shell/shell.tsx'

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** Only the members that have a value. */
function present<T extends object>(members: { readonly [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>
}

const root = createRootRoute({ notFoundComponent: NotFound, errorComponent: Broken })

const claim = createRoute({
  getParentRoute: () => root,
  path: '/claim',
  component: lazyRouteComponent(() => import('./sign-in/claim-page.tsx'), 'ClaimPage'),
})
const logIn = createRoute({
  getParentRoute: () => root,
  path: '/log-in',
  component: lazyRouteComponent(() => import('./sign-in/log-in-page.tsx'), 'LogInPage'),
})

/** Everything below needs a session; the shell asks for one. */
const signedIn = createRoute({ getParentRoute: () => root, id: 'signed-in', component: Shell, errorComponent: Broken })

const overview = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  component: lazyRouteComponent(() => import('./overview/overview-page.tsx'), 'OverviewPage'),
})
const events = createRoute({
  getParentRoute: () => signedIn,
  path: '/events',
  validateSearch: ({ person, asset, module, result, card }): EventsSearch =>
    present<EventsSearch>({
      person: text(person),
      asset: text(asset),
      module: text(module),
      result: eventsResults.find(one => one === result),
      card: text(card),
    }),
  component: lazyRouteComponent(() => import('./events/events-page.tsx'), 'EventsPage'),
})
const decision = createRoute({
  getParentRoute: () => signedIn,
  path: '/decisions/$id',
  component: lazyRouteComponent(() => import('./decision/decision-page.tsx'), 'DecisionPage'),
})
const matrix = createRoute({
  getParentRoute: () => signedIn,
  path: '/matrix',
  validateSearch: ({ role, asset }): MatrixSearch => present<MatrixSearch>({ role: text(role), asset: text(asset) }),
  component: lazyRouteComponent(() => import('./matrix/matrix-page.tsx'), 'MatrixPage'),
})
const modules = createRoute({
  getParentRoute: () => signedIn,
  path: '/modules',
  validateSearch: ({ module }): ModulesSearch => present<ModulesSearch>({ module: text(module) }),
  component: lazyRouteComponent(() => import('./modules/modules-page.tsx'), 'ModulesPage'),
})

const tree = root.addChildren([claim, logIn, signedIn.addChildren([overview, events, decision, matrix, modules])])

/** Plain words in the address. The router would read values as JSON, and then decision `12E4567890` is a number. */
const parseSearch = (search: string): Record<string, string> => Object.fromEntries(new URLSearchParams(search))

function stringifySearch(search: Record<string, unknown>): string {
  const given = Object.entries(search).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

export function makeRouter() {
  return createRouter({ routeTree: tree, defaultPreload: 'intent', parseSearch, stringifySearch })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
