import type { Site } from '../site.ts'
import { emitItems, emitMap, type Plain, type PlainMap } from './export/emit.ts'
import { plainGroups, plainHolders, plainOrganisations, plainRoles } from './export/plain-holders.ts'
import {
  plainAreas,
  plainAssets,
  plainCalendars,
  plainContext,
  plainCriticality,
  plainHeader,
  plainKinds,
  plainModules,
  plainSchedules,
  plainZones,
} from './export/plain-places.ts'
import {
  plainInterlock,
  plainLogging,
  plainOrders,
  plainPermission,
  plainPolicy,
  plainProhibition,
} from './export/plain-rules.ts'

/**
 * Writes a site as a site file that parses back to an equal site: defaults left out, ids of rules written out. Comments
 * and the spelling of an earlier file are gone. site.md §3.
 */
export function exportSiteFile(site: Site): string {
  const { timeZone } = site.site
  const sections = [
    section('site', plainHeader(site)),
    section('criticality', plainCriticality(site)),
    section('calendars', plainCalendars(site)),
    section('schedules', plainSchedules(site)),
    section('areas', plainAreas(site)),
    section('kinds', plainKinds(site)),
    section('assets', plainAssets(site)),
    section('zones', plainZones(site)),
    section('context', plainContext(site)),
    section('modules', plainModules(site)),
    section('organisations', plainOrganisations(site)),
    section('roles', plainRoles(site)),
    section('groups', plainGroups(site)),
    section('people', plainHolders(site.people, timeZone)),
    section('robots', plainHolders(site.robots, timeZone)),
    orderSection(site),
    rules(
      'permissions',
      site.permissions.map(rule => plainPermission(rule, timeZone)),
    ),
    rules(
      'prohibitions',
      site.prohibitions.map(rule => plainProhibition(rule, timeZone)),
    ),
    rules('factorPolicies', site.factorPolicies.map(plainPolicy)),
    rules('positionLogging', site.positionLogging.map(plainLogging)),
    rules('interlocks', site.interlocks.map(plainInterlock)),
  ]
  return `edgeward: 1\n${sections
    .filter(text => text !== '')
    .map(text => `\n${text}`)
    .join('')}`
}

function section(name: string, entries: PlainMap | undefined): string {
  if (entries === undefined) return ''
  return Object.keys(entries).length === 0 ? `${name}: {}\n` : `${name}:\n${emitMap(entries, 2)}`
}

function orderSection(site: Site): string {
  const orders = plainOrders(site)
  return orders.size === 0 ? '' : `orders:\n${emitMap(orders, 2)}`
}

const rules = (name: string, items: readonly Plain[]): string =>
  items.length === 0 ? '' : `${name}:\n${emitItems(items, 2)}`
