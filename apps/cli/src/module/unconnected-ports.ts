/** A module without connectors: no sensor, no panel, nothing to move. It keeps its rules and stands ready. */
import type { ActuatorPort, ContactPort, ContextPort, PanelPort, PositionPort } from '@edgeward/module/ports'

interface UnconnectedPorts {
  readonly context: ContextPort
  readonly contacts: ContactPort
  readonly position: PositionPort
  readonly panel: PanelPort
  readonly actuator: ActuatorPort
}

export const unconnectedPorts: UnconnectedPorts = {
  context: { snapshot: () => ({}) },
  contacts: { snapshot: () => ({}) },
  position: { latest: () => undefined },
  panel: { take: () => undefined, show: () => undefined },
  actuator: { act: () => Promise.reject(new Error('no actuator is connected')) },
}
