/** Words that nobody would write by chance are planted, things go wrong, and everything is searched. */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { toHex } from '@edgeward/base'
import { operations } from '@edgeward/service/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { disguises, found, foundInFolder } from './support/disguises.ts'
import { Plant } from './support/plant.ts'
import { until } from './support/until.ts'
import { flipped } from './support/wire.ts'
import { withoutPermission, worksSite } from './support/works-site.ts'

/** May stand in the service's database and in what the API answers, and nowhere else. */
const words = {
  name: 'Zanzibarta Quorumfels',
  otherName: 'Wolfhild Xylanderin',
  reason: 'Brombeerkoffer am Fluss',
  comment: 'Kandiszuckerlawine',
}
/** Stand nowhere at all. */
const pins = { pin: '83617204', duress: '50928361', refused: '27495038', late: '61840297' }

let plant: Plant
const codes: string[] = []
beforeAll(async () => {
  const site = worksSite.replace('Ada Loosli', words.name).replace('Ben Okoro', words.otherName)
  plant = await Plant.start({ site, logLevel: 'trace' })
  for (const [name, credential] of [
    ['ada', 'c-1'],
    ['ben', 'c-2'],
  ] as const) {
    const { code } = await plant.call(operations.invite, { credential })
    codes.push(code)
    const wallet = await plant.emptyPhone(name)
    await wallet.enrol(code)
    plant.phones.set(name, wallet)
  }
  codes.push((await plant.service.createLogInLink()).url.split('#')[1] ?? '')
  await plant.setPin('ada', { pin: pins.pin, duress: pins.duress })
  await live(site)
  await fail(site)
})
afterAll(() => plant.remove())

/** What happens on an ordinary day. */
async function live(site: string): Promise<void> {
  await plant.tap('ada', 'press', 'operate', { pin: pins.pin })
  await plant.tap('ada', 'press', 'operate', { pin: pins.duress })
  await plant.tap('ada', 'press', 'operate', { pin: pins.refused })
  await plant.tap('ben', 'gate', 'open')
  const text = withoutPermission('press-clean', site)
  await plant.call(operations.applySite, { text, fileName: 'works.yaml', comment: words.comment })
  await plant.call(operations.revoke, { person: 'ben', reason: words.reason })
  await plant.current()
  await plant.tap('ben', 'gate', 'open')
}

/** What goes wrong on a bad one. */
async function fail(site: string): Promise<void> {
  const hall = plant.module('edge-hall')
  const refusals = [
    plant.call(operations.setPin, { person: 'ada', pin: `${pins.refused}x` }),
    plant.call(operations.setPin, { person: 'nobody', pin: pins.refused }),
    plant.call(operations.setPin, { person: 'ada', pin: pins.refused, duress: pins.refused }),
    plant.call(operations.revoke, { person: 'ben', reason: words.reason }),
    plant.call(operations.revoke, { person: 'nobody', reason: words.reason }),
    plant.call(operations.applySite, { text: `${site}\nnonsense: ${words.name}`, fileName: 'works.yaml' }),
    ...codes.slice(0, 2).map(async code => (await plant.emptyPhone(`late-${code.slice(0, 3)}`)).enrol(code)),
  ]
  expect((await Promise.allSettled(refusals)).map(({ status }) => status)).toEqual(refusals.map(() => 'rejected'))
  for (const body of [`{"pin":"${pins.refused}"`, `{"name":"${words.name}","code":"${codes[0]}"}`]) {
    for (const path of ['/api/people/ada/pin', '/api/claim', `/api/people/${encodeURIComponent(words.name)}/pin`]) {
      await fetch(new URL(path, plant.service.url), {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      })
    }
  }
  // Bytes are altered on both ways, and junk comes to a reader.
  const changed = ['down', 'up'].map(way => hall.wire.changeNext(way as 'down' | 'up', () => true, flipped))
  await plant.apply(site)
  await plant.tap('ada', 'gate', 'open')
  await Promise.all(changed)
  const { port } = hall.field.choose('gate', { asset: 'gate', function: 'open', side: 'in', pin: pins.refused })
  const junk = connect(port, '127.0.0.1')
  junk.on('error', () => undefined).resume()
  junk.write(Buffer.from(`\0\u0002${words.name}`))
  await new Promise(resolve => junk.once('close', resolve))
  await dieUnderPins()
  plant.time.skip(31_000)
  await plant.current()
}

/** The database dies in the middle of setting a PIN, again and again. */
async function dieUnderPins(): Promise<void> {
  const pidFile = join(plant.databaseFolder, 'data', 'postmaster.pid')
  process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), 'SIGQUIT')
  const failed: unknown[] = []
  await until('the database is back', async () => {
    try {
      return await plant.call(operations.setPin, { person: 'ada', pin: pins.late })
    } catch (error) {
      failed.push(error)
      await delay(20)
      return undefined
    }
  })
  expect(failed.length).toBeGreaterThan(0)
}

test('the search finds a word in every disguise', () => {
  const word = words.name
  const bytes = Buffer.from(word)
  for (const before of ['', 'x', 'xy', 'xyz']) {
    for (const after of ['', 'x', 'xy']) {
      const around = Buffer.from(`${before}${word}${after}`)
      for (const text of [
        around.toString('latin1'),
        around.toString('hex'),
        around.toString('base64'),
        around.toString('base64url'),
      ])
        expect(found([word], text)).toEqual([word])
    }
  }
  expect(found([word], bytes.subarray(1))).toEqual([])
  expect(new Set(disguises(word)).size).toBe(disguises(word).length)
})

test('T51: at the level trace, with everything that went wrong, no name, reason, PIN or code is in a log', () => {
  const secrets = [...Object.values(words), ...Object.values(pins), ...codes, ...brokerPasswords()]
  expect(plant.log.length).toBeGreaterThan(20)
  expect(plant.log.some(line => line.includes('"level":50'))).toBe(true)
  expect(found(secrets, plant.log.join('\n'))).toEqual([])
  for (const { log } of plant.modules.values()) {
    expect(log.length).toBeGreaterThan(0)
    expect(found(secrets, log.join('\n'))).toEqual([])
  }
})

/** What modules log in to the broker with: the last field of CONNECT. MQTT 3.1.1 §3.1.3 */
function brokerPasswords(): readonly string[] {
  const connects = [...plant.modules.values()].flatMap(({ wire }) => wire.heard.filter(([first]) => first === 0x10))
  const passwords = connects.map(packet => packet.subarray(-22).toString())
  expect(passwords.length).toBeGreaterThan(1)
  for (const password of passwords) expect(password).toMatch(/^[\w-]{22}$/)
  return [...new Set(passwords)]
}

test('T32: nothing that goes over the network tells a person, a reason, a role, a PIN or a pseudonym', () => {
  const pseudonyms = plant
    .phone('ada')
    .credentials()
    .map(({ credential }) => credential)
  const secrets = [...Object.values(words), ...Object.values(pins), ...codes, 'operator', 'press-operate', 'gate-all']
  for (const { wire } of plant.modules.values()) {
    const bytes = Buffer.concat(wire.heard)
    expect(bytes.length).toBeGreaterThan(10_000)
    expect(found(secrets, bytes)).toEqual([])
    for (const pseudonym of pseudonyms) expect(bytes.toString('hex')).not.toContain(pseudonym)
  }
})

test('T51: no PIN and no code is on any disk, and no name, reason or comment on that of a module', async () => {
  const nowhere = [...Object.values(pins), ...codes]
  const names = Object.values(words)
  await plant.stopService()
  // Cleanly stopped, so everything is in its files; and the search would find what is there.
  expect(foundInFolder([words.reason, words.comment], plant.databaseFolder)).toEqual([words.reason, words.comment])
  expect(foundInFolder(nowhere, plant.databaseFolder)).toEqual([])
  for (const module of plant.modules.values()) {
    await module.stop()
    expect(foundInFolder([...nowhere, ...names], module.folder)).toEqual([])
  }
  expect(foundInFolder(nowhere, plant.folder)).toEqual([])
  await plant.startService()
})

test('the search of a module’s disk would find what is there', async () => {
  const hall = plant.module('edge-hall')
  await hall.onDisk(db => db.run('UPDATE records SET openings = ? WHERE number = 1', Buffer.from(words.name)))
  expect(foundInFolder([words.name], hall.folder)).toEqual([words.name])
  expect(toHex(Uint8Array.from(Buffer.from(words.name))).length).toBe(2 * words.name.length)
})
