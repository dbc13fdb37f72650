import { SlipwayError } from '../../core/index.js';
import type { Weights } from '../../safetensors/index.js';
import type { Family, Model } from '../architectures/family.js';
import { addedTextWidth, mediaConfig } from '../config/media-config.js';
import { projectorName, resolveConfig, resolveTextConfig } from '../config/resolve.js';
import { Values } from '../config/config-values.js';
import { readQuantization } from '../quantization.js';
import type { Repository } from '../repository.js';
import { projectorOf } from './index.js';
import { layerCountOrNone } from './projector-keys.js';
import { projectorFamily, type GatheredTensors, type Projector, type ProjectorModel } from './projector.js';

/** Names of tensors of two encoders count no further. */
const BLOCKS_OF_TWO = 128;

/**
 * Finds the projector of a repository and completes the configurations of its encoders.
 * Throws `ARCH_UNSUPPORTED`, `MODEL_INVALID`.
 */
export async function openProjector(
  repository: Repository,
  weights: Weights,
  signal?: AbortSignal,
): Promise<{ readonly family: Family; readonly model: Model }> {
  const { className, projector, config } = chosen(repository);
  const gathered = (await projector.gather?.(repository, config, signal)) ?? {};
  const settled = await settledModel(repository, weights, { className, projector, config, gathered });
  const own = settled.vision.isEmpty ? settled.audio : settled.vision;
  return {
    family: projectorFamily(projector, settled),
    model: {
      repository,
      config: own,
      quantization: await readQuantization(repository, own, undefined, weights.tensors),
      className,
      blockCount: settled.blockCount,
      rope: new Values({}),
      pooling: { type: undefined },
      gathered: {},
      generation: new Values({}),
      tokenizerConfig: new Values({}),
    },
  };
}

interface Chosen {
  readonly className: string;
  readonly projector: Projector;
  readonly config: Values;
}

function chosen(repository: Repository): Chosen {
  if (repository.params !== undefined) {
    const config = new Values(repository.params, 'params.json');
    return { className: "Mistral's format", projector: projectorOf("Mistral's format"), config };
  }
  const className = projectorName(repository.config);
  if (className === undefined) {
    throw new SlipwayError('MODEL_INVALID', `'${repository.directoryName}' does not say which architecture it has`, {
      where: 'config.json: architectures',
    });
  }
  return { className, projector: projectorOf(className), config: mediaConfig(repository.config) };
}

async function settledModel(
  repository: Repository,
  weights: Weights,
  { className, projector, config, gathered }: Chosen & { readonly gathered: GatheredTensors },
): Promise<ProjectorModel> {
  const mistralFormat = repository.params !== undefined;
  const found: ReturnType<NonNullable<Projector['find']>> = {
    ...usualEncoders(config, mistralFormat),
    ...projector.find?.(config, gathered),
  };
  const { vision = new Values({}), audio = new Values({}) } = found;
  if (vision.isEmpty && audio.isEmpty) {
    throw new SlipwayError('MODEL_INVALID', `'${repository.directoryName}' describes no encoder`, {
      where: 'config.json: vision_config, audio_config',
      try: 'convert it without mmproj: this is a language model',
    });
  }
  const [sees, hears] = (['vision', 'audio'] as const).map((kind) => (projector.encoders ?? ['vision']).includes(kind));
  const model: ProjectorModel = {
    repository,
    className,
    config,
    text: resolveTextConfig(repository.config),
    vision,
    audio,
    preprocessor: await preprocessor(repository),
    textWidth: projector.textWidth?.(config) ?? textWidth(repository, mistralFormat),
    sees: sees === true,
    hears: hears === true,
    blockCount: sees === true && hears === true ? BLOCKS_OF_TWO : layerCountOrNone(vision.isEmpty ? audio : vision),
    weights,
    mistralFormat,
    gathered,
  };
  return { ...model, ...projector.settle?.(model) };
}

function usualEncoders(config: Values, mistralFormat: boolean): Pick<ProjectorModel, 'vision' | 'audio'> {
  const audio = config.has('whisper_config') ? 'whisper_config' : 'audio_config';
  return {
    vision: config.object(mistralFormat ? 'vision_encoder' : 'vision_config') ?? new Values({}),
    audio: config.object(audio) ?? new Values({}),
  };
}

function textWidth(repository: Repository, mistralFormat: boolean): number {
  const width = mistralFormat
    ? new Values(repository.params ?? {}, 'params.json').number('dim')
    : (addedTextWidth(repository.config) ?? resolveConfig(repository.config).number('hidden_size', 'n_embd'));
  if (width !== undefined && width > 0) return width;
  throw new SlipwayError('MODEL_INVALID', 'the width of the language model is not given', {
    where: 'config.json: hidden_size, n_embd',
  });
}

/** preprocessor_config.json, over it processor_config.json: both may keep what counts one level deeper. */
async function preprocessor(repository: Repository): Promise<Values> {
  let entries: Values = new Values({}, 'preprocessor_config.json');
  for (const [path, nested] of [
    ['preprocessor_config.json', 'media_proc_cfg'],
    ['processor_config.json', 'image_processor'],
  ] as const) {
    const found = await repository.json(path);
    if (found === undefined) continue;
    const values = new Values(found, path);
    entries = entries.with(values.entries()).with(values.object(nested)?.entries() ?? []);
  }
  return entries;
}
