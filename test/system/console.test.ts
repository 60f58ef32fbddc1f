/** The console on a running plant: claimed by the link of the terminal, taps typed in a second one, seen as they happen. */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
import { Plant, until } from './support/plant.ts'

interface Tap {
  readonly decision: 'permit' | 'deny'
  readonly decisionId: string
}

const pictures = resolve(import.meta.dirname, '../../docs/screenshots')
const plant = new Plant()
let browser: Browser
let main: Visit

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true })
  browser = await openBrowser()
  await plant.start()
  main = await visit(browser, desk)
})
afterAll(async () => {
  await browser.close()
  await plant.remove()
})

const at = (path: string): string => new URL(path, plant.console).href
const tap = (words: string, input = ''): Promise<Tap> => plant.json<Tap>(`tap ${words}`, input)

/** A session of its own, by a link that the command line makes. */
async function signIn(view: View): Promise<Visit> {
  const opened = await visit(browser, view)
  const { url } = await plant.json<{ url: string }>('login')
  await opened.page.goto(url)
  await opened.page.getByRole('button', { name: 'Log in' }).click()
  await opened.page.getByRole('heading', { name: 'Overview' }).waitFor()
  return opened
}

const eventRow = (page: Page, sentence: RegExp) => page.getByRole('link', { name: sentence }).first()

describe('an administrator', () => {
  test('claims the installation with the link that the terminal showed, once', async () => {
    const link = /http\S+\/claim#\S+/.exec(plant.shown)?.[0] ?? ''
    const { page } = main
    await page.goto(link)
    await page.getByLabel('Your name').fill('Rosa Kern')
    await page.getByRole('button', { name: 'Claim' }).click()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await page.getByText('Rhine Works').waitFor()
    await page.getByText('No, software keys').waitFor()

    const second = await visit(browser, desk)
    await second.page.goto(link)
    await second.page.getByLabel('Your name').fill('Mallory')
    await second.page.getByRole('button', { name: 'Claim' }).click()
    await second.page.getByRole('alert').waitFor()
    await second.context.close()
  })

  test('sees taps as they happen, each with its reason and its outcome', async () => {
    const { page } = main
    await page.goto(at('/events'))
    await page.getByText('Live').waitFor()

    await tap('ben hall-door open')
    await eventRow(page, /^Ben Okoro was permitted to open Production hall east by rule operator-5/).waitFor()
    await page.getByRole('row', { name: /Ben Okoro.*Entered/ }).waitFor()

    await tap('ada reactor-2 operate')
    await eventRow(page, /^Ada Loosli was not permitted to operate Reactor 2. The PIN was not presented/).waitFor()

    const permitted = await tap('ada reactor-2 operate --pin', `${plant.pin('ada')}\n`)
    expect(permitted.decision).toBe('permit')
    await eventRow(page, /^Ada Loosli was permitted to operate Reactor 2 by rule operator-12/).waitFor()

    await tap('coco reactor-2 operate')
    await eventRow(page, /^Coco Lopes was not permitted to operate Reactor 2. No rule gives/).waitFor()
  })

  test('reads on the card what the phone and the command line said', async () => {
    const { page } = main
    const { decisionId } = await tap('anton server-door open')
    await eventRow(page, /^Anton Keller was not permitted to open Server room door/).click()
    const card = page.getByRole('region', { name: 'Decision' })
    await card.getByText(decisionId).first().waitFor()
    await card.getByText('Nobody who may accompany was there.').waitFor()
    await card.getByText('Signed by the module').waitFor()
    await card.getByText('synchronised (simulated)').waitFor()
    await page.keyboard.press('Escape')
  })

  test('finds in the matrix the rule that permitted', async () => {
    const { page } = main
    await page.goto(at('/matrix'))
    await page.getByRole('gridcell', { name: /^Operators, Reactor 2: permitted/ }).focus()
    await page.keyboard.press('Enter')
    const rules = page.getByRole('region', { name: 'Rules behind the cell' })
    await rules.getByText('operator-12', { exact: true }).waitFor()
    await rules.getByText('At Reactor 2, Operators may view, operate and set recipe').waitFor()
    await page.getByRole('gridcell', { name: /^Cleaning staff, Process control system: no rule$/ }).waitFor()
  })

  test('sees a module lose its network, a block that waits for it, and its records when it is back', async () => {
    const { page } = main
    await plant.type('sim network cut edge-tanks')
    const { decisionId } = await tap('sam tank-outer open')
    await plant.type('revoke finn --reason lost')

    await page.goto(at('/modules'))
    const worst = page.getByRole('article').first()
    await worst.getByRole('heading', { name: 'edge-tanks' }).waitFor({ timeout: 60_000 })
    await worst.getByText('A block is not in force here').waitFor({ timeout: 60_000 })
    await page.getByRole('region', { name: 'Status' }).getByText('Not yet: 1 module').waitFor({ timeout: 20_000 })

    await page.goto(at('/events'))
    await page.getByText('Live').waitFor()
    expect(await eventRow(page, /^Sam Rohner/).count()).toBe(0)
    await takePictures()

    await plant.type('sim network restore edge-tanks')
    await eventRow(page, /^Sam Rohner was permitted to open Tank farm lock outside/).waitFor({ timeout: 60_000 })
    await eventRow(page, /^Sam Rohner/).click()
    await page.getByText(decisionId).first().waitFor()
    await page.goto(at('/'))
    await page.getByText('Yes, everywhere').waitFor({ timeout: 60_000 })
  })

  test('logs out, and the pages show nothing any more', async () => {
    const { page } = main
    await page.getByRole('button', { name: 'Session of Rosa Kern' }).click()
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('heading', { name: 'You are not logged in' }).waitFor()
    await page.goto(at('/events'))
    await page.getByRole('heading', { name: 'You are not logged in' }).waitFor()
    const answer = await page.request.get(at('/api/events'))
    expect(answer.status()).toBe(401)
  })

  test('was never told by the browser that a policy was broken or an error uncaught', () => {
    expect(main.complaints).toEqual([])
  })
})

/** Six pictures for the documentation, of the plant as it stands; what they show must also pass axe. */
async function takePictures(): Promise<void> {
  for (const words of [
    'vera analyser-1 measure',
    'cleo office-door open',
    'ivo gate-main open',
    'udo reactor-1 maintain',
    'emil line-1 operate',
    'theo server-door open',
  ]) {
    await tap(words)
  }
  const { decisionId } = await tap('kofi reactor-1 operate')
  const shots: readonly {
    readonly name: string
    readonly path: string
    readonly view: View
    readonly ready: string
  }[] = [
    { name: 'overview', path: '/', view: desk, ready: 'Kofi Mensah' },
    { name: 'events', path: `/events?card=${decisionId}`, view: desk, ready: 'Evidence' },
    { name: 'matrix', path: '/matrix?role=operator&asset=reactor-2', view: dark(desk), ready: 'operator-12-view' },
    { name: 'health', path: '/modules', view: dark(desk), ready: 'A block is not in force here' },
    { name: 'events-phone', path: '/events', view: phone, ready: 'Kofi Mensah' },
    { name: 'decision-phone', path: `/decisions/${decisionId}`, view: dark(phone), ready: 'Evidence' },
  ]
  for (const { name, path, view, ready } of shots) {
    const { page, context, complaints } = await signIn(view)
    await page.goto(at(path))
    await page.getByText(ready).first().waitFor()
    if (path === '/') await page.getByRole('link', { name: /^edge-tanks.*no link$/ }).waitFor()
    // The last outcome and the fonts are there when nothing is asked for any more but the stream.
    await until(
      () => page.evaluate<string>('document.fonts.status'),
      status => status === 'loaded',
    )
    await page.screenshot({ path: join(pictures, `${name}.png`) })
    await expectAccessible(page)
    await expectNoSideways(page)
    // A person has at most five sessions; a sixth would end the oldest.
    await page.getByRole('button', { name: /^Session of / }).click()
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('heading', { name: 'You are not logged in' }).waitFor()
    expect(complaints).toEqual([])
    await context.close()
  }
}
