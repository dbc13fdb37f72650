import { packageFacts, type Digest } from '../core/index.js';
import { sha256, type Snapshot } from '../files/index.js';
import type { ModelVariant } from '../package/index.js';
import type { Artifact } from '../registry/index.js';
import type { PackedModel } from './packaging/packed-model.js';

/** What a fingerprint can stand for. Known by identity: whatever a custom stage copies or changes has none. */
type Made = Snapshot | ModelVariant | PackedModel;

const known = new WeakMap<Made, string>();
const recipes = new WeakMap<Made, Digest>();

/** Raised when this program makes other bytes of the same input and options: what was published before is then made again. */
const FORMAT = 1;

/** Nested deeper than this, options are not meant seriously. */
const DEEPEST = 32;

/**
 * Says what a snapshot, variant or packed model is made from and how: equal fingerprints mean equal bytes.
 * `undefined` for what has no digest to vouch for it.
 */
export function fingerprintOf(made: Made): string | undefined {
  return known.get(made);
}

/**
 * Keeps a thing's fingerprint: the stage that made it, what it was made from, and every option that shapes bytes, with
 * this program's version. Without one when a part of it has none or cannot be compared. Returns the thing.
 */
export async function vouched<T extends Made>(
  made: T,
  stage: string,
  from: readonly (string | undefined)[],
  options: unknown,
): Promise<T> {
  const text = from.includes(undefined) ? undefined : canonical(options);
  if (text === undefined) return made;
  const { version } = await packageFacts();
  known.set(made, sha256(JSON.stringify([version, stage, from, text])));
  return made;
}

/**
 * Keeps a thing's recipe: as a fingerprint, but the same on every machine and for every version of this program that makes the same
 * bytes, so that it can be published. Without one when a part has none. Returns the thing.
 */
export function withRecipe<T extends Made>(
  made: T,
  stage: string,
  from: readonly (Digest | undefined)[],
  options: unknown,
): T {
  const text = from.includes(undefined) ? undefined : canonical(options);
  if (text !== undefined) recipes.set(made, sha256(JSON.stringify([FORMAT, stage, from, text])));
  return made;
}

/** Gives a thing the recipe of another that has the same bytes. Returns the thing. */
export function sameRecipe<T extends Made>(made: T, from: Made): T {
  const recipe = recipes.get(from);
  if (recipe !== undefined) recipes.set(made, recipe);
  return made;
}

/** The recipe of a thing, if it has one. */
export function recipeOf(made: Made): Digest | undefined {
  return recipes.get(made);
}

/** The recipe of what is made of a part of something; `undefined` without one to start from. */
export function recipeFrom(recipe: Digest | undefined, options: unknown): Digest | undefined {
  const text = canonical(options);
  return recipe === undefined || text === undefined ? undefined : sha256(JSON.stringify([FORMAT, recipe, text]));
}

const keys = new WeakMap<Artifact, string>();

/** Keeps what an artifact is made of on this machine, from the fingerprint of its variant. */
export function withKey(artifact: Artifact, from: string | undefined, options: unknown): Artifact {
  const text = canonical(options);
  if (from !== undefined && text !== undefined) keys.set(artifact, sha256(JSON.stringify([from, text])));
  return artifact;
}

/** See {@link withKey}. */
export function keyOf(artifact: Artifact): string | undefined {
  return keys.get(artifact);
}

/** The same for what follows from a thing that has a fingerprint, and from further options. */
export function derived<T extends Made>(made: T, from: Made, options: unknown): T {
  const [base, text] = [known.get(from), canonical(options)];
  if (base !== undefined && text !== undefined) known.set(made, sha256(JSON.stringify([base, text])));
  return made;
}

/**
 * One text for equal values, whatever the order of their keys; `undefined` when something in them (a function, a cycle)
 * cannot be compared.
 */
export function canonical(value: unknown, depth = 0): string | undefined {
  if (depth > DEEPEST) return undefined;
  switch (typeof value) {
    case 'undefined':
      return 'absent';
    case 'bigint':
      return `${value}n`;
    case 'number':
      // JSON has no NaN and one zero.
      return Number.isFinite(value) && !Object.is(value, -0)
        ? JSON.stringify(value)
        : `number(${Object.is(value, -0) ? '-0' : value})`;
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'object':
      return value === null ? 'null' : canonicalObject(value, depth + 1);
    default:
      return undefined;
  }
}

function canonicalObject(value: object, depth: number): string | undefined {
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return `${value.constructor.name}(${sha256(bytes)})`;
  }
  if (Array.isArray(value))
    return list(
      value.map((item: unknown) => canonical(item, depth)),
      '[',
      ']',
    );
  // A map's order is part of it: keys of a GGUF are written in theirs.
  if (value instanceof Map)
    return list(
      [...value].map((pair) => canonical(pair, depth)),
      'map[',
      ']',
    );
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return list(
    entries.map((pair) => canonical(pair, depth)),
    '{',
    '}',
  );
}

function list(parts: readonly (string | undefined)[], open: string, close: string): string | undefined {
  return parts.includes(undefined) ? undefined : `${open}${parts.join(',')}${close}`;
}
