import { packageFacts, type Digest } from '../../core/index.js';
import { sha256, type JsonObject } from '../../files/index.js';
import type { ModelVariant } from '../../package/index.js';
import { isLocalAddress, type Descriptor } from '../../registry/index.js';
import { mlBom, type PerformanceMetric } from '../../trust/index.js';
import { baseModelsOf } from './artifact-facts.js';
import { recipeText } from './recipe.js';

/** A layer of an artifact as a bill of materials lists it. */
export interface BomFile {
  readonly path: string;
  readonly size: number;
  readonly digest: Digest;
}

/** The bill of materials of an artifact, from what is known of the variant that it holds. */
export async function billOfMaterials(
  repository: string,
  manifest: Pick<Descriptor, 'digest'>,
  variant: ModelVariant,
  files: readonly BomFile[],
  performance: readonly PerformanceMetric[] = [],
): Promise<JsonObject> {
  const { facts, recipe } = variant;
  const { version } = await packageFacts();
  const source = recipe?.snapshot.source;
  const { chatTemplate } = facts;
  return mlBom({
    ...facts,
    baseModels: facts.baseModels ?? baseModelsOf(variant),
    digest: manifest.digest,
    ...(!isLocalAddress(repository) && { repository }),
    source:
      source === undefined || source.kind === 'registry'
        ? undefined
        : {
            name: source.name,
            // Where a directory lies is its owner's own affair.
            url: source.kind === 'directory' ? undefined : source.url,
            revision: source.revision,
            isHub: source.kind === 'huggingface',
          },
    recipe: recipeText(recipe),
    chatTemplate: chatTemplate === undefined ? undefined : { sha256: sha256(chatTemplate).slice('sha256:'.length) },
    files,
    performance,
    toolVersion: version,
  });
}
