/** A field of what a cluster answered, several levels deep; `undefined` where a level is none. */
export function fieldOf(value: unknown, ...names: readonly string[]): unknown {
  let inner = value;
  for (const name of names) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, name)) return undefined;
    inner = (inner as Readonly<Record<string, unknown>>)[name];
  }
  return inner;
}

/** A text field. */
export function textOf(value: unknown, ...names: readonly string[]): string | undefined {
  const inner = fieldOf(value, ...names);
  return typeof inner === 'string' ? inner : undefined;
}

/** A number field; 0 where there is none, as Kubernetes leaves zeros out. */
export function countOf(value: unknown, ...names: readonly string[]): number {
  const inner = fieldOf(value, ...names);
  return typeof inner === 'number' ? inner : 0;
}

/** A list field; empty where there is none. */
export function listOf(value: unknown, ...names: readonly string[]): readonly unknown[] {
  const inner = fieldOf(value, ...names);
  return Array.isArray(inner) ? inner : [];
}

/** Names and values of an object field; empty where there is none. */
export function entriesOf(value: unknown, ...names: readonly string[]): readonly (readonly [string, unknown])[] {
  const inner = fieldOf(value, ...names);
  return typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? Object.entries(inner) : [];
}
