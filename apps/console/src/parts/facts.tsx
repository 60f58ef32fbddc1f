import { Fragment } from 'react'
import styles from './facts.module.css'

/** A name and what stands for it. Facts without a value are left out by whoever lists them. */
export type Fact = readonly [name: string, value: React.ReactNode]

/** Names on the left, values on the right. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  )
}
