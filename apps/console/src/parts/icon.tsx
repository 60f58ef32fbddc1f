/** Drawn here because a page needs two dozen of them, and a library of icons brings thousands. 20 × 20, one stroke. */
const paths = {
  overview: 'M3 9.5 10 4l7 5.5M5 8.5V16h10V8.5M8.5 16v-4h3v4',
  events: 'M3 5h.01M3 10h.01M3 15h.01M7 5h10M7 10h10M7 15h6',
  matrix: 'M3.5 3.5h13v13h-13zM3.5 8h13M3.5 12.3h13M8 3.5v13M12.3 3.5v13',
  modules: 'M6 6h8v8H6zM8 3v3M12 3v3M8 14v3M12 14v3M3 8h3M3 12h3M14 8h3M14 12h3',
  check: 'M4 10.5 8 14.5 16 6',
  cross: 'M5 5l10 10M15 5 5 15',
  prohibited: 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM5.1 5.1l9.8 9.8',
  warning: 'M10 3.2 17.5 16.5h-15zM10 8v4M10 14.2h.01',
  info: 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM10 9.2v4.3M10 6.5h.01',
  clock: 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM10 6v4.2l2.8 1.8',
  pause: 'M7 5v10M13 5v10',
  play: 'M6.5 4.5v11l9-5.5z',
  sun: 'M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1',
  moon: 'M16 11.8A6.5 6.5 0 0 1 8.2 4a6.5 6.5 0 1 0 7.8 7.8z',
  'chevron-right': 'M8 5l5 5-5 5',
  'chevron-down': 'M5 8l5 5 5-5',
  back: 'M16 10H4M9 5l-5 5 5 5',
  up: 'M10 16V4M5 9l5-5 5 5',
  linked:
    'M8.5 11.5a3 3 0 0 0 4.3 0l2.5-2.5a3 3 0 0 0-4.3-4.3l-1 1M11.5 8.5a3 3 0 0 0-4.3 0L4.7 11a3 3 0 0 0 4.3 4.3l1-1',
  unlinked: 'M12.5 12 15.3 9a3 3 0 0 0-4.3-4.3l-1.2 1.2M7.5 8 4.7 11a3 3 0 0 0 4.3 4.3l1.2-1.2M3.5 3.5l13 13',
  key: 'M12.5 3.5a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM9.7 10.3 3.5 16.5M6 14l2 2M8 12l1.5 1.5',
  simulated: 'M8 3h4M8.5 3v5l-4.5 7.5a1 1 0 0 0 .9 1.5h10.2a1 1 0 0 0 .9-1.5L11.5 8V3M6.3 12h7.4',
  'log-out': 'M8 3.5H4v13h4M8 10h9M13.5 6.5 17 10l-3.5 3.5',
  person: 'M10 3.5a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4zM3.8 16.7c.7-3 3-4.7 6.2-4.7s5.5 1.7 6.2 4.7',
  block: 'M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9',
  shield: 'M10 2.8 16 5v4.5c0 3.8-2.5 6.4-6 7.7-3.5-1.3-6-3.9-6-7.7V5z',
  filter: 'M3.5 5h13M6 10h8M8.5 15h3',
  gap: 'M4 10h2M9 10h2M14 10h2',
  dot: 'M10 7a3 3 0 1 0 0 6 3 3 0 0 0 0-6z',
  auto: 'M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14',
} as const

export type IconName = keyof typeof paths

interface IconProps {
  readonly name: IconName
  /** Side in pixels. */
  readonly size?: number
  readonly className?: string | undefined
}

/** A picture beside its word: hidden from screen readers, for the word says it. */
export function Icon({ name, size = 18, className }: IconProps) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      className={className}
    >
      <path d={paths[name]} />
    </svg>
  )
}
