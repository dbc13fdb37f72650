/** One field that applying would change. */
export interface FieldDifference {
  /** `spec.template.spec.containers[server].image`. */
  readonly field: string;
  /** As JSON; `undefined` where there is nothing. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What servers keep for themselves: no difference of it is told. */
const SERVERS_OWN: ReadonlySet<string> = new Set([
  'status',
  'metadata.creationTimestamp',
  'metadata.generation',
  'metadata.managedFields',
  'metadata.resourceVersion',
  'metadata.uid',
  'metadata.selfLink',
]);
const LONGEST = 160;

/** Field by field, what differs between two states of a resource. Members of a list are matched by their names. */
export function differencesOf(before: unknown, after: unknown): readonly FieldDifference[] {
  const found: FieldDifference[] = [];
  compare('', before, after, found);
  return found;
}

function compare(field: string, before: unknown, after: unknown, found: FieldDifference[]): void {
  if (SERVERS_OWN.has(field)) return;
  const [left, right] = [membersOf(before), membersOf(after)];
  if (left === undefined || right === undefined) {
    if (JSON.stringify(before) !== JSON.stringify(after)) addDifferences(field, before, after, found);
    return;
  }
  const isList = Array.isArray(before);
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    compare(
      isList ? `${field}[${name}]` : field === '' ? name : `${field}.${name}`,
      left.get(name),
      right.get(name),
      found,
    );
  }
}

/** A whole new part is told field by field, so that it can be read. */
function addDifferences(field: string, before: unknown, after: unknown, found: FieldDifference[]): void {
  const members = membersOf(before ?? after);
  if ((before === undefined || after === undefined) && members !== undefined && members.size > 0) {
    const empty = Array.isArray(before ?? after) ? [] : {};
    compare(field, before ?? empty, after ?? empty, found);
    return;
  }
  found.push({ field, before: shown(before), after: shown(after) });
}

function shown(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const text = JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** Members of an object or of a list, by name; `undefined` for anything else, and for values of two kinds. */
function membersOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (Array.isArray(value))
    return new Map(value.map((member: unknown, index) => [nameOf(member) ?? String(index), member]));
  if (typeof value !== 'object' || value === null) return undefined;
  return new Map(Object.entries(value));
}

function nameOf(member: unknown): string | undefined {
  if (typeof member !== 'object' || member === null) return undefined;
  for (const key of ['name', 'mountPath', 'containerPort']) {
    if (!Object.hasOwn(member, key)) continue;
    const name = (member as Readonly<Record<string, unknown>>)[key];
    if (typeof name === 'string' || typeof name === 'number') return String(name);
  }
  return undefined;
}

/** Secrets' contents are compared, and never shown. */
export function withoutSecrets(kind: string, differences: readonly FieldDifference[]): readonly FieldDifference[] {
  if (kind !== 'Secret') return differences;
  return differences.map((difference) =>
    /^(data|stringData)\b/.test(difference.field)
      ? {
          field: difference.field,
          before: difference.before === undefined ? undefined : '(secret)',
          after: difference.after === undefined ? undefined : '(secret)',
        }
      : difference,
  );
}
