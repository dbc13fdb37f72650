import { SlipwayError, throwIfAborted } from '../../core/index.js';
import { isJsonObject, jsonField, parsePythonJson, type JsonObject, type JsonValue } from '../../files/index.js';
import { truthy } from '../config/truthy.js';
import type { Repository } from '../repository.js';
import type { KeyRule, Pooling } from './family.js';
import { all, uint } from './keys.js';

/** ggml's numbers of poolings (llama.h, `enum llama_pooling_type`). */
export const POOLING: Readonly<Record<'mean' | 'cls' | 'last' | 'rank', number>> = {
  mean: 1,
  cls: 2,
  last: 3,
  rank: 4,
};

/** How an embedding model makes one vector of many, as its modules or its configuration say. */
export const poolingKeys: KeyRule = all(
  uint('pooling_type', ({ pooling }) => {
    if (pooling.refused !== undefined) throw pooling.refused;
    return pooling.type;
  }),
  uint('classifier.pooling_type', ({ config }) => {
    const name = config.string('classifier_pooling');
    if (name === undefined) return undefined;
    if (name === 'mean' || name === 'cls') return POOLING[name];
    throw unsupported(`'${name}'`);
  }),
);

/**
 * Looks modules.json (sentence-transformers) up for a pooling module. Most families have no use for one: what is wrong with
 * it is kept for those that do.
 */
export async function readPooling(repository: Repository, signal?: AbortSignal): Promise<Pooling> {
  try {
    return { type: await findPooling(repository) };
  } catch (error) {
    throwIfAborted(signal);
    if (!SlipwayError.is(error)) throw error;
    return { type: undefined, refused: error };
  }
}

/** Throws `ARCH_UNSUPPORTED` for a pooling that ggml lacks. */
async function findPooling(repository: Repository): Promise<number | undefined> {
  const text = await repository.text('modules.json');
  const modules = text === undefined ? [] : parsePythonJson(text, 'modules.json');
  if (!Array.isArray(modules)) {
    if (isJsonObject(modules) && Object.keys(modules).length === 0) return undefined;
    throw new SlipwayError('JSON_INVALID', "'modules.json' does not hold a list");
  }
  const path = (modules as readonly JsonValue[]).map(poolingPath).find((found) => found !== undefined);
  if (path === undefined) return undefined;
  const config = await repository.json(path === '' ? 'config.json' : `${path}/config.json`);
  if (config !== undefined) return poolingType(config);
  throw new SlipwayError('MODEL_INVALID', `modules.json names '${path}', which has no config.json`, { where: path });
}

function poolingPath(module: JsonValue): string | undefined {
  if (!isJsonObject(module)) return undefined;
  const [type, path] = [jsonField(module, 'type'), jsonField(module, 'path')];
  return typeof type === 'string' && type.endsWith('Pooling') && typeof path === 'string' ? path : undefined;
}

function poolingType(config: JsonObject): number {
  if (truthy(jsonField(config, 'pooling_mode_mean_tokens'))) return POOLING.mean;
  if (truthy(jsonField(config, 'pooling_mode_cls_token'))) return POOLING.cls;
  if (truthy(jsonField(config, 'pooling_mode_lasttoken'))) return POOLING.last;
  const mode = jsonField(config, 'pooling_mode');
  if (mode === 'mean' || mode === 'cls') return POOLING[mode];
  if (mode === 'lasttoken') return POOLING.last;
  throw unsupported('this one');
}

function unsupported(what: string): SlipwayError {
  return new SlipwayError(
    'ARCH_UNSUPPORTED',
    `only the poolings mean, cls and last token can be converted, not ${what}`,
  );
}
