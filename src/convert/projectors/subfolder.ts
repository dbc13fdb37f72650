import { SlipwayError } from '../../core/index.js';
import { readSafetensors } from '../../safetensors/index.js';
import { Values } from '../config/config-values.js';
import { fromWeights, type TensorExpression } from '../expressions/index.js';
import type { Repository } from '../repository.js';
import type { GatheredTensors } from './projector.js';

/** A codec that a repository keeps in a folder of its own: its config.json and its weights, in the file's order. */
export async function readCodec(
  repository: Repository,
  folder: string,
  signal?: AbortSignal,
): Promise<GatheredTensors> {
  const [config, file] = [
    await repository.json(`${folder}/config.json`),
    repository.file(`${folder}/model.safetensors`),
  ];
  if (config === undefined || file === undefined) {
    throw new SlipwayError('MODEL_INVALID', `the codec in '${folder}' is not all there`, {
      where: folder,
      got: `config.json ${config === undefined ? 'missing' : 'found'}, model.safetensors ${file === undefined ? 'missing' : 'found'}`,
      try: 'download the repository with its folders',
    });
  }
  const { tensors } = await readSafetensors(file, signal);
  const inOrder = [...tensors.values()].toSorted((a, b) => a.start - b.start);
  return {
    config: new Values(config, `${folder}/config.json`),
    tensors: new Map(inOrder.map((tensor) => [tensor.name, fromWeights({ ...tensor, file })])),
  };
}

/** A tensor of the codec. Throws `MODEL_INVALID` when it is missing. */
export function codecTensor({ tensors }: GatheredTensors, name: string): TensorExpression {
  const tensor = tensors?.get(name);
  if (tensor !== undefined) return tensor;
  throw new SlipwayError('MODEL_INVALID', `the codec lacks a tensor '${name}'`, { where: name });
}
