/** All that always holds. */
import {
  autonomyEnds,
  clockRules,
  documentEnds,
  lockdownHolds,
  onlyGenuine,
  revokedStaysOut,
  wayOutOpens,
} from './blocks.ts'
import { everyPermitHasOutcome, recordsArriveOnce } from './evidence.ts'
import { acknowledgedIsInForce, reachesNewest } from './in-force.ts'
import type { MakeInvariant } from './invariant.ts'
import { marksNeverFall } from './marks.ts'
import { actsOnce, noOutputWithoutRecord } from './outputs.ts'
import { triesAreBounded, tryIsCharged, wrongPinDenies } from './pins.ts'
import { readableDecision } from './readable-decision.ts'

export const allInvariants: readonly MakeInvariant[] = [
  noOutputWithoutRecord,
  actsOnce,
  marksNeverFall,
  revokedStaysOut,
  lockdownHolds,
  wayOutOpens,
  onlyGenuine,
  documentEnds,
  autonomyEnds,
  clockRules,
  wrongPinDenies,
  tryIsCharged,
  triesAreBounded,
  recordsArriveOnce,
  everyPermitHasOutcome,
  acknowledgedIsInForce,
  reachesNewest,
  readableDecision,
]
