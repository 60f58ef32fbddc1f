import { afterEach, expect, test } from 'vitest'
import { MemoryField } from './harness/memory-field.ts'
import { ada, ben, coco, openGate, operate, Plant, start } from './harness/plant.ts'

let plant: Plant
afterEach(() => plant.remove())

test('an operator with a PIN is let in: decided, recorded, moved, told', async () => {
  plant = await Plant.create()
  const phone = await plant.phone(ada)
  const { display, record, reports } = await plant.tap(phone, operate('2580'))
  expect(display).toMatchObject({ decision: 'permit', family: 'ok' })
  expect(record).toMatchObject({
    decision: 'permit',
    by: 'press-operate',
    reasons: ['permitted'],
    factors: { pin: 'ok' },
    clockQuality: 'synchronised',
    simulated: true,
    bundleVersion: 1,
    epoch: 1,
    documentEpoch: 1,
  })
  expect(plant.surroundings.orders).toMatchObject([
    { asset: 'press', function: 'operate', decisionId: display.decisionId },
  ])
  expect(plant.surroundings.shown).toEqual([display])
  expect(reports).toContainEqual({ type: 'reader-status', status: 0x0182 })
})

test('the outcome follows the decision as a record of its own', async () => {
  plant = await Plant.create()
  const { display } = await plant.tap(await plant.phone(ada), operate('2580'))
  const records = await plant.records()
  expect(records.slice(-2)).toMatchObject([
    { kind: 'decision', decisionId: display.decisionId, decision: 'permit' },
    { kind: 'outcome', decisionId: display.decisionId, outcome: 'session-started' },
  ])
})

test('a record names nobody: credential and person are commitments whose openings travel beside it', async () => {
  plant = await Plant.create()
  const { record } = await plant.tap(await plant.phone(ada), operate('2580'))
  expect(record?.credential).toHaveLength(32)
  await plant.records()
  const [batch] = (await plant.received('audit-batch')).slice(-1)
  if (batch?.type !== 'audit-batch') throw new Error('no batch')
  const values = batch.payload.openings?.map(({ field, value }) => [field, Buffer.from(value).toString()])
  expect(values).toContainEqual(['person', Buffer.from(plant.service.person('ada')).toString()])
  expect(Buffer.concat(batch.payload.records).includes('ada')).toBe(false)
})

test('without a PIN the holder is asked for it, and no try is charged', async () => {
  plant = await Plant.create()
  const phone = await plant.phone(ada)
  const { display, record, reports } = await plant.tap(phone, operate())
  expect(display).toMatchObject({
    decision: 'deny',
    family: 'factor',
    text: 'Please enter your PIN and present again.',
  })
  expect(record?.reasons).toEqual(['factor-required(pin)'])
  expect(reports).toContainEqual({ type: 'reader-status', status: 0x0025 })
  expect(plant.surroundings.orders).toEqual([])
})

test('R7: wrong PINs lock the credential, over a restart too, and the right one does not open then', async () => {
  plant = await Plant.create()
  const phone = await plant.phone(ada)
  for (const pin of ['0000', '1111'])
    expect((await plant.tap(phone, operate(pin))).record?.reasons).toEqual(['factor-failed'])
  expect((await plant.tap(phone, operate('2222'))).record?.reasons?.[0]).toMatch(/^factor-(failed|locked)/)
  await plant.reopen()
  const { display, record } = await plant.tap(phone, operate('2580'))
  expect(record?.reasons?.[0]).toMatch(/^factor-locked\(/)
  expect(display.text).toMatch(/^Locked after wrong tries\. Again from Tue 24 Nov 10:45\.$/)
  plant.surroundings.advance(16 * 60_000)
  expect((await plant.tap(phone, operate('2580'))).display.decision).toBe('permit')
})

test('R7: a right PIN takes back the tries before it', async () => {
  plant = await Plant.create()
  const phone = await plant.phone(ada)
  for (const pin of ['0000', '1111', '2580', '0000', '1111']) await plant.tap(phone, operate(pin))
  expect((await plant.tap(phone, operate('2580'))).display.decision).toBe('permit')
})

test('a PIN with a credential that has none is wrong', async () => {
  plant = await Plant.create()
  const { record } = await plant.tap(
    await plant.phone({ ...ada, credential: 'c-9', pin: undefined as never }),
    operate('2580'),
  )
  expect(record?.reasons).toEqual(['factor-failed'])
})

test('a cleaner at a function of operators has no right', async () => {
  plant = await Plant.create()
  const { display, record } = await plant.tap(await plant.phone(coco), operate())
  expect(record?.reasons).toEqual(['no-permission'])
  expect(display).toMatchObject({ decision: 'deny', family: 'right' })
})

test('a duress PIN looks like any other to whoever looks on, and raises a silent alarm in the record', async () => {
  plant = await Plant.create()
  const phone = await plant.phone(ada)
  const normal = await plant.tap(phone, operate('2580'))
  await plant.tap(await plant.phone(ben), operate('4711'))
  const duress = await plant.tap(phone, operate('9137'))
  const { decisionId: _, ...shown } = duress.display
  expect(normal.display).toMatchObject(shown)
  expect(duress.reports.at(-1)).toEqual(normal.reports.at(-1))
  expect(duress.record).toMatchObject({ factors: { pin: 'ok' } })
  expect(duress.record?.obligations).toContain('silent-alarm(duress)')
  expect(normal.record?.obligations).not.toContain('silent-alarm(duress)')
})

test('R1: a document counts only with the phone that it was made for, by our issuer, for our group, unchanged', async () => {
  plant = await Plant.create()
  const [mine, other, none] = [await plant.phone(ada), await plant.phone(ben), await plant.phone()]
  const changed = Uint8Array.from(mine.document ?? [])
  changed[700] = (changed[700] ?? 0) ^ 1
  const forged = await plant.service.document({ ...ada, phone: none.publicKey, forged: true })
  const foreign = await plant.service.document({ ...ada, phone: none.publicKey, keyGroup: new Uint8Array(8) })
  for (const [what, document, because] of [
    ['none', undefined, 'no document for this key group'],
    ['changed', changed, 'document: tag'],
    ["another phone's", other.document, 'document: transponder'],
    ['forged', forged, 'document: signature'],
    ["another group's", foreign, 'document: receiver'],
  ] as const) {
    const { display, record, reports } = await plant.tap({ ...none, document }, openGate)
    expect(record?.reasons, what).toEqual(['bad-proof'])
    expect(record?.trace, what).toEqual([{ what: 'proof', value: because }])
    expect(display.text).toBe('Not valid here. Please ask the security desk.')
    expect(reports).toContainEqual({ type: 'reader-status', status: 0x0025 })
  }
  expect(plant.surroundings.orders).toEqual([])
})

test('an expired document is denied with the instant at which it ran out', async () => {
  plant = await Plant.create()
  const phone = await plant.phone({ ...ada, notBefore: start - 7_200, notAfter: start - 3_600 })
  const { record } = await plant.tap(phone, openGate)
  expect(record?.reasons).toEqual(['expired(2026-11-24T08:30:00Z)'])
})

test('a phone that cannot prove its key is recorded as a bad proof', async () => {
  plant = await Plant.create()
  const [phone, other] = [await plant.phone(ada), await plant.phone(ben)]
  const { record, display } = await plant.tap({ ...phone, sign: other.sign }, openGate)
  expect(record).toMatchObject({
    decision: 'deny',
    reasons: ['bad-proof'],
    trace: [{ what: 'proof', value: 'transponder: device-signature' }],
  })
  expect(display.decision).toBe('deny')
})

test('junk at a reader fills no disk: ten records a minute, then it is only counted', async () => {
  plant = await Plant.create()
  const phone = await plant.phone()
  const before = plant.module.status().records.last
  // At two readers, so that neither of them rests.
  for (let i = 0; i < 14; i++) {
    const reader = i % 2 === 0 ? 'gate' : 'gate-out'
    expect((await plant.tap(phone, openGate, { reader })).display.decision).toBe('deny')
  }
  expect(plant.module.status().records.last).toBe(before + 10)
  plant.surroundings.advance(61_000)
  await plant.settle()
  expect((await plant.records()).at(-1)).toMatchObject({ event: 'taps-not-recorded', detail: { count: '4' } })
})

test('a phone that leaves early is no attempt, wherever it leaves', async () => {
  plant = await Plant.create()
  const phone = await plant.phone(ada)
  const whole = await plant.tap(phone, openGate)
  const orders = plant.surroundings.orders.length
  for (let left = 1; left <= whole.field.apdus.length - 3; left++) {
    const field = new MemoryField((_, count) => (count >= left ? 'leave' : 'pass'))
    const { torn, display } = await plant.tap(phone, openGate, { field })
    expect([torn, display.decision], `left after ${left}`).toEqual([true, 'deny'])
  }
  expect(plant.surroundings.orders).toHaveLength(orders)
  expect((await plant.tap(phone, openGate)).display.decision).toBe('permit')
})

test('two taps at once at two readers are decided one after the other: one use of one is one', async () => {
  plant = await Plant.create()
  const { surroundings } = plant
  surroundings.context = { 'asset:press': { 'machine.guard': { value: true, at: start } } }
  surroundings.outcome = undefined
  const phones = await Promise.all([plant.phone(coco), plant.phone(coco)])
  const selection = { asset: 'press', function: 'clean', side: 'in' } as const
  surroundings.next = selection
  const first = plant.tap(phones[0], selection)
  const second = plant.tap(phones[1], selection, { reader: 'gate' })
  const decisions = (await Promise.all([first, second])).map(({ record }) => record?.reasons?.[0])
  expect(decisions.toSorted()).toEqual(['permitted', 'quota-used'])
})

test('sensor values and contacts are asked at each tap, and a stale value is none', async () => {
  plant = await Plant.create()
  const phone = await plant.phone(coco)
  const clean = { asset: 'press', function: 'clean', side: 'in' } as const
  expect((await plant.tap(phone, clean)).record?.reasons).toEqual(['context-failed(context)'])
  plant.surroundings.context = { 'asset:press': { 'machine.guard': { value: true, at: start - 60 } } }
  expect((await plant.tap(phone, clean)).record?.reasons).toEqual(['context-failed(context)'])
  plant.surroundings.context = { 'asset:press': { 'machine.guard': { value: true, at: start } } }
  expect((await plant.tap(phone, clean)).display.decision).toBe('permit')
})

test('a position is recorded only where a rule asks for it, as a commitment', async () => {
  plant = await Plant.create()
  const phone = await plant.phone(coco)
  plant.surroundings.context = { site: { 'machine.guard': { value: true, at: start } } }
  plant.surroundings.positions = { [phone.thumbprint]: { at: start, zones: ['pad'], source: 'test' } }
  expect((await plant.tap(phone, openGate)).record?.position).toBeUndefined()
  const { record } = await plant.tap(phone, { asset: 'press', function: 'clean', side: 'in' })
  expect(record?.obligations).toContain('log(position)')
  expect(record?.position).toHaveLength(32)
})

test('without a choice at the panel the reader asks for its own asset and function', async () => {
  plant = await Plant.create()
  const { record } = await plant.tap(await plant.phone(ada), undefined, { reader: 'gate-out' })
  expect(record).toMatchObject({ asset: 'gate', side: 'out', function: 'open', decision: 'permit' })
})

test('T81: what a reader shows comes from a fixed list and names no rule', async () => {
  plant = await Plant.create()
  await plant.tap(await plant.phone(coco), operate())
  await plant.tap(await plant.phone(coco), { asset: 'press', function: 'clean', side: 'in' })
  await plant.tap(await plant.phone(ada), { asset: 'nowhere', function: 'open', side: 'in' }, { reader: 'gate' })
  await plant.tap(await plant.phone(), openGate)
  const texts = plant.surroundings.shown.map(({ text }) => text)
  expect(texts).toEqual([
    'No right for this. Please ask your administrator.',
    'Conditions here do not allow it now.',
    'No right for this. Please ask your administrator.',
    'Not valid here. Please ask the security desk.',
  ])
})

test('a tap at a reader that is not there, or before the commissioning, is refused', async () => {
  plant = await Plant.create({ uncommissioned: true })
  await expect(plant.module.tap('gate', new MemoryField())).rejects.toMatchObject({ code: 'not-commissioned' })
  await plant.commission()
  await expect(plant.module.tap('attic', new MemoryField())).rejects.toMatchObject({ code: 'unknown-reader' })
})
