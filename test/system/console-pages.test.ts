/** The console's pages over fixtures: every state that a plant can be in, at once and without a plant. */
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  dark,
  desk,
  expectAccessible,
  expectNoSideways,
  openBrowser,
  phone,
  type View,
  type Visit,
  visit,
} from './support/browser.ts'
import { configurationEvent, event, history, pastEvents } from './support/console-fixtures.ts'
import { claimCode, type FakeService, logInCode, startFakeService } from './support/fake-service.ts'

let browser: Browser
let service: FakeService
let current: Visit

beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

async function open(path: string, view: View = desk): Promise<Visit['page']> {
  current = await visit(browser, view)
  await current.page.goto(service.url + path)
  return current.page
}
/** Attempts before a test begins; the rest of the history are changes of the site. */
const pastAttempts = history.filter(({ kind }) => kind === 'decision').length
const next = (count: number, from = pastEvents): ReturnType<typeof event>[] =>
  Array.from({ length: count }, (_, index) => event(from + index + 1, 0))

describe('before a session', () => {
  beforeEach(async () => {
    service = await startFakeService({ signedIn: false })
  })
  afterEach(async () => {
    await current.context.close()
    await service.stop()
    expect(current.complaints).toEqual([])
  })

  test('R11: the claim code leaves the address at once and is used by a click, not by opening the page', async () => {
    let page = await open(`/claim#${claimCode}`)
    await page.getByRole('heading', { name: 'Claim this installation' }).waitFor()
    expect(page.url()).toBe(`${service.url}/claim`)
    await current.context.close()

    page = await open(`/claim#${claimCode}`)
    await expectAccessible(page)
    await page.getByLabel('Your name').fill('Rosa Kern')
    await page.getByRole('button', { name: 'Claim' }).click()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    expect(page.url()).toBe(`${service.url}/`)
    await page.getByRole('button', { name: 'Session of Rosa Kern' }).waitFor()
  })

  test('a used code is refused with what to do', async () => {
    const page = await open('/log-in#USED')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('alert').getByText('npx edgeward login').waitFor()
  })

  test('log-in, and log-out by keyboard alone', async () => {
    const page = await open(`/log-in#${logInCode}`)
    await page.getByRole('button', { name: 'Log in' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Session of Rosa Kern' }).focus()
    await page.keyboard.press('Enter')
    const session = page.getByRole('dialog', { name: 'Session' })
    await session.getByText('until', { exact: false }).first().waitFor()
    await session.getByRole('button', { name: 'Log out' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'You are not logged in' }).waitFor()
  })

  test('without a session a page says how to get in, and shows nothing of the plant', async () => {
    const page = await open('/matrix')
    await page.getByRole('heading', { name: 'Not claimed yet' }).waitFor()
    await expectAccessible(page)
    expect(await page.getByText('Rhine Works').count()).toBe(0)
  })
})

describe('in a session', () => {
  beforeEach(async () => {
    service = await startFakeService()
  })
  afterEach(async () => {
    await current.context.close()
    await service.stop()
    expect(current.complaints).toEqual([])
  })

  test('the five answers, the simulated clock and the missing HSM stand on every page', async () => {
    const page = await open('/modules')
    for (const text of [
      '82 rules',
      '3 credentials',
      'Not yet: 2 modules',
      'Everything, for 2 d',
      'No, software keys',
    ]) {
      await page.getByRole('region', { name: 'Status' }).getByText(text).waitFor()
    }
    await page.getByRole('banner').getByText('simulated clock').waitFor()
    await page.getByRole('banner').getByText('Not an HSM').waitFor()
    await page.getByRole('banner').getByText('CET').waitFor()
  })

  test('an event appears within a second, and is spoken', async () => {
    const page = await open('/events?result=everything')
    await page
      .getByRole('row', { name: /Hana Sato/ })
      .first()
      .waitFor()
    service.push([configurationEvent(pastEvents + 1, 0)])
    await page.getByText('Site file applied').first().waitFor({ timeout: 1_000 })
    await expect
      .poll(() => page.getByTestId('announcements').textContent(), { timeout: 8_000 })
      .toContain('Site file applied (service), by Rosa Kern.')
  })

  test('the list begins with attempts; what was changed is one choice away', async () => {
    const page = await open('/events')
    await page.getByText('Live').waitFor()
    expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe(String(pastAttempts + 1))
    await page.getByText('Everything', { exact: true }).click()
    await expect.poll(() => page.getByRole('table').getAttribute('aria-rowcount')).toBe(String(pastEvents + 1))
  })

  test('a pause counts what waits, and goes on without loss', async () => {
    const page = await open('/events')
    await page.getByText('Live').waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    service.push(next(7))
    await page.getByRole('button', { name: 'Go on (7)' }).click()
    await expect.poll(() => page.getByRole('table').getAttribute('aria-rowcount')).toBe(String(pastAttempts + 7 + 1))
  })

  test('whoever reads further down keeps the place', async () => {
    const page = await open('/events')
    await page.getByText('Live').waitFor()
    const scrolledTo = (): Promise<number> =>
      page.evaluate<number>(`document.querySelector('section[aria-label="Events"]').scrollTop`)
    await page.getByRole('region', { name: 'Events' }).hover()
    await page.mouse.wheel(0, 2_000)
    await expect.poll(scrolledTo).toBe(2_000)
    service.push(next(3))
    await page.getByRole('button', { name: '3 new events' }).waitFor()
    expect(await scrolledTo()).toBe(2_000)
    await page.getByRole('button', { name: '3 new events' }).click()
    await expect.poll(scrolledTo).toBe(0)
  })

  test('a stream that broke goes on where it ended', async () => {
    const page = await open('/events')
    await page.getByText('Live').waitFor()
    service.cutStreams()
    await page.getByText('Interrupted').waitFor()
    service.push(next(4))
    await expect
      .poll(() => page.getByRole('table').getAttribute('aria-rowcount'), { timeout: 15_000 })
      .toBe(String(pastAttempts + 4 + 1))
    await page.getByText('Live').waitFor()
  })

  test('a hundred events a second stay readable: few rows are drawn and no frame takes long', async () => {
    const page = await open('/events')
    await page.getByText('Live').waitFor()
    await page.evaluate(`window.longest = 0
      new PerformanceObserver(list => {
        for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration)
      }).observe({ type: 'longtask' })`)
    const seconds = 4
    for (let tenth = 0; tenth < seconds * 10; tenth++) {
      service.push(next(10, pastEvents + tenth * 10))
      await page.waitForTimeout(100)
    }
    const total = pastAttempts + seconds * 100
    await expect.poll(() => page.getByRole('table').getAttribute('aria-rowcount')).toBe(String(total + 1))
    expect(await page.getByRole('row').count()).toBeLessThan(60)
    // The machine that tests is shared and slow; a list drawn whole takes seconds here.
    expect(await page.evaluate('window.longest')).toBeLessThan(500)
  })

  test('filters stand in the address and narrow the list', async () => {
    const page = await open('/events')
    await page.getByRole('combobox', { name: 'Person' }).click()
    await page.getByRole('option', { name: 'Coco Lopes' }).click()
    await page.getByText('Denied', { exact: true }).first().click()
    await expect.poll(() => new URL(page.url()).search).toBe('?person=coco&result=deny')
    await page
      .getByRole('row', { name: /Coco Lopes/ })
      .first()
      .waitFor()
    expect(await page.getByRole('row', { name: /Hana Sato/ }).count()).toBe(0)
    service.push([event(131, 0), event(132, 0)])
    await page.getByRole('button', { name: 'Clear filter' }).click()
    await page
      .getByRole('row', { name: /Hana Sato/ })
      .first()
      .waitFor()
  })

  test('a row opens its decision card, Escape closes it, the address shows it', async () => {
    const page = await open('/events')
    await page
      .getByRole('link', { name: /Kofi Mensah was not permitted to operate Reactor 1/ })
      .first()
      .click()
    const card = page.getByRole('region', { name: 'Decision' })
    await card.getByRole('heading', { name: 'Kofi Mensah was not permitted to operate Reactor 1.' }).waitFor()
    await card.getByText('The proof “reactor-licence” has ended.').waitFor()
    await card.getByText('nearest miss').waitFor()
    await card.getByText('Renew the proof.').waitFor()
    await card.getByText('Signed by the module').waitFor()
    expect(page.url()).toContain('card=')
    await page.keyboard.press('Escape')
    await expect.poll(() => page.url()).not.toContain('card=')
    // The focus is back on the row, so that the next arrow or tab goes on from there.
    await expect
      .poll(() => page.evaluate('document.activeElement?.getAttribute("aria-label")'))
      .toMatch(/^Kofi Mensah was not permitted to operate Reactor 1/)
  })

  test('the card names rule, conditions, author, later change, values and record', async () => {
    const page = await open('/events')
    await page
      .getByRole('link', { name: /Hana Sato was permitted to operate Reactor 2/ })
      .first()
      .click()
    await page.getByRole('link', { name: 'Open as page' }).click()
    await page
      .getByRole('heading', { name: 'Hana Sato was permitted to operate Reactor 2 by rule operator-12.' })
      .waitFor()
    for (const text of [
      'The PIN is presented.',
      'site version 2 by Rosa Kern',
      'Later changed in site version 3 by Theo Brandt',
      'running, 4 s old, from simulation',
      'Session started',
      'of chain 1',
      'synchronised (simulated)',
    ]) {
      await page.getByText(text).first().waitFor()
    }
  })

  test('the matrix is walked by arrows; Enter opens the rules, and closing gives the focus back', async () => {
    const page = await open('/matrix')
    const first = page.getByRole('gridcell', { name: /^Plant manager, Main gate and parking/ })
    await first.focus()
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowLeft', 'Enter']) await page.keyboard.press(key)
    const rules = page.getByRole('region', { name: 'Rules behind the cell' })
    await rules.getByRole('heading', { name: 'Operators' }).waitFor()
    await rules.getByText('operator-1-early').waitFor()
    await page.keyboard.press('Escape')
    await expect
      .poll(() => page.evaluate('document.activeElement?.getAttribute("aria-label")'))
      .toMatch(/^Operators, Main gate and parking: permitted with conditions, 3 rules$/)
  })

  test('groups fold by keyboard, and a prohibition has its own words', async () => {
    const page = await open('/matrix')
    const laboratory = page.getByRole('columnheader', { name: /Laboratory: 4 assets/ })
    await laboratory.click()
    await page.getByRole('gridcell', { name: 'Quality control, Laboratory: permitted at 4 of 4 assets' }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('gridcell', { name: /^Quality control, Spectrometer: permitted, 1 rule$/ }).waitFor()
    await page.getByRole('gridcell', { name: /^Finance, Reactor 1: prohibited, 1 rule$/ }).waitFor()
    await page.getByRole('gridcell', { name: /^Operators, Reactor 1: permitted, limited by a prohibition/ }).waitFor()
    await page.getByText('By kind').click()
    await page.getByRole('columnheader', { name: 'Reactor: 2 assets' }).waitFor()
  })

  test('the worst module stands first, with what to do', async () => {
    const page = await open('/modules')
    const first = page.getByRole('article').first()
    await first.getByRole('heading', { name: 'edge-tanks' }).waitFor()
    await first.getByText('A block is not in force here: revocations 3 of 4.').waitFor()
    await first.getByText('They are sent again by themselves as soon as there is a link.').waitFor()
    await first.getByText('Records 306 to 309 are missing.').waitFor()
    await first.getByText('Software keys, not an HSM').waitFor()
  })

  test('a module in the picture leads to its health', async () => {
    const page = await open('/')
    await page.getByRole('link', { name: /edge-warehouse/ }).click()
    await expect
      .poll(() => page.evaluate('document.activeElement?.querySelector("h2")?.textContent'))
      .toBe('edge-warehouse')
  })

  test('T37: a name with markup is a name', async () => {
    const page = await open('/events')
    await page.getByText('Live').waitFor()
    const name = '<img src=x onerror=alert(1)>'
    service.push([{ ...event(131, 0), person: { id: 'mallory', name } }])
    await page
      .getByRole('row', { name: /<img src=x/ })
      .first()
      .waitFor()
    expect(await page.locator('img[src=x]').count()).toBe(0)
  })

  test('T35: a session that ended is said, with its reason, and leads to the way back in', async () => {
    const page = await open('/modules')
    await page.getByRole('article').first().waitFor()
    service.signOut()
    await page.getByRole('heading', { name: 'Your session has ended' }).waitFor({ timeout: 15_000 })
    await page.getByText('Nobody did anything on this page for 15 minutes').waitFor()
    await page.getByText('npx edgeward login').waitFor()
  })

  test('a service that refuses is said, and the page tries again', async () => {
    service.refuseWith('unavailable')
    const page = await open('/modules')
    await page.getByRole('alert').getByText('The service is not ready.').waitFor({ timeout: 20_000 })
    service.refuseWith(undefined)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('article').first().waitFor()
  })

  test.each([
    '/',
    '/events',
    '/events?card=ES4FT5GV6H',
    '/decisions/7JX8KY9MZA',
    '/matrix',
    '/matrix?role=operator&asset=reactor-2',
    '/modules',
  ])('axe finds nothing on %s, and no page scrolls sideways', async path => {
    for (const view of [desk, dark(phone)]) {
      const page = await open(path, view)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('networkidle', { timeout: 2_000 }).catch(() => undefined)
      await expectAccessible(page)
      await expectNoSideways(page)
      if (view === desk) await current.context.close()
    }
  })
})
