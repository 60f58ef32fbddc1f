/** What somebody may have meant who typed a name that is not there. */
import { nearestName } from '@edgeward/domain/site-file'

/** " Did you mean X?", or nothing when nothing is near. Begins with a space. */
export function didYouMean(wrong: string, known: Iterable<string>): string {
  const near = nearestName(wrong.toLowerCase(), known)
  return near === undefined ? '' : ` Did you mean ${near}?`
}
