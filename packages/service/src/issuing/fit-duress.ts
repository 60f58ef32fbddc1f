/** A duress PIN must not be typed by mistake, nor be what somebody guesses from the PIN. design.md §6.8, T13 */

/** Why a duress PIN is too near to the PIN; undefined: it is far enough. Both are digits. */
export function duressFault(
  pin: string,
  duress: string,
): 'equal' | 'one-digit' | 'one-step' | 'transposed' | 'reversed' | undefined {
  if (pin === duress) return 'equal'
  if ([...pin].reverse().join('') === duress) return 'reversed'
  if (isOneDigitOff(pin, duress)) return 'one-digit'
  if (isStep(pin, duress, 1) || isStep(pin, duress, -1)) return 'one-step'
  if (isTransposed(pin, duress)) return 'transposed'
  return undefined
}

/** One digit replaced, missing or added. */
function isOneDigitOff(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false
  if (a.length === b.length) return [...a].filter((digit, i) => digit !== b[i]).length === 1
  const [longer, shorter] = a.length > b.length ? [a, b] : [b, a]
  return [...longer].some((_, i) => longer.slice(0, i) + longer.slice(i + 1) === shorter)
}

/** The whole number or each digit one higher or lower: 1234 and 1235, 1234 and 2345. */
function isStep(a: string, b: string, by: 1 | -1): boolean {
  if (a.length !== b.length) return false
  const digits = [...a].map(digit => String((Number(digit) + by + 10) % 10)).join('')
  return digits === b || Number(a) + by === Number(b)
}

function isTransposed(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i + 1 < a.length; i++) {
    if (a.slice(0, i) + (a[i + 1] ?? '') + (a[i] ?? '') + a.slice(i + 2) === b) return true
  }
  return false
}
