import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Box, pictureLayout } from '../src/overview/picture-layout.ts'

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width - 0.01 && b.x < a.x + a.width - 0.01 && a.y < b.y + b.height && b.y < a.y + a.height

test('no box lies on another or outside of the picture, whatever its width and the number of modules', () => {
  fc.assert(
    fc.property(fc.integer({ min: 240, max: 2_000 }), fc.integer({ min: 0, max: 60 }), (width, modules) => {
      const layout = pictureLayout({ width, modules })
      const boxes = [layout.service, ...layout.modules]
      expect(layout.modules.length).toBe(modules)
      for (const [index, box] of boxes.entries()) {
        expect(box.x).toBeGreaterThanOrEqual(-0.01)
        expect(box.x + box.width).toBeLessThanOrEqual(layout.width + 0.01)
        expect(box.y + box.height).toBeLessThanOrEqual(layout.height)
        for (const other of boxes.slice(index + 1)) expect(overlap(box, other)).toBe(false)
      }
    }),
  )
})

test('ten modules stand in two rows of five on a desk, in one column on a phone', () => {
  const rows = (width: number): number => new Set(pictureLayout({ width, modules: 10 }).modules.map(({ y }) => y)).size
  expect(rows(1_140)).toBe(2)
  expect(rows(330)).toBe(10)
})
