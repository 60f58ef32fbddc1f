/** How long one look may take: a plant that hangs must not make the doctor hang. */
const limitMs = 10_000

/** What a look finds, or undefined when it takes too long. Rejections go through. */
export async function inTime<T>(look: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(() => resolve(undefined), limitMs)
  })
  try {
    return await Promise.race([look, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The message of whatever was thrown. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n')[0] ?? message
}
