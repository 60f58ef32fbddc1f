import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { guardPackets } from '../../src/sync/packet-guard.ts'

/** PINGREQ: the shortest packet. */
const ping = Uint8Array.of(0xc0, 0)
/** More of them than pass in a window. */
const burst = Buffer.concat(Array.from({ length: 60 }, () => ping))

test('a client that sends too fast is slowed down, and everything of it comes through', async () => {
  let windowEnds: () => void = () => undefined
  const timers = {
    every: (_: number, run: () => void) => {
      windowEnds = run
      return () => undefined
    },
    after: () => () => undefined,
  }
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [socket] = (await once(server, 'connection')) as [Socket]
  const guarded = guardPackets(socket, timers)
  let seen = 0
  guarded.on('data', (chunk: Buffer) => {
    seen += chunk.length
  })
  // Chunks of their own, so that some wait while another is held back.
  socket.pause()
  for (let i = 0; i < 4; i++) socket.emit('data', burst)
  for (let window = 1; window <= 4; window++) {
    await new Promise(resolve => setImmediate(resolve))
    expect(seen).toBe(window * burst.length)
    windowEnds()
  }
  guarded.destroy()
  client.destroy()
  server.close()
})
