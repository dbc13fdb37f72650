import { isJsonObject, jsonField, type JsonObject, type JsonValue } from '../../files/index.js';
import type { Repository } from '../repository.js';
import { GENERATION_CONFIG, readGenerationConfig } from './generation-config.js';
import { addCardFacts, addNameFacts, type Facts } from './heuristics.js';
import { KeyValues, type KeyValue } from './key-values.js';
import { readModelCard, type CardValue } from './model-card.js';
import { sizeLabel, type ParameterCounts } from './size-label.js';
import { writeFacts, type FactOrigin } from './write-facts.js';

/** What the converter knows beyond the repository's files. */
export interface GeneralFacts {
  /** `general.architecture`, also the prefix of the model's own keys. */
  readonly architecture: string;
  /** `general.type`: `model` unless given. */
  readonly type?: 'mmproj' | 'adapter' | undefined;
  /** All zero when only the vocabulary is converted. */
  readonly parameters: ParameterCounts;
  /** Contents of the file given as `--metadata`: keys as they stand in a GGUF. */
  readonly overrides?: JsonObject | undefined;
  /** `--model-name`: wins over everything. */
  readonly modelName?: string | undefined;
}

/**
 * The `general.*` keys that come first in a GGUF: architecture, type, sampling defaults, names, licence, origins,
 * tags; by the rules and in the order of gguf-py's `Metadata`. What follows the tensors' types
 * (`general.file_type`, `general.quantization_version`) is the converter's.
 *
 * Throws `MODEL_INVALID` for a model card with values that a GGUF cannot hold (a number where text belongs).
 */
export async function generalMetadata(repository: Repository, facts: GeneralFacts): Promise<readonly KeyValue[]> {
  const found = await gatherFacts(repository, facts.parameters.total);
  const origins = new Map<string, FactOrigin>();
  await addSampling(found, origins, repository);
  if (facts.overrides !== undefined) addOverrides(found, origins, facts.overrides);
  if (facts.modelName !== undefined) found.set('name', facts.modelName);
  if ((found.get('name') ?? null) === null) found.set('name', repository.directoryName);
  if ((found.get('size_label') ?? null) === null && facts.parameters.total > 0) {
    found.set('size_label', sizeLabel(facts.parameters));
  }
  const keys = new KeyValues();
  keys.string('general.architecture', facts.architecture);
  keys.string('general.type', facts.type ?? 'model');
  writeFacts(keys, found, origins);
  return keys.entries();
}

/** Model card first, then the name in config.json, then the directory's. */
async function gatherFacts(repository: Repository, totalParameters: number): Promise<Facts> {
  const facts: Facts = new Map();
  addCardFacts(facts, await readModelCard(repository), totalParameters);
  const name = jsonField(repository.config, '_name_or_path');
  // More than one slash: a path on a disk.
  if (typeof name === 'string' && name.split('/').length <= 2) addNameFacts(facts, name, totalParameters);
  addNameFacts(facts, repository.directoryName, totalParameters);
  return facts;
}

/** Sampling defaults by their names in generation_config.json. */
const SAMPLING: readonly (readonly [fact: string, fields: readonly string[]])[] = [
  ['sampling_sequence', ['sequence']],
  ['sampling_top_k', ['top_k']],
  ['sampling_top_p', ['top_p']],
  ['sampling_min_p', ['min_p']],
  ['sampling_xtc_probability', ['xtc_probability']],
  ['sampling_xtc_threshold', ['xtc_threshold']],
  ['sampling_temp', ['temperature']],
  ['sampling_penalty_last_n', ['penalty_last_n']],
  ['sampling_penalty_repeat', ['penalty_repeat', 'repetition_penalty']],
  ['sampling_mirostat', ['mirostat']],
  ['sampling_mirostat_tau', ['mirostat_tau']],
  ['sampling_mirostat_eta', ['mirostat_eta']],
];

async function addSampling(facts: Facts, origins: Map<string, FactOrigin>, repository: Repository): Promise<void> {
  const config = await readGenerationConfig(repository);
  for (const [fact, fields] of SAMPLING) {
    const field = fields.find((name) => Object.hasOwn(config, name));
    if (field === undefined) continue;
    facts.set(fact, cardValue(jsonField(config, field)));
    origins.set(fact, { file: GENERATION_CONFIG, field, optional: true });
  }
}

/** Keys of a `--metadata` file and the facts that they replace. The licence itself is not among them. */
const OVERRIDES: ReadonlyMap<string, string> = new Map([
  ...SAMPLING.map(([fact]) => [`general.${fact.replace('_', '.')}`, fact] as const),
  ...['name', 'author', 'version', 'organization', 'finetune', 'basename', 'description', 'quantized_by'].map(simple),
  ...['size_label', 'url', 'doi', 'uuid', 'repo_url', 'base_models', 'datasets', 'tags', 'languages'].map(simple),
  ['general.license.name', 'license_name'],
  ['general.license.link', 'license_link'],
  ...['url', 'doi', 'uuid', 'repo_url'].map((name) => [`general.source.${name}`, `source_${name}`] as const),
]);

function simple(name: string): readonly [string, string] {
  return [`general.${name}`, name];
}

function addOverrides(facts: Facts, origins: Map<string, FactOrigin>, overrides: JsonObject): void {
  for (const [key, value] of Object.entries(overrides)) {
    const fact = OVERRIDES.get(key);
    if (fact === undefined) continue;
    facts.set(fact, cardValue(value));
    origins.set(fact, { file: 'the --metadata file', field: key, optional: false });
  }
}

/** JSON as a model card would have said it. */
function cardValue(value: JsonValue | undefined): CardValue {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (value === undefined || value === null || typeof value !== 'object') return value ?? null;
  if (isJsonObject(value)) return new Map(Object.entries(value).map(([key, item]) => [key, cardValue(item)]));
  return value.map((item) => cardValue(item));
}
