import type { GgufValue } from '../gguf/index.js';

/** A list longer than this is described, not shown. */
const LIST_LIMIT = 8;

/** A key that only one side has. */
export interface MetadataEntry {
  readonly key: string;
  /** `STRING`, `UINT32`, `ARRAY of STRING`; a long list is given by its length alone. */
  readonly type: string;
  readonly value: unknown;
}

export interface MetadataChange {
  readonly key: string;
  readonly what: 'type' | 'value';
  readonly before: unknown;
  readonly after: unknown;
  /** The first element of two lists that differs. */
  readonly index?: number;
}

export interface MetadataComparison {
  readonly added: readonly MetadataEntry[];
  readonly removed: readonly MetadataEntry[];
  readonly changed: readonly MetadataChange[];
}

/** Compares keys, their types and values; their order does not count. `NaN` equals itself. */
export function compareMetadata(
  a: ReadonlyMap<string, GgufValue>,
  b: ReadonlyMap<string, GgufValue>,
): MetadataComparison {
  const changed: MetadataChange[] = [];
  for (const [key, before] of a) {
    const after = b.get(key);
    const change = after === undefined ? undefined : changeOf(key, before, after);
    if (change !== undefined) changed.push(change);
  }
  return { added: onlyIn(b, a), removed: onlyIn(a, b), changed };
}

function onlyIn(own: ReadonlyMap<string, GgufValue>, other: ReadonlyMap<string, GgufValue>): MetadataEntry[] {
  return [...own]
    .filter(([key]) => !other.has(key))
    .map(([key, value]) => ({ key, type: typeName(value), value: shown(value) }));
}

function changeOf(key: string, before: GgufValue, after: GgufValue): MetadataChange | undefined {
  const values = { before: shown(before), after: shown(after) };
  if (typeName(before) !== typeName(after)) {
    const typed = (value: GgufValue): unknown => ({ type: typeName(value), value: shown(value) });
    return { key, what: 'type', before: typed(before), after: typed(after) };
  }
  if (before.type !== 'ARRAY' || after.type !== 'ARRAY') {
    return isSame(before.value, after.value) ? undefined : { key, what: 'value', ...values };
  }
  const most = Math.max(before.value.length, after.value.length);
  for (let index = 0; index < most; index += 1) {
    if (!isSame(before.value[index], after.value[index])) return { key, what: 'value', ...values, index };
  }
  return undefined;
}

function isSame(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  return Object.is(a, b);
}

function typeName(value: GgufValue): string {
  return value.type === 'ARRAY' ? `ARRAY of ${value.items}` : value.type;
}

function shown(value: GgufValue): unknown {
  if (value.type !== 'ARRAY') return value.value;
  const { length } = value.value;
  return length <= LIST_LIMIT ? [...value.value] : { type: typeName(value), length };
}
