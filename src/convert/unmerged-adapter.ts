import { SlipwayError } from '../core/index.js';
import type { Weights } from '../safetensors/index.js';

/** Names that PEFT gives to its matrices, and to the layer that they stand beside. */
const ADAPTED = /\.(?:lora_(?:A|B|embedding_A|embedding_B|magnitude_vector)|base_layer|modules_to_save)\./;
const WRAPPED = /^base_model\.model\./;

/**
 * Refuses a checkpoint that was saved with its adapter still beside the base model: the scale of the adapter is not in
 * it, and without that the weights are others. Throws `MODEL_INVALID`.
 */
export function refuseUnmerged(names: Iterable<string>): void {
  let wrapped: string | undefined;
  let adapted: string | undefined;
  for (const name of names) {
    if (WRAPPED.test(name)) wrapped ??= name;
    if (ADAPTED.test(name)) adapted ??= name;
  }
  const tensor = adapted ?? wrapped;
  if (tensor === undefined) return;
  const message =
    adapted === undefined
      ? 'the tensors have the names of a PEFT wrapper, not those of the model'
      : 'the checkpoint is a PEFT model whose LoRA adapter is not merged';
  throw new SlipwayError('MODEL_INVALID', message, {
    where: tensor,
    got: `'${tensor}'`,
    try: [
      "merge it where it was trained, and save the result: model.merge_and_unload().save_pretrained('merged')",
      'then convert that directory',
    ],
  });
}

/**
 * A checkpoint whose tensors only have the names of a PEFT wrapper: without its prefix, as the model has them. The same
 * checkpoint where an adapter is inside, or where two tensors would have one name.
 */
export function withoutWrapper(weights: Weights): Weights {
  const names = [...weights.tensors.keys()];
  if (!names.some((name) => WRAPPED.test(name)) || names.some((name) => ADAPTED.test(name))) return weights;
  const tensors = new Map([...weights.tensors].map(([name, tensor]) => [name.replace(WRAPPED, ''), tensor] as const));
  return tensors.size === names.length ? { ...weights, tensors } : weights;
}
