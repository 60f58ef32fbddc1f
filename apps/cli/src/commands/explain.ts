import { type DecisionCard, operations } from '@edgeward/service/api'
import { CliError } from '../cli-error.ts'
import { dataFolderOf } from '../data-folder.ts'
import { operatorApi } from '../operator-api.ts'
import { bold, dim, green, red, say, sayJson, siteTime, table } from '../output.ts'

/** The decision card in words. */
export async function explain(options: {
  readonly data?: string
  readonly json?: boolean
  readonly id: string
}): Promise<void> {
  const id = options.id.toUpperCase()
  if (!/^[0-9A-HJKMNP-TV-Z]{10}$/.test(id)) {
    throw new CliError(
      'usage',
      `${options.id} is no decision id: those have ten characters, such as W316348VS6. \`edgeward events\` shows them.`,
    )
  }
  const card = await operatorApi(dataFolderOf(options.data)).call(operations.decision, { id })
  if (options.json) return sayJson(card)
  const { event, timeZone } = card
  const permit = event.decision === 'permit'
  const who = event.person?.name ?? 'Somebody unknown'
  say(
    `${permit ? green('Permitted') : red('Denied')}: ${bold(`${who} · ${event.asset?.name ?? '?'} · ${event.function ?? '?'}`)}  ${dim(event.decisionId ?? '')}\n`,
  )
  say(table(rows(card, timeZone)))
  if (card.laterChanges.length > 0) {
    say(bold('\n  Since then'))
    for (const { change, version, author, at } of card.laterChanges)
      say(`    the rule was ${change} in version ${version} by ${author}, ${siteTime(at, timeZone)}`)
  }
}

function rows(card: DecisionCard, timeZone: string): readonly (readonly string[])[] {
  const { event, rule, outcome, versions, record, trace, withPerson } = card
  const reasons = event.reasons.map(
    ({ text, code, parameter }) => `${text}  ${dim(parameter === null ? code : `${code}(${parameter})`)}`,
  )
  const list = (name: string, values: readonly string[]): readonly (readonly string[])[] =>
    values.map((value, i) => [i === 0 ? bold(name) : '', value])
  return [
    ...list('when', [
      `${siteTime(event.at, timeZone)}, clock ${event.clockQuality}${event.simulated ? ' (simulated)' : ''}`,
    ]),
    ...list(event.decision === 'permit' ? 'because' : 'why not, nearest first', reasons),
    ...(rule
      ? list('rule', [
          rule.sentence,
          ...rule.conditions,
          dim(`${rule.id}, as of version ${rule.version} by ${rule.author}`),
        ])
      : []),
    ...(withPerson ? list('together with', [withPerson.name]) : []),
    ...list(
      'factors',
      Object.entries(event.factors).map(([factor, shown]) => `${factor}: ${shown}`),
    ),
    ...list(
      'rested on',
      trace.map(({ what, value }) => `${what} = ${value}`),
    ),
    ...list('obligations', event.obligations),
    ...list('outcome', [
      outcome ? outcome.outcome : event.decision === 'permit' ? 'not reported yet' : 'none: nothing was moved',
    ]),
    ...list('versions', [
      `site ${versions.site ?? '?'}, bundle ${versions.bundle ?? '?'}, blocks ${versions.revocations ?? '?'}, epoch ${versions.epoch ?? '?'}, document of epoch ${versions.documentEpoch ?? '?'}`,
    ]),
    ...list('evidence', [
      `record ${record.number} of ${record.module.name}, chain head ${record.head.slice(0, 16)}…, ${record.signedByModule ? 'signed by the module' : 'not signed by the module'}`,
    ]),
  ]
}
