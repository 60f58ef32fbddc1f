/** Where the boxes and lines of the plant's picture lie, in pixels. Pure. */

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface PictureLayout {
  readonly width: number
  readonly height: number
  readonly service: Box
  readonly modules: readonly (Box & {
    /** From the common line to the box, as an SVG path: the part that shows the module's link. */
    readonly line: string
  })[]
  /** What all share: from the service down and along the rows, as an SVG path. */
  readonly trunk: string
}

const gap = 16
const busHeight = 30
const leastWidth = 196
const moduleHeight = 92
const serviceHeight = 78
const mostServiceWidth = 560
/** Left of narrow pictures, where the lines run down. */
const rail = 22

/** The service on top, the modules in rows below it, each at the end of a line. On a phone they stand in one column. */
export function pictureLayout({ width, modules }: { readonly width: number; readonly modules: number }): PictureLayout {
  const columns = Math.max(1, Math.min(Math.max(1, modules), Math.floor((width + gap) / (leastWidth + gap))))
  return columns < 2 ? inColumn(width, modules) : inRows(width, modules, columns)
}

function inRows(width: number, modules: number, most: number): PictureLayout {
  // Rows of equal length look planned; a last row of one looks forgotten.
  const rows = Math.ceil(modules / most)
  const columns = Math.max(1, Math.ceil(modules / Math.max(1, rows)))
  const boxWidth = (width - gap * (columns - 1)) / columns
  const serviceWidth = Math.min(mostServiceWidth, width)
  const service = { x: (width - serviceWidth) / 2, y: 0, width: serviceWidth, height: serviceHeight }
  const centre = width / 2
  // Below the first row the trunk runs between two boxes.
  const between = columns % 2 === 0 ? centre : centre + (boxWidth + gap) / 2
  const busOf = (row: number): number => serviceHeight + row * (busHeight + moduleHeight) + busHeight / 2
  const boxes = Array.from({ length: modules }, (_, index) => {
    const row = Math.floor(index / columns)
    const x = (index % columns) * (boxWidth + gap)
    const y = busOf(row) + busHeight / 2
    return { x, y, width: boxWidth, height: moduleHeight, line: `M${x + boxWidth / 2} ${busOf(row)}V${y}` }
  })
  const buses = Array.from({ length: rows }, (_, row) => {
    const ofRow = boxes.slice(row * columns, (row + 1) * columns).map(({ x }) => x + boxWidth / 2)
    const from = row === 0 ? centre : between
    return `M${Math.min(from, ...ofRow)} ${busOf(row)}H${Math.max(from, between, ...ofRow)}`
  })
  const down = rows > 1 ? `M${between} ${busOf(0)}V${busOf(rows - 1)}` : ''
  const trunk = `M${centre} ${serviceHeight}V${busOf(0)}${buses.join('')}${down}`
  return { width, height: serviceHeight + rows * (busHeight + moduleHeight), service, modules: boxes, trunk }
}

function inColumn(width: number, modules: number): PictureLayout {
  const boxes = Array.from({ length: modules }, (_, index) => {
    const y = serviceHeight + gap + index * (moduleHeight + gap / 2)
    return {
      x: rail,
      y,
      width: width - rail,
      height: moduleHeight,
      line: `M${rail / 2} ${y + moduleHeight / 2}H${rail}`,
    }
  })
  const last = boxes.at(-1)
  const trunk = last ? `M${rail / 2} ${serviceHeight}V${last.y + moduleHeight / 2}` : ''
  const height = serviceHeight + gap + modules * (moduleHeight + gap / 2)
  return { width, height, service: { x: 0, y: 0, width, height: serviceHeight }, modules: boxes, trunk }
}
