import { SlipwayError } from '../core/index.js';

/** The error for an adapter that no GGUF can hold. */
export function adapterRefusal(why: string, where: string): SlipwayError {
  return new SlipwayError('ADAPTER_UNSUPPORTED', `the adapter cannot be converted: ${why}`, {
    where: `adapter_config.json: ${where}`,
    try: [
      "merge it into its base model: model.merge_and_unload().save_pretrained('merged')",
      'then convert that directory as a model',
    ],
  });
}
