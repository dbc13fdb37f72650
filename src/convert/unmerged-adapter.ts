import { SlipwayError } from '../core/index.js';

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
