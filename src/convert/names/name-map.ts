import * as clip from './clip-names.js';
import { ARCHITECTURE_NAMES, ARCHITECTURE_TENSORS, TENSOR_NAMES } from './tensor-names.js';

/** The architecture of projectors, whose names have a table of their own. */
export const PROJECTOR = 'clip';

/** Translates checkpoint names to GGUF names for one architecture. */
export interface NameMap {
  /** The GGUF name (a trailing `.weight` or `.bias` is kept), or `undefined` for a name that the architecture lacks. */
  map(name: string): string | undefined;
  /** True when the architecture may have this tensor (a template such as `blk.{}.attn_qkv`). */
  has(template: string): boolean;
  /** True when `name` is one of these tensors (templates such as `blk.{}.ffn_gate_inp`) with the suffix `.weight`. */
  isWeightOf(name: string, templates: ReadonlySet<string>): boolean;
}

const SUFFIXES = ['.weight', '.bias'];
/** Some encoders of sound keep the ranges of their activations beside a weight. */
const PROJECTOR_SUFFIXES = [...SUFFIXES, '.input_max', '.input_min', '.output_max', '.output_min'];

/** A block number as these names contain it: the first part that is all digits. */
const BLOCK = /(?<=^|\.)\d{1,9}(?=\.|$)/;

/** Projectors have numbers inside of words, too: `linear_1`. */
const ANY_NUMBER = /(?<!\d)\d{1,9}(?!\d)/;

/** The names of an architecture, whose blocks are numbered below `blockCount`. */
export function nameMap(architecture: string, blockCount: number): NameMap {
  const isProjector = architecture === PROJECTOR;
  const tensors = new Set((isProjector ? clip.ARCHITECTURE_TENSORS : ARCHITECTURE_TENSORS).get(architecture));
  const names = isProjector ? clip.ARCHITECTURE_NAMES : ARCHITECTURE_NAMES;
  const overrides = new Map(names.get(architecture)?.map(([tensor, , names]) => [tensor, names]));
  const known = new Map<string, string>();
  const templatesHere = new Set<string>();
  for (const [tensor, gguf, names] of isProjector ? clip.TENSOR_NAMES : TENSOR_NAMES) {
    if (!tensors.has(tensor)) continue;
    templatesHere.add(gguf);
    const aliases = overrides.get(tensor) ?? names;
    if (aliases.length > 0) known.set(gguf, gguf);
    for (const name of aliases) known.set(name, gguf);
  }
  const suffixes = isProjector ? PROJECTOR_SUFFIXES : SUFFIXES;
  const exact = (name: string): string | undefined =>
    known.get(name) ?? inBlock(known, name, blockCount, isProjector ? ANY_NUMBER : BLOCK);
  return {
    map: (name) => {
      const whole = exact(name);
      if (whole !== undefined) return whole;
      for (const suffix of suffixes) {
        const mapped = name.endsWith(suffix) ? exact(name.slice(0, -suffix.length)) : undefined;
        if (mapped !== undefined) return mapped + suffix;
      }
      return undefined;
    },
    has: (template) => templatesHere.has(template),
    isWeightOf: (name, templates) => {
      if (!name.endsWith('.weight')) return false;
      const template = name.slice(0, -'.weight'.length).replace(BLOCK, '{}');
      return templates.has(template) && templatesHere.has(template);
    },
  };
}

/** The number of the block that a tensor belongs to, or `undefined`. */
export function blockOf(name: string): number | undefined {
  const digits = BLOCK.exec(name)?.[0];
  return digits === undefined ? undefined : Number(digits);
}

/** The same block as a GGUF names it: `blk.N`. */
export function ggufBlock(name: string): string {
  return `blk.${blockOf(name) ?? 0}`;
}

function inBlock(
  known: ReadonlyMap<string, string>,
  name: string,
  blockCount: number,
  number: RegExp,
): string | undefined {
  // A name may hold other numbers, too: each is tried as the block's.
  for (const match of name.matchAll(new RegExp(number, 'g'))) {
    if (Number(match[0]) >= blockCount || String(Number(match[0])) !== match[0]) continue;
    const template = `${name.slice(0, match.index)}{}${name.slice(match.index + match[0].length)}`;
    const gguf = known.get(template);
    if (gguf !== undefined) return gguf.replace('{}', match[0]);
  }
  return undefined;
}
