import { SlipwayError } from '../../core/index.js';
import { isJsonObject, jsonField, parseJson, type JsonObject, type JsonValue } from '../../files/index.js';
import { readSafetensors } from '../../safetensors/index.js';
import { fromWeights } from '../expressions/index.js';
import type { Repository } from '../repository.js';
import type { DenseModule, KeyRule, Model, NamedTensor } from './family.js';

/** The module that becomes `dense_2`; any other becomes `dense_3`. */
const FIRST = '2_Dense';

/** Published models have two. */
const MODULE_LIMIT = 16;

/** The dense layers that modules.json (sentence-transformers) names, in its order; those without weights are left out. */
export async function readDenseModules(repository: Repository, signal?: AbortSignal): Promise<readonly DenseModule[]> {
  const text = await repository.text('modules.json');
  const listed = text === undefined ? [] : parseJson(text, 'modules.json');
  const paths = (Array.isArray(listed) ? (listed as readonly JsonValue[]) : []).flatMap((module) => {
    if (!isJsonObject(module)) return [];
    const [type, path] = [jsonField(module, 'type'), jsonField(module, 'path')];
    return typeof type === 'string' && type.endsWith('Dense') && typeof path === 'string' ? [path] : [];
  });
  if (paths.length > MODULE_LIMIT) {
    throw new SlipwayError('MODEL_INVALID', 'modules.json names too many dense layers', {
      where: 'modules.json',
      got: `${paths.length}, limit ${MODULE_LIMIT}`,
    });
  }
  const modules: DenseModule[] = [];
  for (const path of paths) {
    const name = path === FIRST ? 'dense_2' : 'dense_3';
    const tensors = await denseTensors(repository, path, name, signal);
    if (tensors === undefined) continue;
    modules.push({ name, tensors, features: featuresOf((await repository.json(`${path}/config.json`)) ?? {}) });
  }
  return modules;
}

/** The weights of one such layer, its `linear` renamed; `undefined` when the module has no safetensors. */
export async function denseTensors(
  repository: Repository,
  path: string,
  name: string,
  signal?: AbortSignal,
): Promise<readonly NamedTensor[] | undefined> {
  const file = repository.file(`${path}/model.safetensors`);
  if (file === undefined) return undefined;
  const { tensors } = await readSafetensors(file, signal);
  return [...tensors.values()]
    .filter((tensor) => tensor.name.endsWith('.weight'))
    .map((tensor) => ({
      name: tensor.name.replaceAll('linear', name),
      tensor: fromWeights({ ...tensor, file }),
    }));
}

function featuresOf(config: JsonObject): DenseModule['features'] {
  const [input, output] = [jsonField(config, 'in_features'), jsonField(config, 'out_features')];
  return typeof input === 'number' && typeof output === 'number' ? [input, output] : undefined;
}

/** Widths of the dense layers. */
export function* denseFeatures({ gathered }: Model): ReturnType<KeyRule> {
  for (const { name, features } of gathered.denseModules ?? []) {
    if (features === undefined) continue;
    yield [`${name}_feat_in`, { type: 'UINT32', value: features[0] }];
    yield [`${name}_feat_out`, { type: 'UINT32', value: features[1] }];
  }
}
