/** Crockford's base 32: no I, L, O, U, so that it can be read out at a desk. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const digits = 10

/** How many random bytes a decision id takes. */
export const decisionIdBytes = 7

/** A decision id of 50 bits (threat-model T81) as ten characters, from seven random bytes. */
export function decisionIdOf(random: Uint8Array): string {
  let rest = random.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  let text = ''
  for (let i = 0; i < digits; i++) {
    text = alphabet[Number(rest & 31n)] + text
    rest >>= 5n
  }
  return text
}
