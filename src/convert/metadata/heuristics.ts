import type { CardValue, ModelCard } from './model-card.js';
import { nameParts, titleOf, type NameParts } from './model-name.js';

/** What is known about a model, by gguf-py's names; `null` where a card says so. */
export type Facts = Map<string, CardValue>;
/** A base model or a dataset. */
export type Source = ReadonlyMap<CardValue, CardValue>;

/** Fields of a model card that become facts, in the order in which they are looked at: the first one wins. */
const CARD_FIELDS: readonly (readonly [fact: string, field: string])[] = [
  ['name', 'name'],
  ['author', 'author'],
  ['version', 'version'],
  ['organization', 'organization'],
  ['description', 'description'],
  ['finetune', 'finetune'],
  ['basename', 'basename'],
  ['size_label', 'size_label'],
  ['source_url', 'url'],
  ['source_doi', 'doi'],
  ['source_uuid', 'uuid'],
  ['source_repo_url', 'repo_url'],
  ['name', 'model_name'],
  ['author', 'model_author'],
  ['version', 'model_version'],
  ['organization', 'model_organization'],
  ['description', 'model_description'],
  ['finetune', 'model_finetune'],
  ['basename', 'model_basename'],
  ['size_label', 'model_size_label'],
  ['source_url', 'model_url'],
  ['source_doi', 'model_doi'],
  ['source_uuid', 'model_uuid'],
  ['source_repo_url', 'model_repo_url'],
  ['author', 'model_creator'],
  ['basename', 'model_type'],
  ['license', 'license'],
  ['license_name', 'license_name'],
  ['license_link', 'license_link'],
];

/** Lists that are gathered from several fields, repetitions kept. */
const CARD_LISTS: readonly (readonly [fact: string, field: string])[] = [
  ['tags', 'tags'],
  ['tags', 'pipeline_tag'],
  ['languages', 'languages'],
  ['languages', 'language'],
];

/** Adds what the model card says. */
export function addCardFacts(facts: Facts, card: ModelCard, totalParameters: number): void {
  for (const [fact, field] of CARD_FIELDS) {
    if (card.has(field) && (facts.get(fact) ?? null) === null) facts.set(fact, card.get(field) ?? null);
  }
  addSources(facts, 'base_models', card, ['base_model', 'base_models', 'base_model_sources'], totalParameters);
  addSources(facts, 'datasets', card, ['datasets', 'dataset', 'dataset_sources'], totalParameters);
  for (const [fact, field] of CARD_LISTS) {
    const value = card.get(field) ?? null;
    if (value === null) continue;
    const before = facts.get(fact);
    facts.set(fact, [...(Array.isArray(before) ? before : []), ...listOf(value)]);
  }
}

function listOf(value: CardValue): readonly CardValue[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? (value as readonly CardValue[]) : [];
}

function addSources(facts: Facts, fact: string, card: ModelCard, fields: readonly string[], total: number): void {
  const field = fields.find((name) => card.has(name));
  if (field === undefined) return;
  facts.set(
    fact,
    listOf(card.get(field) ?? null).map((entry) => sourceOf(entry, total)),
  );
}

/** A base model or dataset: an id on the Hub, an address, or fields that are given in full. */
function sourceOf(entry: CardValue, total: number): Source {
  if (entry instanceof Map) return entry as Source;
  if (typeof entry !== 'string') return new Map();
  if (!/^(?:https?|ssh):\/\//.test(entry)) {
    const parts = nameParts(entry, total);
    const source = namedSource(parts);
    if (parts.organization !== undefined && parts.fullName !== undefined) {
      source.set('repo_url', `https://huggingface.co/${parts.organization}/${parts.fullName}`);
    }
    return source;
  }
  const id = /^https?:\/\/huggingface.co\/([^/]+\/[^/]+)$/.exec(entry)?.[1];
  const source = id === undefined ? new Map<CardValue, CardValue>() : namedSource(nameParts(id, total));
  return source.set('repo_url', entry);
}

function namedSource(parts: NameParts): Map<CardValue, CardValue> {
  const source = new Map<CardValue, CardValue>();
  if (parts.fullName !== undefined) source.set('name', titleOf(parts.fullName));
  if (parts.organization !== undefined) source.set('organization', titleOf(parts.organization));
  if (parts.version !== undefined) source.set('version', parts.version);
  return source;
}

/** Adds what a name says and nothing said before. */
export function addNameFacts(facts: Facts, id: string, totalParameters: number): void {
  const parts = nameParts(id, totalParameters);
  const add = (fact: string, value: string | undefined): void => {
    if (value !== undefined && (facts.get(fact) ?? null) === null) facts.set(fact, value);
  };
  add('name', parts.fullName === undefined ? undefined : titleOf(parts.fullName));
  add('organization', parts.organization === undefined ? undefined : titleOf(parts.organization));
  add('basename', parts.basename);
  add('finetune', parts.finetune);
  add('version', parts.version);
  add('size_label', parts.sizeLabel);
}
