import type { ModuleHealth, Status } from '@edgeward/service/api'
import { Link } from '@tanstack/react-router'
import { type Examined, worstFirst } from '../modules/findings.ts'
import { Icon } from '../parts/icon.tsx'
import { StateMark } from '../parts/state-mark.tsx'
import { useWidth } from '../parts/use-width.ts'
import { useSite } from '../shell/site.tsx'
import { words } from '../words.ts'
import { type Box, pictureLayout } from './picture-layout.ts'
import styles from './plant-picture.module.css'

interface PlantPictureProps {
  readonly status: Status
  readonly modules: readonly ModuleHealth[]
}

/** The service and its modules, with the state of every line. The boxes are links and say the same in words. */
export function PlantPicture({ status, modules }: PlantPictureProps) {
  const [ref, width] = useWidth()
  const { now, tell } = useSite()
  const examined = new Map(worstFirst(modules, { now: now(), tell }).map(one => [one.module.id, one]))
  const layout = pictureLayout({ width: Math.max(240, width), modules: modules.length })
  return (
    <div ref={ref} className={styles.frame}>
      {width === 0 ? null : (
        <svg
          className={styles.picture}
          width={layout.width}
          height={layout.height}
          role="group"
          aria-label={words.overview.picture}
        >
          <path d={layout.trunk} className={styles.trunk} />
          {modules.map(({ id, link }, index) => (
            <path key={id} d={layout.modules[index]?.line} className={styles.line} data-link={link} />
          ))}
          <foreignObject {...layout.service}>
            <ServiceBox status={status} />
          </foreignObject>
          {modules.map((module, index) => {
            const box = layout.modules[index]
            const one = examined.get(module.id)
            return box && one ? <ModuleBox key={module.id} examined={one} box={box} /> : null
          })}
        </svg>
      )}
    </div>
  )
}

function ServiceBox({ status: { database, broker, keys } }: { readonly status: Status }) {
  const w = words.overview
  return (
    <div className={styles.service}>
      <p className={styles.name}>{w.service}</p>
      <p className={styles.parts}>
        <StateMark tone={database.state === 'up' ? 'good' : 'bad'} plain>
          {w.database(database.version)}
        </StateMark>
        <StateMark tone={broker.state === 'up' ? 'good' : 'bad'} plain>
          {w.broker}
        </StateMark>
        <StateMark tone={keys.isHsm ? 'good' : 'warn'} icon="key" plain>
          {keys.isHsm ? w.hsm : words.notHsm}
        </StateMark>
      </p>
    </div>
  )
}

function ModuleBox({ examined: { module, tone }, box }: { readonly examined: Examined; readonly box: Box }) {
  const w = words.overview
  const guarded = module.guards.map(({ name }) => name).join(', ')
  const { x, y, width, height } = box
  return (
    <foreignObject x={x} y={y} width={width} height={height}>
      <Link to="/modules" search={{ module: module.id }} className={styles.module} data-tone={tone} title={guarded}>
        <span className={styles.name}>{module.name}</span>
        <span className={styles.guards}>{w.guarded(module.guards.map(({ name }) => name))}</span>
        <span className={styles.state}>
          <StateMark tone={tone} plain>
            {words.modules.states[tone]}
          </StateMark>
          {module.link === 'connected' ? null : (
            <span className={styles.away}>
              <Icon name="unlinked" size={14} />
              {w.away}
            </span>
          )}
        </span>
      </Link>
    </foreignObject>
  )
}
