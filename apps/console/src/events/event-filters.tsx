import { Button, SegmentedControl, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { assetsQuery, modulesQuery, peopleQuery } from '../api/queries.ts'
import { Icon } from '../parts/icon.tsx'
import { type EventsSearch, eventsResults } from '../search.ts'
import { words } from '../words.ts'
import styles from './events-page.module.css'

const maxChoices = 200
/** The choice that stands for no choice. */
const attempts = 'attempts'

/** Person, asset, module and decision. The choice stands in the address. On a phone the fields fold away. */
export function EventFilters({ search }: { readonly search: EventsSearch }) {
  const navigate = useNavigate({ from: '/events' })
  const [open, setOpen] = useState(false)
  const people = useQuery(peopleQuery)
  const assets = useQuery(assetsQuery)
  const modules = useQuery(modulesQuery)
  const set = (change: { readonly [K in keyof EventsSearch]: EventsSearch[K] | undefined }): void => {
    void navigate({ search: previous => without({ ...previous, ...change }), replace: true })
  }
  const used = [search.person, search.asset, search.module, search.result].filter(value => value !== undefined).length
  const w = words.events
  return (
    <div className={styles.filterBar}>
      <Button
        className={styles.filterToggle}
        variant="default"
        size="xs"
        leftSection={<Icon name="filter" size={15} />}
        aria-expanded={open}
        aria-controls="event-filters"
        onClick={() => setOpen(!open)}
      >
        {used === 0 ? w.filter : w.filterUsed(used)}
      </Button>
      <search className={styles.filters} id="event-filters" data-open={open || undefined} aria-label={w.filter}>
        <Choice
          label={w.person}
          all={w.everybody}
          choices={people.data?.people}
          value={search.person}
          onChange={person => set({ person })}
        />
        <Choice
          label={w.asset}
          all={w.everywhere}
          choices={assets.data?.assets}
          value={search.asset}
          onChange={asset => set({ asset })}
        />
        <Choice
          label={w.module}
          all={w.allModules}
          choices={modules.data?.modules}
          value={search.module}
          onChange={module => set({ module })}
        />
        <SegmentedControl
          aria-label={w.decision}
          size="xs"
          data={[
            { value: attempts, label: w.attempts },
            { value: 'permit', label: words.decisions.permit },
            { value: 'deny', label: words.decisions.deny },
            { value: 'everything', label: w.everything },
          ]}
          value={search.result ?? attempts}
          onChange={value => set({ result: eventsResults.find(one => one === value) })}
        />
        {used === 0 ? null : (
          <Button
            variant="subtle"
            size="xs"
            onClick={() => set({ person: undefined, asset: undefined, module: undefined, result: undefined })}
          >
            {w.clearFilter}
          </Button>
        )}
      </search>
    </div>
  )
}

interface ChoiceProps {
  readonly label: string
  /** What is said when nothing is chosen. */
  readonly all: string
  readonly choices: readonly { readonly id: string; readonly name: string }[] | undefined
  readonly value: string | undefined
  readonly onChange: (value: string | undefined) => void
}

function Choice({ label, all, choices = [], value, onChange }: ChoiceProps) {
  return (
    <Select
      aria-label={label}
      placeholder={all}
      size="xs"
      searchable
      clearable
      limit={maxChoices}
      nothingFoundMessage={words.nothingFound}
      data={choices.map(({ id, name }) => ({ value: id, label: name }))}
      value={value ?? null}
      onChange={chosen => onChange(chosen ?? undefined)}
    />
  )
}

/** Without the members that have no value, for the address shows what is given. */
function without(search: { readonly [K in keyof EventsSearch]: EventsSearch[K] | undefined }): EventsSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined))
}
