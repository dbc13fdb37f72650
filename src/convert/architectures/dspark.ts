import { SlipwayError } from '../../core/index.js';
import type { Values } from '../config/config-values.js';
import { dflash, draftName, gatherDraft } from './dflash.js';
import { draftTable, draftTokens } from './draft-tokens.js';
import type { Family, Model } from './family.js';
import { bool } from './keys.js';

/** Whether a block begins with its anchor, under a name of our own: what was laid over the configuration hides it. */
const FROM_ANCHOR = 'slipway_sample_from_anchor';

/** DSpark: DFlash with a head that looks at the token before, and perhaps a vocabulary of its own. */
export const dspark: Family = {
  ...dflash,
  names: ['Qwen3DSparkModel', 'DSparkDraftModel', 'DSparkSpeculator', 'Lfm2DSparkDraftModel', 'LingDSparkModel'],
  adjust: normalized,
  gather: async (repository, config, options) => ({
    ...(await gatherDraft(repository, config, options)),
    draftTokens: await draftTokens(options.weights, config.count('vocab_size'), options.signal),
    hasConfidenceHead: [...options.weights.tensors.keys()].some((name) => name.includes('confidence_head.proj')),
  }),
  keys: [
    ...dflash.keys,
    bool('sample_from_anchor', ({ config }) => config.boolean(FROM_ANCHOR)),
    bool('has_confidence_head', ({ gathered }) => gathered.hasConfidenceHead),
  ],
  rename: (name) => {
    const whole = draftName(name);
    return name === 't2d' || whole === 'model.d2t' ? undefined : whole;
  },
  tensors: (model) => [
    {
      takes: (name) => name.endsWith('lm_head.weight') && draftSize(model.config) === model.config.count('vocab_size'),
      apply: () => [],
    },
    ...(dflash.tensors?.(model) ?? []),
  ],
  finishedLast: (model) => {
    checkTable(model);
    return draftTable(model);
  },
};

/** Both kinds of configuration in the form that DFlash has. Throws `ARCH_UNSUPPORTED`, `MODEL_INVALID`. */
function normalized(config: Values): Values {
  const nested = config.object('transformer_layer_config');
  const fromAnchor =
    config.boolean('sample_from_anchor') ?? (nested === undefined && !config.has('aux_hidden_state_layer_ids'));
  const whole = (nested === undefined ? config : config.with(nested.entries())).with([[FROM_ANCHOR, fromAnchor]]);
  requireVanilla(whole.string('markov_head_type') ?? 'vanilla');
  const [size, own] = [whole.count('vocab_size'), draftSize(whole)];
  if (own > size) {
    throw new SlipwayError('MODEL_INVALID', 'the draft has more tokens than its target', {
      where: 'config.json: draft_vocab_size',
      got: `${own}, vocab_size is ${size}`,
    });
  }
  if (whole.has('dflash_config')) return whole;
  const auxiliary = whole.numbers('aux_hidden_state_layer_ids');
  const layers = auxiliary?.map((layer) => layer - 1) ?? whole.numbers('target_layer_ids');
  return whole.with([
    [
      'dflash_config',
      {
        ...(whole.has('mask_token_id') && { mask_token_id: whole.find('mask_token_id') ?? null }),
        ...(layers !== undefined && { target_layer_ids: layers }),
      },
    ],
  ]);
}

/** Throws `ARCH_UNSUPPORTED` for a head that llama.cpp does not have. */
export function requireVanilla(kind: string): void {
  if (kind === 'vanilla') return;
  throw new SlipwayError(
    'ARCH_UNSUPPORTED',
    `a draft with a Markov head of the kind '${kind.slice(0, 80)}' cannot be converted`,
    {
      where: 'config.json: markov_head_type',
      try: "llama.cpp knows 'vanilla' only",
    },
  );
}

function draftSize(config: Values): number {
  return config.number('draft_vocab_size') || config.count('vocab_size');
}

function checkTable({ config, gathered }: Model): void {
  const [size, own] = [config.count('vocab_size'), draftSize(config)];
  const listed = gathered.draftTokens?.length;
  if (listed === undefined ? own === size : listed === own) return;
  throw new SlipwayError('MODEL_INVALID', "the table of the draft's tokens does not fit its vocabulary", {
    where: 'd2t',
    got: listed === undefined ? 'no table' : `${listed} tokens, draft_vocab_size is ${own}`,
  });
}
