import type { CardCarrier } from '../carriers/carrier.ts'
import type { DeviceReport, DeviceSetup, DeviceTools } from './device-setup.ts'

/**
 * Answers a reader until the field is gone or the link is closed, and reports what happens. Resolves then.
 * Reader certificates, signatures and keys are checked inside; whatever the reader does, nothing is thrown for it.
 */
export async function runDevice(
  carrier: CardCarrier,
  setup: DeviceSetup,
  tools: DeviceTools,
  report: (report: DeviceReport) => void,
): Promise<void> {
  throw new Error(`not yet: ${carrier} ${setup} ${tools} ${report}`)
}
