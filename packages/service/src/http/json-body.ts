/** Bodies: JSON of bounded depth and width, with nothing that could reach a prototype (T38). threat-model §8 */
import type { FastifyInstance } from 'fastify'
import { Refusal } from '../refusal.ts'
import { maxJsonDepth, maxJsonItems } from './limits.ts'

/** Takes JSON and nothing else. */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseBody(String(body)))
    } catch (error) {
      done(error as Error)
    }
  })
}

/** The value of a body; an empty one is an empty object. Throws a Refusal. */
export function parseBody(text: string): unknown {
  if (text === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw new Refusal('invalid-request', 'the body is no JSON')
    throw error
  }
  checkBounds(value, 0)
  return value
}

function checkBounds(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return
  if (depth >= maxJsonDepth) throw new Refusal('invalid-request', `the body is nested deeper than ${maxJsonDepth}`)
  if (Array.isArray(value) && value.length > maxJsonItems) {
    throw new Refusal('invalid-request', `a list in the body has more than ${maxJsonItems} items`)
  }
  if (Object.hasOwn(value, '__proto__') || Object.hasOwn(value, 'constructor')) {
    throw new Refusal('invalid-request', 'a name in the body is not allowed')
  }
  for (const member of Object.values(value)) checkBounds(member, depth + 1)
}
