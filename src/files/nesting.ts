/**
 * True when lists and records stand inside of each other on more levels than these; one that holds itself, as an alias of
 * YAML can make it, has no end of them. Each value is looked at once on a level, however often it is referred to.
 */
export function isNestedDeeper(value: unknown, levels: number): boolean {
  let level: ReadonlySet<unknown> = new Set([value]);
  for (let depth = 0; level.size > 0; depth += 1) {
    if (depth > levels) return true;
    const below = new Set<unknown>();
    for (const outer of level) {
      if (typeof outer !== 'object' || outer === null) continue;
      for (const inner of outer instanceof Map ? outer.values() : Object.values(outer)) {
        if (typeof inner === 'object' && inner !== null) below.add(inner);
      }
    }
    level = below;
  }
  return false;
}
