/** Chromium from Debian's packages, and what every page must keep: no violation of accessibility or of the policy. */
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'

const executablePath = '/usr/bin/chromium'
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const openBrowser = (): Promise<Browser> => chromium.launch({ executablePath, args })

export interface View {
  readonly width: number
  readonly height: number
  readonly scheme: 'light' | 'dark'
}
export const desk: View = { width: 1440, height: 900, scheme: 'light' }
export const phone: View = { width: 390, height: 844, scheme: 'light' }
export const dark = (view: View): View => ({ ...view, scheme: 'dark' })

export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** What the browser complained about: the policy, uncaught errors. Must stay empty. */
  readonly complaints: readonly string[]
}

/** Opens a page in a fresh context of this size and colour scheme. */
export async function visit(browser: Browser, { width, height, scheme }: View): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(`uncaught: ${error.message}`))
  page.on('console', message => {
    const text = message.text()
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) complaints.push(text)
  })
  return { page, context, complaints }
}

/** axe finds nothing, with the rules of WCAG 2.2 AA and its own best practices. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
  expect(told).toEqual([])
}

/** Nothing lies outside to the right: no page scrolls sideways. */
export async function expectNoSideways(page: Page): Promise<void> {
  const [inner, outer] = await page.evaluate<[number, number]>(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  )
  expect(inner).toBeLessThanOrEqual(outer)
}
