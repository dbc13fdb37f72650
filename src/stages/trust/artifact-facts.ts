import type { Digest, RunContext } from '../../core/index.js';
import {
  artifactSnapshot,
  formatOfArtifact,
  findManifest,
  variantOfSnapshot,
  type ModelVariant,
} from '../../package/index.js';
import type { Target } from '../../registry/index.js';
import type { ArtifactFacts } from '../../trust/index.js';
import { declaredType, weightsSaid } from './weights-said.js';
import { openGgufWeights } from '../conversion/gguf-weights.js';

/** An artifact as a model: its small files read, of a GGUF the header by ranges, of weights nothing. */
export async function artifactVariant(target: Target, digest: Digest, context: RunContext): Promise<ModelVariant> {
  const { signal } = context;
  const snapshot = await artifactSnapshot({ target, reference: digest, name: target.name }, { signal });
  return openGgufWeights(await variantOfSnapshot(snapshot, {}, context.signal), context.signal);
}

/** What a policy may ask of an artifact: from its manifest, its small files and the header of its GGUF. */
export async function artifactFacts(target: Target, digest: Digest, context: RunContext): Promise<ArtifactFacts> {
  const { manifest } = await findManifest({ target, reference: digest, name: target.name }, { signal: context.signal });
  const variant = await artifactVariant(target, digest, context);
  const { quantization, precision, licenses, baseModels } = variant.facts;
  const known = quantization ?? variant.name ?? precision;
  const named = baseModels ?? baseModelsOf(variant);
  return {
    format: formatOfArtifact(manifest),
    quantization: known,
    licenses,
    baseModels: named,
    weights: manifest.layers.map((layer) => layer.digest),
    said: variant.gguf && weightsSaid(variant.gguf),
    declaredType: await declaredType(target, manifest, context.signal),
  };
}

const MOST_BASES = 64;

/** What a GGUF says that it descends from: `general.base_model.N.repo_url`, as `org/name`. */
export function baseModelsOf(variant: ModelVariant): readonly string[] {
  const metadata = variant.gguf?.metadata;
  if (metadata === undefined) return [];
  const found: string[] = [];
  for (let index = 0; index < MOST_BASES; index += 1) {
    const read = (key: string): string | undefined => {
      const value = metadata.get(`general.base_model.${index}.${key}`)?.value;
      return typeof value === 'string' ? value : undefined;
    };
    const url = read('repo_url');
    const name = /^https:\/\/huggingface\.co\/([^/]+\/[^/]+)$/.exec(url ?? '')?.[1] ?? read('name');
    if (name === undefined) break;
    found.push(name);
  }
  return found;
}
