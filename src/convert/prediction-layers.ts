import { SlipwayError } from '../core/index.js';
import type { Weights } from '../safetensors/index.js';
import type { Family } from './architectures/family.js';
import type { Values } from './config/config-values.js';
import { keptName } from './kept-names.js';
import { withoutPrediction } from './missing-prediction.js';

/** Which of a model's layers are converted: those that predict further tokens (MTP, nextn), the others, or all. */
export interface PredictionOptions {
  /** Only the layers that predict further tokens, with the embedding, the last norm and the output matrix. */
  readonly mtp?: boolean | undefined;
  /** Everything but the layers that predict further tokens. */
  readonly noMtp?: boolean | undefined;
  /** Only the DSpark draft that a checkpoint of DeepSeek V4 has beside its model. */
  readonly dspark?: boolean | undefined;
}

/** A configuration with the part of the checkpoint that is wanted. */
export interface ChosenLayers {
  readonly config: Values;
  readonly weights: Weights;
}

/** What most checkpoints call the tensors that a draft shares with its model. */
const SHARED: ReadonlySet<string> = new Set(['model.embed_tokens.weight', 'model.norm.weight', 'lm_head.weight']);

/**
 * Leaves out what is not wanted, before anything else reads the checkpoint: the reference's `--mtp` and `--no-mtp`.
 * @param className what the configuration calls the model, for messages
 * Throws `CONFIG_INVALID` for both at once, `ARCH_UNSUPPORTED` for a family whose layers the reference cannot tell apart,
 * `MODEL_INVALID` where a draft is wanted of a checkpoint that has no such layer.
 */
export function chosenLayers(
  family: Family,
  className: string,
  { config, weights }: ChosenLayers,
  { mtp, noMtp, dspark, asReference }: PredictionOptions & { readonly asReference?: boolean | undefined },
): ChosenLayers {
  if ([mtp, noMtp, dspark].filter((wanted) => wanted === true).length > 1) throw bothAtOnce();
  if (mtp !== true && noMtp !== true) return { config, weights };
  if (family.draft === undefined) throw noDraft(className, mtp === true ? 'mtp' : 'noMtp');
  const layers = config.count('num_hidden_layers');
  const { shared = SHARED, without } = family.draft;
  const named = [...weights.tensors].map((entry) => ({ entry, name: keptName(entry[0]) ?? '' }));
  if (noMtp === true) {
    const rest = named.filter(({ name }) => !predicts(name, layers)).map(({ entry }) => entry);
    const plain = withoutPrediction(config);
    return { config: without?.(plain) ?? plain, weights: { ...weights, tensors: new Map(rest) } };
  }
  // The reference writes what is shared all the same, a draft of nothing.
  if (asReference !== true && !named.some(({ name }) => predicts(name, layers))) throw noLayer(layers);
  const draft = named.filter(({ name }) => predicts(name, layers) || shared.has(name)).map(({ entry }) => entry);
  return { config, weights: { ...weights, tensors: new Map(draft) } };
}

/** True for a tensor of a layer behind the model's own, whichever way the checkpoint names these. */
function predicts(name: string, layers: number): boolean {
  if (/^(?:model\.)?mtp\./.test(name)) return true;
  const layer = /^model\.layers\.(\d{1,6})\./.exec(name)?.[1];
  return layer !== undefined && Number(layer) >= layers;
}

function bothAtOnce(): SlipwayError {
  return new SlipwayError('CONFIG_INVALID', 'the layers that predict further tokens are either alone or left out', {
    got: 'more than one of mtp, noMtp and dspark',
    try: 'convert twice: mtp or dspark makes the draft, noMtp its model',
  });
}

function noDraft(className: string, option: string): SlipwayError {
  return new SlipwayError('ARCH_UNSUPPORTED', `${className} is not known to have layers that predict further tokens`, {
    where: option,
    try: `convert it whole, without ${option}`,
  });
}

function noLayer(layers: number): SlipwayError {
  return new SlipwayError('MODEL_INVALID', 'the checkpoint has no layer that predicts further tokens (MTP)', {
    got: `no tensor behind the ${layers} layers of the model`,
    try: 'convert it without mtp',
  });
}
