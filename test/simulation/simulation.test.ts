/** A handful of seeds; `npm run simulate` runs as many as one likes. */
import { expect, test } from 'vitest'
import { Chance } from './kernel/chance.ts'
import { runSeed } from './run-seed.ts'

test.each([3, 8, 21])(
  'T23, T28: seed %i: cuts, a bad network, wrong clocks and odd people break nothing',
  async seed => {
    const { violation, last, counts } = await runSeed({ seed, steps: 30 })
    expect(violation, last.join('\n')).toBeUndefined()
    expect(counts.taps).toBeGreaterThan(0)
  },
)

test('the same seed is the same run, to the last line of its trace; another one is another', async () => {
  const digests: string[] = []
  for (const seed of [77, 77, 78]) digests.push((await runSeed({ seed, steps: 15 })).digest)
  expect(digests[0]).toBe(digests[1])
  expect(digests[2]).not.toBe(digests[0])
})

test('chance is spread as it is weighted, and the same for the same seed', () => {
  const draw = (seed: number): readonly string[] => {
    const chance = new Chance(seed)
    return Array.from({ length: 1_000 }, () => chance.weighted({ often: 90, seldom: 10, never: 0 }))
  }
  expect(draw(5)).toEqual(draw(5))
  const seldom = draw(6).filter(name => name === 'seldom').length
  expect(seldom).toBeGreaterThan(60)
  expect(seldom).toBeLessThan(150)
  expect(draw(7)).not.toContain('never')
})
