import type { GgufMetadata } from '../gguf/index.js';
import { lintRope } from './rope-rules.js';
import { finding, type LintFinding } from './lint-rules.js';
import type { GgufModelView } from './weights-view.js';

const TOKENS = 'tokenizer.ggml.tokens';

/** A GGUF by itself: architecture, context length, rope scaling, sizes of the vocabulary. */
export function lintGguf(gguf: GgufModelView): LintFinding[] {
  const { where, metadata } = gguf;
  const architecture = textOf(metadata, 'general.architecture');
  if (architecture === undefined) {
    const isMatrix = textOf(metadata, 'general.type') === 'imatrix';
    return isMatrix ? [] : [finding('gguf-invalid', where, 'it names no architecture', { at: 'general.architecture' })];
  }
  if (!isLanguageModel(gguf, architecture)) return [];
  return [...lintContext(gguf, architecture), ...lintGgufRope(gguf, architecture), ...lintTokens(gguf)];
}

/** Projectors, adapters and vocabularies have no context of their own. */
function isLanguageModel({ metadata, tensors }: GgufModelView, architecture: string): boolean {
  const type = textOf(metadata, 'general.type') ?? 'model';
  return type === 'model' && architecture !== 'clip' && tensors.length > 0 && metadata.has(TOKENS);
}

function lintContext({ where, metadata }: GgufModelView, architecture: string): LintFinding[] {
  const at = `${architecture}.context_length`;
  const value = numberOf(metadata, at);
  if (value !== undefined && value > 0) return [];
  return [
    finding('context-length', where, value === undefined ? 'it is not stated' : `it is ${value}`, {
      at,
      level: 'error',
    }),
  ];
}

function lintGgufRope({ where, metadata }: GgufModelView, architecture: string): LintFinding[] {
  const key = `${architecture}.rope.scaling`;
  const type = textOf(metadata, `${key}.type`);
  const factor = numberOf(metadata, `${key}.factor`);
  if (type === undefined && factor === undefined) return [];
  return lintRope({
    where,
    at: key,
    // llama.cpp takes scaling without a type for linear.
    type: type ?? 'linear',
    factor,
    original: numberOf(metadata, `${key}.original_context_length`),
    context: numberOf(metadata, `${architecture}.context_length`),
  });
}

function lintTokens({ where, metadata, tensors }: GgufModelView): LintFinding[] {
  const tokens = lengthOf(metadata, TOKENS);
  if (tokens === undefined) return [];
  const found: LintFinding[] = [];
  const rows = tensors.find(({ name }) => name === 'token_embd.weight')?.dimensions[1];
  if (rows !== undefined && rows !== tokens)
    found.push(
      finding('vocabulary-size', where, `it has ${rows} rows, the vocabulary ${tokens} tokens`, {
        at: 'token_embd.weight',
      }),
    );
  for (const key of ['tokenizer.ggml.scores', 'tokenizer.ggml.token_type']) {
    const length = lengthOf(metadata, key);
    if (length !== undefined && length !== tokens)
      found.push(finding('vocabulary-size', where, `it has ${length} values for ${tokens} tokens`, { at: key }));
  }
  return found;
}

/** A text of the metadata. */
export function textOf(metadata: GgufMetadata, key: string): string | undefined {
  const value = metadata.get(key)?.value;
  return typeof value === 'string' ? value : undefined;
}

/** A number of the metadata. */
export function numberOf(metadata: GgufMetadata, key: string): number | undefined {
  const value = metadata.get(key)?.value;
  return typeof value === 'bigint' ? Number(value) : typeof value === 'number' ? value : undefined;
}

function lengthOf(metadata: GgufMetadata, key: string): number | undefined {
  const entry = metadata.get(key);
  return entry?.type === 'ARRAY' ? entry.value.length : undefined;
}
