/** Bounds of a site file. site.md §1 and §9; beyond them a file is refused with `out-of-range`. */

/** Size of the text in bytes of UTF-8. */
export const maxFileBytes: number = 16 * 1024 * 1024
/** Mappings and lists inside each other; the file's own mapping is the first. */
export const maxNesting = 20
/**
 * Scalars and collections of a file. Above what 200,000 people in 16 MiB need; it bounds the memory that a file of
 * nothing but commas and brackets could take.
 */
export const maxValues = 3_000_000
/** Diagnostics that are listed; the last one says that there are more. */
export const maxDiagnostics = 1_000

/** Entries of a section. */
export const maxEntries = {
  people: 200_000,
  robots: 200_000,
  assets: 50_000,
  areas: 2_000,
  schedules: 1_000,
  orders: 200_000,
  permissions: 20_000,
  prohibitions: 20_000,
  factorPolicies: 20_000,
} as const

/** Areas in each other. */
export const maxAreaDepth = 16
/** Windows of one schedule. */
export const maxWindows = 100
/** Windows of a file that are on no day from 2000 to 2099. */
export const maxVainWindows = 1_000
/** Dates of all calendars together. */
export const maxCalendarDates = 2_000
/** Roles of one person. */
export const maxRolesOfPerson = 200
/** Expressions in the conditions of one rule. */
export const maxExpressionsOfRule = 64
/** Assets that one module guards. */
export const maxGuardedAssets = 1_000
/** Characters of a name. */
export const maxNameCharacters = 200
/** Assets of all bookings together, as far as they name areas or kinds: bounds the search for overlaps. */
export const maxBookedAssets = 2_000_000
