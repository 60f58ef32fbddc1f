import type { Node } from '../node.ts'
import { decodeText } from './decode-text.ts'
import { readDocument } from './document.ts'
import { FatalFault, type Fault } from './fault.ts'
import { SourceText } from './source-text.ts'

/** A file as a tree with the places of everything. */
export interface Tree {
  readonly source: SourceText
  /** Undefined for an empty file, and where a fault hides the rest. */
  readonly root?: Node
  readonly faults: readonly Fault[]
}

/** Reads a file as a tree. Faults of syntax, limits and features hide the rest; keys that come twice do not. site.md §1, §8. */
export function readTree(input: string | Uint8Array): Tree {
  const { text, fault } = decodeText(input)
  const source = new SourceText(text)
  if (fault !== undefined) return { source, faults: [fault] }
  try {
    return { source, ...readDocument(text) }
  } catch (error) {
    if (error instanceof FatalFault) return { source, faults: [error.fault] }
    throw error
  }
}
