import { SlipwayError } from '../core/index.js';
import { isJsonObject, jsonField } from '../files/index.js';
import { Values } from './config/config-values.js';
import type { Repository } from './repository.js';

/** The model that a draft was trained for: its vocabulary is the draft's, and some of its sizes. */
export interface TargetModel {
  readonly repository: Repository;
  /** config.json as it stands, a nested text configuration lifted to the top. */
  readonly config: Values;
}

export function targetModel(repository: Repository): TargetModel {
  const nested = jsonField(repository.config, 'text_config');
  const merged = isJsonObject(nested) ? { ...repository.config, ...nested } : repository.config;
  return { repository, config: new Values(merged, "the target's config.json") };
}

/** The target of a draft. Throws `CONFIG_INVALID` when none was named. */
export function requireTarget(className: string, target: TargetModel | undefined): TargetModel {
  if (target !== undefined) return target;
  throw new SlipwayError('CONFIG_INVALID', `${className} drafts for another model, which has the vocabulary`, {
    where: 'targetModelDir',
    got: 'none',
    try: 'say where that model is: --target-model-dir SRC (its config.json and its tokenizer are enough)',
  });
}
