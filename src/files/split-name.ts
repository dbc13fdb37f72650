// Files that were cut into pieces are named by llama.cpp's gguf-split.

/** `PREFIX-00001-of-00003.gguf`, as gguf-split names files. `index` counts from 0. */
export function splitName(prefix: string, index: number, count: number): string {
  return `${prefix}-${String(index + 1).padStart(5, '0')}-of-${String(count).padStart(5, '0')}.gguf`;
}

/** The parts of a split's name, or `undefined` for a name that is none. `index` counts from 0. */
export function parseSplitName(
  path: string,
): { readonly prefix: string; readonly index: number; readonly count: number } | undefined {
  const match = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/s.exec(path);
  if (match === null) return undefined;
  const [index, count] = [Number(match[2]) - 1, Number(match[3])];
  return index < 0 || index >= count ? undefined : { prefix: match[1] ?? '', index, count };
}

/** Names of the splits that these paths promise by their numbers and that are not among them; in order. */
export function missingSplits(paths: readonly string[]): readonly string[] {
  const present = new Set(paths);
  const sets = new Map<string, number>();
  for (const path of paths) {
    const split = parseSplitName(path);
    if (split !== undefined) sets.set(split.prefix, split.count);
  }
  return [...sets].flatMap(([prefix, count]) =>
    Array.from({ length: count }, (_, index) => splitName(prefix, index, count)).filter((name) => !present.has(name)),
  );
}
