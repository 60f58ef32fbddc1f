/** Brokers that are not to be trusted: ours without its rules, and Mosquitto without and with rules. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { Aedes } from '../../packages/service/test/support/brokers.ts'
import { until } from '../scenarios/support/until.ts'
import { attackThroughBroker } from './support/lawless-attack.ts'
import { type Account, BrokerPlant, client } from './support/lawless-broker.ts'

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

test('T33: with all rules of our broker off, whoever reads, writes and takes over everything there changes nothing', async () => {
  const aedes = new Aedes()
  await aedes.listen()
  const server = createServer(socket => aedes.handle(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`
  ends.push(async () => {
    await new Promise<void>(resolve => aedes.close(resolve))
    server.close()
  })
  await attack(address)
})

test('T33: at a Mosquitto that lets anybody do anything, nobody changes anything at a module', async () => {
  await attack(await mosquitto({ rules: false, users: [] }))
})

async function attack(address: string): Promise<void> {
  const module = await BrokerPlant.open(address, { user: 'service', password: 'x' })
  ends.push(() => module.close())
  await attackThroughBroker(module, address)
}

test('T33: at a Mosquitto with an account and two topics for each module, one hears nothing of another and cannot stand in for it', async () => {
  // The module's password comes out of its key store: a first round, at a broker without rules, tells it.
  const { user, password } = await accountOfModule()
  const thief = { user: '00112233aabbccdd', password: 'of-the-thief' }
  const service = { user: 'service', password: 'of-the-service' }
  const address = await mosquitto({ rules: true, users: [{ user, password }, thief, service] })
  const module = await BrokerPlant.open(address, service)
  ends.push(() => module.close())
  const a = await client({ address, ...thief })
  ends.push(() => a.endAsync(true))
  const heard: string[] = []
  a.on('message', topic => heard.push(topic))
  const wanted = ['#', '+/#', '$SYS/#', 'edgeward/+/down', `edgeward/${user}/down`, `edgeward/${user}/up`]
  for (const topic of wanted) await a.subscribeAsync(topic, { qos: 1 }).catch(() => undefined)
  const [state, refused] = [module.state({ taps: false }), module.refused]
  for (const topic of [`edgeward/${user}/down`, `edgeward/${user}/up`]) {
    await a.publishAsync(topic, Buffer.alloc(2_000), { qos: 1, retain: true }).catch(() => undefined)
  }
  expect(await module.tapAndRecord()).toBe('permit')
  // With his own password he is himself, whatever he calls himself; without one he is nobody.
  const asModule = await client({ address, ...thief }, user).catch(() => undefined)
  await asModule?.endAsync(true)
  for (const wrong of [
    { user, password: thief.password },
    { user: 'nobody', password: 'x' },
  ]) {
    await expect(client({ address, ...wrong })).rejects.toThrow()
  }
  expect(module.plant.module.status().link).toBe('up')
  await module.restart()
  expect(await module.tapAndRecord()).toBe('permit')
  expect(heard).toEqual([])
  expect([module.state({ taps: false }), module.refused]).toEqual([state, refused])
})

/** The account that the module of every `BrokerPlant` has: its service is made from the same seed. */
async function accountOfModule(): Promise<Omit<Account, 'address'>> {
  const accounts: Omit<Account, 'address'>[] = []
  const address = await mosquitto({ rules: false, users: [] })
  const module = await BrokerPlant.open(address, { user: 'service', password: 'x' }, account => accounts.push(account))
  await module.close()
  const [account] = accounts
  if (account === undefined) throw new Error('the module did not go on line')
  return account
}

/** Mosquitto as a child on a free port of the loopback. */
async function mosquitto({
  rules,
  users,
}: {
  readonly rules: boolean
  readonly users: readonly Omit<Account, 'address'>[]
}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'edgeward-mosquitto-'))
  const port = await freePort()
  const file = (name: string, lines: readonly string[]): string => {
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`, { mode: 0o600 })
    return join(folder, name)
  }
  const common = [`listener ${port} 127.0.0.1`, 'persistence false', 'user root', 'max_packet_size 1049600']
  const passwords = join(folder, 'passwords')
  if (rules) {
    writeFileSync(passwords, '', { mode: 0o600 })
    for (const { user, password } of users) spawnSync('mosquitto_passwd', ['-b', passwords, user, password])
  }
  const topics = users.flatMap(({ user }) =>
    user === 'service'
      ? ['user service', 'topic read edgeward/+/up', 'topic write edgeward/+/down']
      : [`user ${user}`, `topic read edgeward/${user}/down`, `topic write edgeward/${user}/up`],
  )
  const ruled = [
    `password_file ${passwords}`,
    `acl_file ${rules ? file('topics', topics) : ''}`,
    'allow_anonymous false',
    'use_username_as_clientid true',
  ]
  const config = file('mosquitto.conf', [...common, ...(rules ? ruled : ['allow_anonymous true'])])
  const child = spawn('mosquitto', ['-c', config], { stdio: 'ignore' })
  ends.push(() => stopped(child).finally(() => rmSync(folder, { recursive: true, force: true })))
  await until('Mosquitto listens', () => answers(port))
  return `mqtt://127.0.0.1:${port}`
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
