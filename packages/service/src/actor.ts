/** Who does something in the service: exactly one for every act (T63). */
export type Actor =
  /** At the operator socket: `local:<uid>`. */
  | { readonly kind: 'operator'; readonly name: string }
  | { readonly kind: 'administrator'; readonly reference: Uint8Array; readonly name: string }
  /** Somebody who proved possession of an invitation, a credential key or a commissioning order. */
  | { readonly kind: 'holder'; readonly name: string }
  /** Nobody has said who he is yet: claiming and logging in. */
  | { readonly kind: 'anyone' }
  /** The service itself, by a timer or in answer to a module. */
  | { readonly kind: 'service' }

/** How an actor is called in the tables, which are no part of the log. */
export function actorName(actor: Actor): string {
  return 'name' in actor ? actor.name : actor.kind
}
