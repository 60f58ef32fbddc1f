/** The parts of a simulated module's process. */
import { SimulatedClock } from '@edgeward/base'
import type { TapResult } from '@edgeward/module'
import type { LinkPort, Outcome } from '@edgeward/module/ports'
import { expect, test } from 'vitest'
import { CuttableLink } from '../../src/module/cuttable-link.ts'
import { SimulatedMonotonic } from '../../src/module/monotonic.ts'
import { SimulatedActuator } from '../../src/module/simulated-ports.ts'
import { TapTickets } from '../../src/module/tap-tickets.ts'

const denied: TapResult = { display: { decision: 'deny', family: 'right', text: 'no', decisionId: 'A' } }

test('a ticket is for the next tap at its reader, and its result is fetched once', async () => {
  let n = 0
  const tickets = new TapTickets(() => String(++n))
  const ticket = tickets.open('gate')
  expect(tickets.take('hall')).toBeUndefined()
  const taken = tickets.take('gate')
  tickets.end(taken, denied)
  expect(await tickets.result(ticket)).toBe(denied)
  await expect(tickets.result(ticket)).rejects.toMatchObject({ code: 'unknown-ticket' })
  expect(tickets.take('gate')).toBeUndefined()
})

test('who is overtaken at a panel hears of it', async () => {
  let n = 0
  const tickets = new TapTickets(() => String(++n))
  const [first, second] = [tickets.open('gate'), tickets.open('gate')]
  await expect(tickets.result(first)).rejects.toMatchObject({ code: 'replaced' })
  tickets.end(tickets.take('gate'), denied)
  expect(await tickets.result(second)).toBe(denied)
})

test('a simulated clock that is put forward has let so much time pass; put back, none', () => {
  const [wall, machine] = [new SimulatedClock(1_000_000), new SimulatedClock(0)]
  const monotonic = new SimulatedMonotonic(wall, machine)
  const step = (wallMs: number, machineMs: number): number => {
    wall.advance(wallMs)
    machine.advance(machineMs)
    return monotonic.now()
  }
  expect(step(500, 500)).toBe(500)
  expect(step(7_200_100, 100)).toBe(7_200_600)
  expect(step(-86_400_000, 100)).toBe(7_200_700)
})

test('an actuator reports what was asked for once, then what is usual', async () => {
  const actuator = new SimulatedActuator(() => undefined)
  const act = (obligations: readonly string[]) =>
    new Promise<Outcome>(resolve => {
      void actuator.act({ decisionId: 'A', asset: 'press', function: 'operate', side: 'in', obligations }, resolve)
    })
  actuator.setNext('press', 'actuator-failed')
  expect(await act(['session(never)'])).toBe('actuator-failed')
  expect(await act(['session(never)'])).toBe('session-started')
  expect(await act(['unlock(5s)'])).toBe('entered')
})

test('a cut link carries nothing and comes back by itself to the same account', async () => {
  const calls: string[] = []
  const inner: LinkPort = {
    state: 'up',
    start: (_, { address }) => calls.push(`start ${address}`),
    send: async () => true,
    stop: async () => void calls.push('stop'),
  }
  const link = new CuttableLink(inner, 'mqtt://here')
  link.start(
    { up: () => undefined, down: () => calls.push('down'), received: () => undefined },
    { address: 'mqtt://there', user: 'u', password: 'p' },
  )
  expect(await link.send(new Uint8Array())).toBe(true)
  await link.setCut(true)
  expect([link.state, await link.send(new Uint8Array())]).toEqual(['cut', false])
  await link.setCut(false)
  expect(link.state).toBe('up')
  await link.stop()
  expect(calls).toEqual(['start mqtt://here', 'stop', 'down', 'start mqtt://here', 'stop'])
})
