import { SlipwayError } from '../../core/index.js';
import { bert } from './bert.js';
import type { Family } from './family.js';
import { llama } from './llama.js';
import { qwen2 } from './qwen2.js';

/** Every family that can be converted. A new one is a file of its own and a line here. */
export const FAMILIES: readonly Family[] = [llama, qwen2, bert];

const BY_NAME: ReadonlyMap<string, Family> = new Map(
  FAMILIES.flatMap((family) => family.names.map((name) => [name, family] as const)),
);

/** What can be converted: names of `architectures` in config.json, with the GGUF architecture they become. */
export function supportedArchitectures(): readonly { readonly name: string; readonly gguf: string }[] {
  return [...BY_NAME].map(([name, { gguf }]) => ({ name, gguf })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The family that answers to a class name. Throws `ARCH_UNSUPPORTED` with the nearest names. */
export function familyOf(name: string): Family {
  const family = BY_NAME.get(name);
  if (family !== undefined) return family;
  throw new SlipwayError('ARCH_UNSUPPORTED', `'${name.slice(0, 100)}' cannot be converted`, {
    where: 'config.json: architectures',
    try: [`nearest names: ${nearest(name).join(', ')}`, 'package the repository without converting it'],
    context: { architecture: name.slice(0, 100) },
  });
}

function nearest(name: string): readonly string[] {
  const wanted = pairs(name);
  const score = (other: string): number => {
    const own = pairs(other);
    return [...own].filter((pair) => wanted.has(pair)).length / Math.max(1, own.size + wanted.size);
  };
  return [...BY_NAME.keys()].toSorted((a, b) => score(b) - score(a)).slice(0, 3);
}

/** Pairs of neighbouring letters, without the endings that most names share. */
function pairs(name: string): Set<string> {
  const stem = name
    .toLowerCase()
    .slice(0, 100)
    .replace(/(for(causallm|conditionalgeneration)|model)$/, '');
  return new Set(Array.from({ length: Math.max(0, stem.length - 1) }, (_, index) => stem.slice(index, index + 2)));
}
