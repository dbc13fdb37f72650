import { isDigest, SlipwayError, type RunContext } from '../../core/index.js';
import { isJsonObject, jsonField, type JsonObject, type ModelFile, type Snapshot } from '../../files/index.js';
import type { ModelVariant } from '../../package/index.js';
import { commitOf, type ReadProvenance } from '../../trust/index.js';
import { convert } from '../conversion/convert.js';
import { quantize } from '../conversion/quantize.js';
import { download } from '../download.js';
import type { QuantizeStageOptions } from '../options/index.js';

/** What provenance says that was done, as stages take it. */
export interface Recipe {
  readonly source: string;
  readonly revision: string;
  readonly convert: JsonObject | undefined;
  readonly quantize: JsonObject | undefined;
  readonly pack: JsonObject;
  readonly variant: string;
}

/** The recipe, or why it cannot be followed. */
export function recipeOf(said: ReadProvenance, directory: string | undefined): Recipe | string {
  const read = (key: string): JsonObject | undefined => {
    const value = jsonField(said.externalParameters, key);
    return isJsonObject(value) ? value : undefined;
  };
  const [source, revision, variant] = ['source', 'revision', 'variant'].map((key) =>
    jsonField(said.externalParameters, key),
  );
  if (typeof source !== 'string' || typeof variant !== 'string') return 'its provenance names no source';
  const isHub = source.startsWith('hf://');
  const commit = commitOf(said);
  if (isHub && commit === undefined) return 'its provenance names no commit';
  // A recipe is a stranger's words: it may name a repository or an artifact, never a path of this machine.
  if (directory === undefined && !isHub && !source.startsWith('oci://'))
    return `it was made from '${source}': name that directory with --source`;
  const local = read('convert')?.['imatrix'] ?? read('quantize')?.['imatrix'] ?? read('convert')?.['metadata'];
  if (local !== undefined) return `it was made with the file ${JSON.stringify(local)}, which is not published with it`;
  return {
    source: directory ?? source,
    revision: commit ?? (typeof revision === 'string' ? revision : ''),
    convert: read('convert'),
    quantize: read('quantize'),
    pack: read('pack') ?? {},
    variant,
  };
}

/** The inputs, each with the digest that provenance names: other bytes are an error when they are read. */
export async function openInputs(
  { source, revision }: Recipe,
  said: ReadProvenance,
  context: RunContext,
): Promise<Snapshot> {
  const known = new Map(
    said.dependencies.flatMap(({ name, digest }) => (name === undefined ? [] : [[name, digest?.['sha256']]])),
  );
  const isHub = source.startsWith('hf://');
  const stage = download(source, {
    include: [...known.keys()].filter((name) => /\.[A-Za-z0-9]+$|LICENSE|^[A-Z]+$/.test(name)).map(literal),
    ...(isHub && { revision }),
  });
  const snapshot = await stage.run(undefined, context);
  const files = snapshot.files.map((file): ModelFile => {
    const hex = known.get(file.path);
    const digest = hex === undefined ? undefined : (`sha256:${hex}` as const);
    return digest === undefined || !isDigest(digest) || file.digest !== undefined ? file : { ...file, digest };
  });
  const wrong = snapshot.files.find(
    ({ path, digest }) =>
      digest !== undefined && known.get(path) !== undefined && digest !== `sha256:${known.get(path)}`,
  );
  if (wrong !== undefined) {
    throw new SlipwayError('NOT_FOUND', `'${wrong.path}' is not the file that the provenance names any more`, {
      got: wrong.digest,
    });
  }
  return { ...snapshot, files };
}

/** A path as a pattern that matches it alone. */
function literal(path: string): string {
  return path.replaceAll(/[\\*?[\]{}()!+@|]/g, String.raw`\$&`);
}

/** The variant that the artifact holds, made again of its inputs. */
export async function variantOf(recipe: Recipe, snapshot: Snapshot, context: RunContext): Promise<ModelVariant> {
  const names = { ...snapshot.source };
  const at: Snapshot = { ...snapshot, source: names };
  const first =
    recipe.convert === undefined
      ? undefined
      : await convert({ ...recipe.convert, ...only(recipe.convert, recipe) }).run(at, context);
  const made =
    recipe.quantize === undefined
      ? first
      : await quantize({ ...(recipe.quantize as unknown as QuantizeStageOptions), ...onlyTypes(recipe) }).run(
          first ?? at,
          context,
        );
  const variants = made ?? [];
  const variant = variants.find(({ name }) => name === recipe.variant) ?? variants[0];
  if (variant !== undefined) return variant;
  return {
    name: recipe.variant,
    weights: at.files,
    companions: [],
    facts: { name: at.source.name, format: 'other', licenses: [], source: at.source },
    recipe: { snapshot: at, inputs: [] },
  };
}

/** Of several variants that were made together only the one in question. */
function only(options: JsonObject, { variant, quantize: later }: Recipe): object {
  return Array.isArray(options['quantize']) && later === undefined && options['quantize'].includes(variant)
    ? { quantize: variant }
    : {};
}

function onlyTypes({ variant, quantize: options }: Recipe): object {
  const types = options?.['types'];
  return Array.isArray(types) && types.includes(variant) ? { types: variant } : {};
}
