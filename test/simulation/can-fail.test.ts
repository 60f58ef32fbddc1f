/** Every invariant is broken once on purpose, and the simulation sees it. */

import type { SqlValue } from '@edgeward/module'
import type { Selection } from '@edgeward/module/ports'
import { afterEach, expect, test } from 'vitest'
import { type Breakage, BrokenDatabase, forgetting, leavingOut, sound } from './breakage.ts'
import type { ModuleNode } from './module-node.ts'
import { Plant, type TapWish, Violated } from './plant.ts'
import type { CommandTruth } from './service/service-model.ts'
import { codes, groupOf } from './service/works.ts'

const dayMs = 86_400_000
/** A works of two modules. */
const seed = 8
let plant: Plant | undefined
afterEach(() => plant?.remove())

interface Scene {
  readonly plant: Plant
  /** Taps at an asset of the module that guards it. */
  tap(person: string, what: string, change?: Partial<TapWish>): Promise<void>
  restart(module: string): Promise<void>
  command(verb: 'lockdown' | 'evacuation', on: CommandTruth['arguments']['on']): Promise<void>
}

/** What is found to be wrong when a module is broken like this and the scene is played. */
async function found(breakage: Breakage, play: (scene: Scene) => Promise<void>): Promise<readonly string[]> {
  try {
    plant = await Plant.create({ seed, breakage })
    const here = plant
    const nodeOf = (asset: string): ModuleNode => {
      const id = { gate: 'edge-1', press: 'edge-1', vault: 'edge-2', 'farm-gate': 'edge-2' }[asset] ?? 'edge-1'
      return here.nodes.find(node => node.id === id) as ModuleNode
    }
    await play({
      plant: here,
      async tap(person, what, change = {}) {
        const [asset = '', name = 'open'] = what.split('/')
        const node = nodeOf(asset)
        const phone = here.phones.all.find(each => each.person === person)
        if (phone === undefined) throw new Error(`nobody is called ${person}`)
        const document = phone.documents[groupOf[node.id] ?? 'main'].at(-1)
        const place = { asset, function: name, side: 'in' } as const
        await here.tap([{ node, phone, document, place, ...change }])
        await here.checked()
      },
      async restart(module) {
        await here.restart(here.nodes.find(({ id }) => id === module) as ModuleNode)
        await here.checked()
      },
      async command(verb, on) {
        here.command(here.nodes, verb, { on: on ?? 'site', active: true }, 7_200)
        await here.time.run(2_000)
        await here.checked()
      },
    })
    return []
  } catch (error) {
    if (!(error instanceof Violated)) throw error
    return error.all.map(({ invariant }) => invariant)
  }
}

const pin = codes.ada?.pin ?? ''

test('nothing is found at a module that is not broken', async () => {
  const everything = async ({ plant: here, tap, restart, command }: Scene): Promise<void> => {
    await tap('ada', 'gate')
    await tap('ada', 'press/operate', { pin: '1111' })
    await tap('ada', 'press/operate', { pin })
    here.truth.say('c-ben', 'revoke')
    here.tellAll()
    await here.time.run(2_000)
    await restart('edge-1')
    await tap('ben', 'gate')
    await command('evacuation', 'site')
    await tap('ben', 'gate')
    await here.time.run(60_000)
    await here.checkedAtEnd()
  }
  expect(await found(sound, everything)).toEqual([])
})

test('an output without a record is seen', async () => {
  const database: Breakage['database'] = db => {
    let isOrder = false
    return {
      run(sql, ...values) {
        isOrder ||= sql.startsWith('INSERT INTO orders')
        db.run(sql, ...values)
      },
      get: (sql, ...values) => db.get(sql, ...values),
      all: (sql, ...values) => db.all(sql, ...values),
      close: () => db.close(),
      // Believes to have stored an order when it has not.
      transaction<T>(work: () => T): T {
        const results: T[] = []
        isOrder = false
        try {
          return db.transaction(() => {
            const result = work()
            results.push(result)
            if (isOrder) throw new Error('not stored')
            return result
          })
        } catch (error) {
          const [result] = results
          if (!isOrder || result === undefined) throw error
          return result
        }
      },
    }
  }
  expect(await found({ ...sound, database }, ({ tap }) => tap('ada', 'gate'))).toContain(
    'no output without its durable record',
  )
})

test('an order that is given twice is seen', async () => {
  const twice: Breakage = {
    ...sound,
    ports: ports => ({
      ...ports,
      actuator: {
        async act(order, report) {
          await ports.actuator.act(order, report)
          await ports.actuator.act(order, report)
        },
      },
    }),
  }
  expect(await found(twice, ({ tap }) => tap('ada', 'gate'))).toContain('no order and no command acts twice')
})

test('T28: a module that keeps no marks is seen when an old command comes again', async () => {
  const play = async ({ plant: here, command, tap }: Scene): Promise<void> => {
    await command('lockdown', { asset: 'press' })
    for (let i = 0; i < 60; i++) here.network.replay()
    await here.time.run(5_000)
    await tap('ada', 'gate')
  }
  expect(await found(leavingOut(/INTO (marks|commands_done)/), play)).toContain('no order and no command acts twice')
})

test('T64: a floor that falls is seen', async () => {
  let isBroken = false
  const write = (sql: string, values: readonly SqlValue[]): readonly SqlValue[] =>
    isBroken && sql.includes('INTO clock')
      ? values.map(json => String(json).replace(/"floor":\d+/, '"floor":5'))
      : values
  const breakage: Breakage = { ...sound, database: db => new BrokenDatabase(db, { write }) }
  const play = async ({ plant: here }: Scene): Promise<void> => {
    isBroken = true
    await here.time.run(61_000)
    await here.checked()
  }
  expect(await found(breakage, play)).toContain('marks, floors, versions, numbers and counters never fall')
})

test('a revocation that is forgotten over a restart is seen', async () => {
  const play = async ({ plant: here, restart, tap }: Scene): Promise<void> => {
    here.truth.say('c-ada', 'revoke')
    here.tellAll()
    await here.time.run(2_000)
    await here.checked()
    await restart('edge-1')
    await tap('ada', 'gate')
  }
  expect(await found(forgetting({ credentials: {} }), play)).toContain(
    'no permit for a credential whose revocation or suspension was acknowledged',
  )
})

test('a lockdown, and an evacuation, that are forgotten over a restart are seen', async () => {
  const play =
    (verb: 'lockdown' | 'evacuation', person: string) =>
    async ({ command, restart, tap }: Scene): Promise<void> => {
      await command(verb, { asset: 'gate' })
      await restart('edge-1')
      await tap(person, 'gate')
    }
  expect(await found(forgetting({ lockdowns: [] }), play('lockdown', 'ada'))).toContain(
    'no permit in a lockdown that was acknowledged and is neither over nor lifted',
  )
  plant?.remove()
  const shut = async (scene: Scene): Promise<void> => {
    scene.plant.truth.say('c-ada', 'revoke')
    scene.plant.tellAll()
    await play('evacuation', 'ada')(scene)
  }
  expect(await found(forgetting({ evacuations: [] }), shut)).toContain(
    'an acknowledged evacuation opens every fail-safe door to everybody',
  )
})

test('a permit for what is not genuine is seen', async () => {
  const play = async ({ plant: here, tap }: Scene): Promise<void> => {
    const document = here.phones.all.find(({ person }) => person === 'ada')?.documents.main.at(-1)
    if (document !== undefined) await tap('ada', 'gate', { document: { ...document, isGenuine: false } })
  }
  expect(await found(sound, play)).toContain(
    'only whoever shows a genuine document of his own, for this key group, gets in',
  )
})

test('T65: clocks that stand still are seen: in the end of documents, of the autonomy, and by themselves', async () => {
  const frozen: Breakage = {
    ...sound,
    ports: ports => {
      const [wall, counted] = [ports.clock.now(), ports.monotonic.now()]
      return { ...ports, clock: { now: () => wall }, monotonic: { now: () => counted } }
    },
  }
  const after =
    (days: number, then: (scene: Scene) => Promise<void>) =>
    async (scene: Scene): Promise<void> => {
      for (const node of scene.plant.nodes) scene.plant.setNetwork(node, false)
      scene.plant.time.skip(days * dayMs)
      scene.plant.stepBegins()
      await then(scene)
      await scene.plant.checked()
    }
  expect(
    await found(
      frozen,
      after(8, ({ tap }) => tap('ada', 'gate')),
    ),
  ).toContainEqual(expect.stringMatching(/^no permit behind the end of a document/))
  plant?.remove()
  expect(
    await found(
      frozen,
      after(4, ({ tap }) => tap('ada', 'farm-gate')),
    ),
  ).toContain('no permit behind the autonomy')
  plant?.remove()
  expect(
    await found(
      frozen,
      after(1, async () => undefined),
    ),
  ).toContainEqual(expect.stringMatching(/^the module's time stays within/))
})

test('R7: a PIN that is forgiven, a try that is free, and a count that is forgotten are seen', async () => {
  const forgiving: Breakage = {
    ...sound,
    ports: ports => ({
      ...ports,
      panel: {
        take(reader): Selection | undefined {
          const selection = ports.panel.take(reader)
          return selection && { ...selection, pin }
        },
        show: (reader, display) => ports.panel.show(reader, display),
      },
    }),
  }
  expect(await found(forgiving, ({ tap }) => tap('ada', 'press/operate', { pin: '1111' }))).toContainEqual(
    expect.stringMatching(/^no permit with a wrong PIN/),
  )
  plant?.remove()
  expect(await found(forgetting({ pins: {} }), ({ tap }) => tap('ada', 'press/operate', { pin }))).toContain(
    'a try is on the disk before a PIN is compared',
  )
  plant?.remove()
  const reference = Buffer.from('c-ada...').toString('hex')
  const tries = async ({ tap, restart }: Scene): Promise<void> => {
    for (let i = 0; i < 4; i++) {
      await tap('ada', 'press/operate', { pin: '1111' })
      await restart('edge-1')
    }
  }
  expect(await found(forgetting({ pins: { [reference]: { wrong: 1 } } }), tries)).toContainEqual(
    expect.stringMatching(/^after so many wrong PINs/),
  )
})

test('a record that counts as delivered and is not, and one that was altered, are seen', async () => {
  let isBroken = false
  const play = async ({ plant: here, tap }: Scene): Promise<void> => {
    isBroken = true
    await tap('ada', 'gate')
    await here.time.run(2_000)
    await here.checked()
  }
  const rounding: Breakage = {
    ...sound,
    database: db =>
      new BrokenDatabase(db, {
        write: (sql, values) =>
          isBroken && sql.includes('meta') && values[0] === 'lastAcknowledged'
            ? [values[0], Number(values[1]) + 1]
            : values,
      }),
  }
  expect(await found(rounding, play)).toContain('no record is lost, doubled, altered or missing unseen')
  plant?.remove()
  isBroken = false
  const altered = (bytes: SqlValue | undefined): SqlValue =>
    bytes instanceof Uint8Array ? Uint8Array.of(...bytes.slice(0, -1), 0) : null
  const altering: Breakage = {
    ...sound,
    database: db =>
      new BrokenDatabase(db, {
        read: (sql, rows) =>
          isBroken && sql.includes('number >= ?') ? rows.map(row => ({ ...row, bytes: altered(row.bytes) })) : rows,
      }),
  }
  expect(await found(altering, play)).toContain('an honest module raises no alarm')
})

test('an outcome that comes twice is seen', async () => {
  const play = async ({ tap, restart }: Scene): Promise<void> => {
    await tap('ada', 'gate')
    await restart('edge-1')
  }
  expect(await found(leavingOut(/^DELETE FROM orders/), play)).toContain(
    'every permit has one first outcome, and no outcome is without its permit',
  )
})

test('a bundle that is acknowledged and not kept, and one that never comes, are seen', async () => {
  const play = async ({ plant: here }: Scene): Promise<void> => {
    here.truth.change(new Set(['no-gate']))
    here.tellAll()
    await here.time.run(60_000)
    await here.checkedAtEnd()
  }
  expect(await found(leavingOut(/INTO bundle/), play)).toContainEqual(
    expect.stringMatching(/^what a module has acknowledged is in force/),
  )
  plant?.remove()
  const deaf: Breakage = {
    ...sound,
    ports: ports => {
      let heard = 0
      const { link } = ports
      const start: typeof link.start = (on, account) =>
        link.start(
          { ...on, up: on.up, down: on.down, received: bytes => (heard++ < 6 ? on.received(bytes) : undefined) },
          account,
        )
      return {
        ...ports,
        link: {
          get state() {
            return link.state
          },
          start,
          send: envelope => link.send(envelope),
          stop: () => link.stop(),
        },
      }
    },
  }
  expect(await found(deaf, play)).toContainEqual(
    expect.stringMatching(/^(when the network has healed|no record is lost)/),
  )
})

test('a permit that the readable algorithm denies is seen', async () => {
  const play = async ({ plant: here, tap, restart }: Scene): Promise<void> => {
    const [node] = here.nodes
    for (let i = 0; i < 3; i++) {
      if (node !== undefined) node.context = { site: { 'machine.guard': { value: true, at: here.now() } } }
      await tap('coco', 'press/clean')
      for (const end of node?.sessions.splice(0) ?? []) end()
      await here.time.run(100)
      await here.checked()
      await restart('edge-1')
    }
  }
  expect(await found(forgetting({ uses: {} }), play)).toContainEqual(
    expect.stringMatching(/^no permit that the readable algorithm/),
  )
})
