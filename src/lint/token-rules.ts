import { numberOf } from './gguf-rules.js';
import type { ModelView } from './lint-input.js';
import { finding, type LintFinding } from './lint-rules.js';
import { GGUF_TOKEN_KEYS, statedEnds, type TokenView } from './token-view.js';
import type { GgufModelView } from './weights-view.js';

/** Ids of special tokens of a GGUF: in range, and an end among them. */
export function lintGgufTokens({ where, metadata }: GgufModelView, { size = 0, specials }: TokenView): LintFinding[] {
  const beyond = GGUF_TOKEN_KEYS.flatMap((at) => {
    const id = numberOf(metadata, at);
    return id === undefined || (id >= 0 && id < size)
      ? []
      : [finding('special-token-range', where, `it is ${id}, the vocabulary has ${size} tokens`, { at })];
  });
  const hasEnd = specials['eos_token'] !== undefined || beyond.some(({ at }) => at === 'tokenizer.ggml.eos_token_id');
  // Encoders (BERT) end nothing.
  const isEncoder = specials['cls_token'] !== undefined || metadata.get('tokenizer.ggml.model')?.value === 'bert';
  if (hasEnd || isEncoder) return beyond;
  return [
    ...beyond,
    finding('special-token-missing', where, 'no end token is named', { at: 'tokenizer.ggml.eos_token_id' }),
  ];
}

/** Special tokens of a repository: in the vocabulary, an end among them, and configurations that agree. */
export async function lintRepositoryTokens(view: ModelView, tokens: TokenView): Promise<LintFinding[]> {
  const { where, vocabulary, specials, size } = tokens;
  const found: LintFinding[] = [];
  for (const [name, text] of Object.entries(specials)) {
    if (vocabulary === undefined || vocabulary.has(text)) continue;
    const message = `'${text.slice(0, 50)}' is not in the vocabulary`;
    found.push(finding('special-token-missing', where, message, { at: name, level: 'error' }));
  }
  const ends = (
    await Promise.all(['generation_config.json', 'config.json'].map(async (path) => statedEnds(view, path)))
  ).flat();
  const eos = specials['eos_token'];
  const isEncoder = specials['cls_token'] !== undefined || specials['mask_token'] !== undefined;
  if (eos === undefined && ends.length === 0 && !isEncoder)
    found.push(finding('special-token-missing', where, 'no end token is named', { at: 'eos_token' }));
  const id = eos === undefined ? undefined : vocabulary?.get(eos);
  if (id !== undefined && ends.length > 0 && !ends.includes(id)) {
    const path = view.file('generation_config.json') === undefined ? 'config.json' : 'generation_config.json';
    const message = `it has ${[...new Set(ends)].join(', ')}, the tokenizer's end token '${eos?.slice(0, 50)}' is ${id}`;
    found.push(finding('eos-disagrees', path, message, { at: 'eos_token_id' }));
  }
  const beyond = size === undefined ? undefined : ends.find((end) => end < 0 || end >= Math.max(size, 1));
  if (beyond !== undefined && vocabulary !== undefined && vocabulary.size > 0)
    found.push(
      finding('special-token-range', 'config.json', `it is ${beyond}, the vocabulary has ${size} tokens`, {
        at: 'eos_token_id',
      }),
    );
  return found;
}
