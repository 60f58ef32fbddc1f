import { entryOf, itemsOf, type Node, quote } from '../node.ts'
import type { Scope } from '../scope.ts'

/** An asset is guarded by one module; one by none is a warning where there are modules. site.md §2, `modules`. */
export function checkGuards(root: Node, scope: Scope): void {
  const modules = entryOf(root, 'modules')?.value
  if (modules?.kind !== 'map' || modules.entries.length === 0) return
  const guardOf = new Map<string, string>()
  const isAsset = (id: string): boolean => scope.ids.sections.assets?.has(id) === true
  for (const { key: module, value } of modules.entries) {
    const guards = entryOf(value, 'guards')?.value
    for (const item of guards === undefined ? [] : itemsOf(guards)) {
      if (item.kind !== 'scalar' || typeof item.value !== 'string' || !isAsset(item.value)) continue
      const other = guardOf.get(item.value)
      if (other === undefined) guardOf.set(item.value, module)
      else if (other !== module) {
        const message = `${quote(item.value)} is already guarded by ${quote(other)}; let one module guard it.`
        scope.report(item.at, 'guarded-twice', message)
      }
    }
  }
  const declared = entryOf(root, 'assets')?.value
  for (const { key, keyAt } of declared?.kind === 'map' ? declared.entries : []) {
    if (guardOf.has(key)) continue
    scope.warn(keyAt, 'asset-unguarded', 'no module guards this asset, so nothing opens or locks it; add it to one.')
  }
}
