import { SlipwayError } from '../../core/index.js';
import type { ScalarType } from '../../gguf/index.js';
import type { Facts } from './heuristics.js';
import type { KeyValues } from './key-values.js';
import type { CardValue } from './model-card.js';

type Writer = (keys: KeyValues, key: string, value: CardValue) => void;

/** Facts, their keys and how they are written, in the order of gguf-py's `set_gguf_meta_model`. */
const FIELDS: readonly (readonly [fact: string, key: string, write: Writer])[] = [
  ['sampling_sequence', 'general.sampling.sequence', writeText],
  ['sampling_top_k', 'general.sampling.top_k', writeInteger],
  ['sampling_top_p', 'general.sampling.top_p', writeFloat],
  ['sampling_min_p', 'general.sampling.min_p', writeFloat],
  ['sampling_xtc_probability', 'general.sampling.xtc_probability', writeFloat],
  ['sampling_xtc_threshold', 'general.sampling.xtc_threshold', writeFloat],
  ['sampling_temp', 'general.sampling.temp', writeFloat],
  ['sampling_penalty_last_n', 'general.sampling.penalty_last_n', writeInteger],
  ['sampling_penalty_repeat', 'general.sampling.penalty_repeat', writeFloat],
  ['sampling_mirostat', 'general.sampling.mirostat', writeInteger],
  ['sampling_mirostat_tau', 'general.sampling.mirostat_tau', writeFloat],
  ['sampling_mirostat_eta', 'general.sampling.mirostat_eta', writeFloat],
  ['name', 'general.name', writeText],
  ['author', 'general.author', writeText],
  ['version', 'general.version', writeText],
  ['organization', 'general.organization', writeText],
  ['finetune', 'general.finetune', writeText],
  ['basename', 'general.basename', writeText],
  ['description', 'general.description', writeText],
  ['quantized_by', 'general.quantized_by', writeText],
  ['size_label', 'general.size_label', writeText],
  ['license', 'general.license', writeLicense],
  ['license_name', 'general.license.name', writeText],
  ['license_link', 'general.license.link', writeText],
  ['url', 'general.url', writeText],
  ['doi', 'general.doi', writeText],
  ['uuid', 'general.uuid', writeText],
  ['repo_url', 'general.repo_url', writeText],
  ['source_url', 'general.source.url', writeText],
  ['source_doi', 'general.source.doi', writeText],
  ['source_uuid', 'general.source.uuid', writeText],
  ['source_repo_url', 'general.source.repo_url', writeText],
  ['base_models', 'general.base_model', writeSources],
  ['datasets', 'general.dataset', writeSources],
  ['tags', 'general.tags', writeList],
  ['languages', 'general.languages', writeList],
];

/** Fields of a base model or dataset, in the order of writing. */
const SOURCE_FIELDS = ['name', 'author', 'version', 'organization', 'description', 'url', 'doi', 'uuid', 'repo_url'];

/** Where a fact stands that is not the model card's. */
export interface FactOrigin {
  readonly file: string;
  /** The name that the file has for it. */
  readonly field: string;
  /** Whether a conversion can do without the file. */
  readonly optional: boolean;
}

/**
 * Writes every fact that is known. Throws `MODEL_INVALID` for what a GGUF cannot hold, naming the file that says so.
 * @param origins where facts come from that are not the model card's
 */
export function writeFacts(keys: KeyValues, facts: Facts, origins: ReadonlyMap<string, FactOrigin>): void {
  for (const [fact, key, write] of FIELDS) {
    const value = facts.get(fact) ?? null;
    if (value === null) continue;
    try {
      write(keys, key, value);
    } catch (error) {
      throw error instanceof Unfit ? refusal(error, origins.get(fact)) : error;
    }
  }
}

function writeText(keys: KeyValues, key: string, value: CardValue): void {
  if (typeof value === 'string') keys.string(key, value);
  else if (!isFalse(value)) throw new Unfit(key, value, 'text');
}

/** What the reference leaves out before it looks at the type. */
function isFalse(value: CardValue): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (value instanceof Map) return value.size === 0;
  return value === false || value === 0 || value === 0n || value === '' || value === null;
}

function writeInteger(keys: KeyValues, key: string, value: CardValue): void {
  if (typeof value !== 'bigint' && typeof value !== 'boolean') throw new Unfit(key, value, 'an integer');
  keys.int32(key, Number(value));
}

function writeFloat(keys: KeyValues, key: string, value: CardValue): void {
  if (!['bigint', 'number', 'boolean'].includes(typeof value)) throw new Unfit(key, value, 'a number');
  const number = Number(value);
  if (Number.isFinite(number) && !Number.isFinite(Math.fround(number))) throw new Unfit(key, value, 'a 32-bit number');
  keys.float32(key, Math.fround(number));
}

function writeLicense(keys: KeyValues, key: string, value: CardValue): void {
  if (!Array.isArray(value)) return writeText(keys, key, value);
  const list = value as readonly CardValue[];
  if (!list.every((item) => typeof item === 'string')) throw new Unfit(key, value, 'text');
  return keys.string(key, list.join(','));
}

/** Lists hold values of one type. */
function writeList(keys: KeyValues, key: string, value: CardValue): void {
  const list = Array.isArray(value) ? (value as readonly CardValue[]) : undefined;
  if (list === undefined) throw new Unfit(key, value, 'a list');
  if (list.every((item) => typeof item === 'string')) keys.array(key, 'STRING', list);
  else if (list.every((item) => typeof item === 'boolean')) keys.array(key, 'BOOL', list);
  else if (list.every((item) => typeof item === 'number')) writeNumbers(keys, key, 'FLOAT32', list);
  else if (list.every((item) => typeof item === 'bigint')) writeNumbers(keys, key, 'INT32', list.map(Number));
  else throw new Unfit(key, value, 'a list of texts');
}

function writeNumbers(keys: KeyValues, key: string, type: ScalarType, list: readonly number[]): void {
  if (type === 'INT32' && !list.every((item) => item >= -(2 ** 31) && item < 2 ** 31)) {
    throw new Unfit(key, list, 'a list of 32-bit integers');
  }
  keys.array(key, type, list);
}

function writeSources(keys: KeyValues, key: string, value: CardValue): void {
  if (!Array.isArray(value)) throw new Unfit(key, value, 'a list');
  const list = value as readonly CardValue[];
  keys.uint32(`${key}.count`, list.length);
  for (const [index, entry] of list.entries()) {
    if (!(entry instanceof Map)) throw new Unfit(`${key}.${index}`, entry, 'a set of fields');
    for (const field of SOURCE_FIELDS) {
      if (entry.has(field)) writeText(keys, `${key}.${index}.${field}`, (entry.get(field) ?? null) as CardValue);
    }
  }
}

/** A value that its key cannot hold; which file it stands in is known where facts are written. */
class Unfit extends Error {
  readonly key: string;
  readonly value: unknown;
  readonly wanted: string;

  constructor(key: string, value: unknown, wanted: string) {
    super(wanted);
    this.key = key;
    this.value = value;
    this.wanted = wanted;
  }
}

function refusal({ key, value, wanted }: Unfit, origin: FactOrigin | undefined): SlipwayError {
  if (origin === undefined) {
    return new SlipwayError('MODEL_INVALID', `the model card's value for '${key}' is not ${wanted}`, {
      where: 'README.md',
      got: printed(value),
      try: 'put the value in quotation marks in the front matter of README.md, or override it with --metadata FILE',
    });
  }
  return new SlipwayError('MODEL_INVALID', `'${origin.field}' in ${origin.file} is not ${wanted}`, {
    where: origin.file,
    got: printed(value),
    try: `correct '${origin.field}' in ${origin.file}${origin.optional ? `, or leave the file out: --exclude ${origin.file}` : ''}`,
  });
}

function printed(value: unknown): string {
  const text = JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === 'bigint') return Number(item);
    return item instanceof Map ? Object.fromEntries(item.entries()) : item;
  });
  return (text ?? String(value)).slice(0, 200);
}
