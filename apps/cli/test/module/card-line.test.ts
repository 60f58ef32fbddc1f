import type { Carrier } from '@edgeward/transponder/carriers'
import { expect, test } from 'vitest'
import { CardLine, maxWaitingCards } from '../../src/module/card-line.ts'

/** A card by its name, that knows whether it was turned away. */
class NamedCard implements Carrier {
  readonly name: string
  isTurnedAway = false
  readonly closed: Promise<void>
  #leave: () => void = () => undefined

  constructor(name: string) {
    this.name = name
    this.closed = new Promise(resolve => {
      this.#leave = resolve
    })
  }

  exchange(): Promise<Uint8Array> {
    return new Promise(() => undefined)
  }

  close(): void {
    this.isTurnedAway = true
    this.#leave()
  }

  leaves(): void {
    this.#leave()
  }
}

/** A line whose reader is done with a card when the test says so. */
function heldLine(): { line: CardLine; served: string[]; next: () => Promise<void> } {
  const served: string[] = []
  let done: () => void = () => undefined
  const line = new CardLine(card => {
    served.push((card as NamedCard).name)
    return new Promise(resolve => {
      done = resolve
    })
  })
  const next = async () => {
    done()
    await new Promise(resolve => setImmediate(resolve))
  }
  return { line, served, next }
}

test('T07: behind any number of silent cards an honest one is the next, and few of them are kept', async () => {
  const { line, served, next } = heldLine()
  const silent = Array.from({ length: 500 }, (_, i) => new NamedCard(`silent ${i}`))
  for (const card of silent) line.add(card)
  line.add(new NamedCard('honest'))
  expect(silent.filter(({ isTurnedAway }) => isTurnedAway)).toHaveLength(500 - maxWaitingCards)
  await next()
  expect(served).toEqual(['silent 0', 'honest'])
})

test('whoever left while waiting is not waited for, and everybody else gets a turn', async () => {
  const { line, served, next } = heldLine()
  const [first, second, third] = ['first', 'second', 'third'].map(name => new NamedCard(name))
  for (const card of [first, second, third]) if (card) line.add(card)
  third?.leaves()
  await next()
  await next()
  expect(served).toEqual(['first', 'second'])
  line.add(new NamedCard('fourth'))
  expect(served).toEqual(['first', 'second', 'fourth'])
})
