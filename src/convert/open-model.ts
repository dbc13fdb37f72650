import { SlipwayError } from '../core/index.js';
import type { Family, GatherOptions, Model } from './architectures/family.js';
import { familyOf } from './architectures/index.js';
import { readPooling } from './architectures/pooling.js';
import { ropeParameters } from './architectures/rope.js';
import { architectureName, resolveConfig } from './config/resolve.js';
import { readQuantization } from './dequantize.js';
import { Values } from './config/values.js';
import type { Weights } from '../safetensors/index.js';
import type { Repository } from './repository.js';

/** No published model has a tenth of this. */
const BLOCK_LIMIT = 4096;

/**
 * Finds the family of a repository and completes its configuration.
 * @param weights the checkpoint: some configurations do not count all of their layers
 * @param options what the family may look up in further files
 * Throws `ARCH_UNSUPPORTED`, `MODEL_INVALID`.
 */
export async function openModel(
  repository: Repository,
  weights: Weights,
  options: Partial<Omit<GatherOptions, 'weights'>> = {},
): Promise<{ readonly family: Family; readonly model: Model }> {
  const className = architectureName(repository.config);
  if (className === undefined) {
    throw new SlipwayError('MODEL_INVALID', `'${repository.directoryName}' does not say which architecture it has`, {
      where: 'config.json: architectures',
    });
  }
  const [plain, resolved] = [new Values(repository.config), resolveConfig(repository.config)];
  const family = familyOf(className, (asItStands) => (asItStands ? plain : resolved));
  const complete = family.plainConfig === true ? plain : resolved;
  const config = family.adjust?.(complete) ?? complete;
  const quantization = readQuantization(config, family.quantized);
  const blockCount = family.blockCount?.(config, weights.tensors.keys()) ?? usualBlockCount(config);
  if (blockCount > BLOCK_LIMIT) {
    throw new SlipwayError('MODEL_INVALID', 'the configuration asks for too many blocks', {
      where: 'config.json',
      got: `${blockCount}, limit ${BLOCK_LIMIT}`,
    });
  }
  const model: Model = {
    repository,
    config,
    quantization,
    className,
    blockCount,
    rope: ropeParameters(config),
    pooling: await readPooling(repository, options.signal),
    gathered: (await family.gather?.(repository, config, { denseModules: false, ...options, weights })) ?? {},
    generation: new Values((await repository.json('generation_config.json')) ?? {}, 'generation_config.json'),
    tokenizerConfig: new Values((await repository.json('tokenizer_config.json')) ?? {}, 'tokenizer_config.json'),
  };
  return { family, model };
}

/** Layers, under the names that configurations give them. */
function usualBlockCount(config: Values): number {
  return config.count('n_layers', 'num_hidden_layers', 'n_layer', 'num_layers');
}
