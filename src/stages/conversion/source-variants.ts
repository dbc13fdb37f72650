import { lstat } from 'node:fs/promises';
import { SlipwayError, type RunContext } from '../../core/index.js';
import { nameRepository } from '../../convert/index.js';
import { LFS_POINTER_LIMIT, readRange, refuseLfsPointer, type ModelFile, type Snapshot } from '../../files/index.js';
import {
  ggufRepository,
  packagingFormat,
  preferredProjector,
  readWeightRoles,
  severalVariants,
  variantOfSnapshot,
  type ArtifactFormat,
  type GgufVariant,
  type ModelVariant,
} from '../../package/index.js';
import { externalFiles, readOnnx, type OnnxModel } from '../../onnx/index.js';
import { openGgufWeights } from './gguf-weights.js';
import { quantizationOf } from './gguf-facts.js';
import { withSafetensorsFacts } from './safetensors-facts.js';

/**
 * A source that was not converted, as variants: every quantization of a repository of GGUF files is one, with the
 * projector and the files beside it; anything else is one variant. Reads headers only.
 * Throws `USAGE` with the list where a format can hold only one, `GGUF_INVALID` for a set that is not whole.
 */
export async function variantsOfSource(
  snapshot: Snapshot,
  formats: readonly ArtifactFormat[],
  context: RunContext,
): Promise<readonly ModelVariant[]> {
  await refusePointers(snapshot.files, context.signal);
  const data = await onnxData(snapshot.files, context.signal);
  const roles = await readWeightRoles(snapshot.files, context.signal);
  const { variants, projectors, adapters, drafts, imatrices, companions } = ggufRepository(snapshot.files, roles);
  if (variants.length < 2) return [withData(await unconverted(snapshot, context), data)];
  const ofOne = formats.map((format) => packagingFormat(format).ofOneModel).find((what) => what !== undefined);
  if (ofOne !== undefined) throw severalVariants(variants, ofOne);
  const projector = preferredProjector(projectors);
  const others = companions.filter(({ path }) => !path.endsWith('.safetensors'));
  const goesWith = [...adapters, ...drafts, ...(projector === undefined ? [] : [projector])];
  const beside = [...others, ...imatrices, ...goesWith];
  const made: ModelVariant[] = [];
  for (const variant of variants) {
    const one = await unconverted({ ...snapshot, files: [...variant.files, ...beside] }, context);
    made.push(called(one, variant));
  }
  const safetensors = companions.filter(({ path }) => path.endsWith('.safetensors'));
  if (safetensors.length > 0) made.push(await unconverted({ ...snapshot, files: companions }, context));
  return made;
}

function withData(variant: ModelVariant, data: ReadonlySet<ModelFile>): ModelVariant {
  const moved = variant.companions.filter((file) => data.has(file));
  if (moved.length === 0) return variant;
  const companions = variant.companions.filter((file) => !data.has(file));
  return { ...variant, weights: [...variant.weights, ...moved], companions };
}

/** Two files of one type (`Q4_K_M`, `UD-Q4_K_M`) are told apart by their names. */
function called(variant: ModelVariant, { name }: GgufVariant): ModelVariant {
  return { ...variant, name, facts: { ...variant.facts, ...quantizationOf(name) } };
}

async function unconverted(snapshot: Snapshot, context: RunContext): Promise<ModelVariant> {
  const bare = await variantOfSnapshot(snapshot, {}, context.signal);
  const opened = await withSafetensorsFacts(await openGgufWeights(bare, context.signal), context.signal);
  const variant = { ...opened, recipe: { snapshot, inputs: [] } };
  return snapshot.confirm === undefined ? variant : { ...variant, confirm: snapshot.confirm };
}

/** No weights are as small as a pointer that stands in for them. */
async function refusePointers(files: readonly ModelFile[], signal: AbortSignal): Promise<void> {
  for (const file of files) {
    if (file.size === 0 || file.size >= LFS_POINTER_LIMIT || !/\.(?:gguf|safetensors|onnx|model)$/.test(file.path))
      continue;
    refuseLfsPointer(file.path, await readRange(file, { start: 0, end: file.size }, signal));
  }
}

/** Files that ONNX models keep tensors in: they are weights, whatever they are called. Throws `MODEL_INVALID` and `PATH_UNSAFE` where they do not. */
async function onnxData(files: readonly ModelFile[], signal: AbortSignal): Promise<ReadonlySet<ModelFile>> {
  const data = new Set<ModelFile>();
  for (const file of files.filter(({ path }) => /\.onnx$/i.test(path))) {
    const model = await readOnnx(file, signal).catch(notReadable);
    if (model === undefined) continue;
    const external = externalFiles(file.path, model, files);
    await refuseHardLinks(file.path, external);
    for (const one of external) data.add(one);
  }
  return data;
}

/** A name that shares its file with another may be a file from elsewhere: runtimes read it, and so would a push. */
async function refuseHardLinks(path: string, data: readonly ModelFile[]): Promise<void> {
  for (const { path: name, onDisk } of data) {
    const facts = onDisk === undefined ? undefined : await lstat(onDisk).catch(() => undefined);
    if (facts === undefined || !facts.isFile() || facts.nlink < 2) continue;
    throw new SlipwayError('PATH_UNSAFE', `'${path}' has data in a hard link`, {
      where: name,
      got: `${facts.nlink} names of one file`,
      try: `cp ${name} ${name}.copy && mv ${name}.copy ${name}   (when it is yours)`,
    });
  }
}

/** A file that only has the ending is published as it is: `inspect` says what is wrong with it. */
function notReadable(error: unknown): OnnxModel | undefined {
  if (SlipwayError.is(error) && error.code === 'ONNX_INVALID') return undefined;
  throw error;
}

/** Throws `NO_WEIGHTS` when a variant would be an artifact of documents and settings. */
export async function requireWeights(
  input: Snapshot | readonly ModelVariant[],
  variants: readonly ModelVariant[],
  context: RunContext,
): Promise<void> {
  const bare = variants.find(({ weights }) => weights.length === 0);
  if (bare === undefined) return;
  const named = 'files' in input ? await nameRepository(input, context.signal) : undefined;
  const omitted = 'files' in input ? (input.leftOut ?? []) : [];
  const what = named === undefined ? 'nothing that is the weights of a model' : `no weights: it is ${named.what}`;
  throw new SlipwayError('NO_WEIGHTS', `'${bare.facts.name}' holds ${what}`, {
    where: bare.facts.source.url,
    got: `${bare.companions.length} files${
      omitted.length === 0
        ? ''
        : `, ${omitted.length} left out: ${omitted
            .slice(0, 5)
            .map(({ path }) => path)
            .join(', ')}`
    }`,
    try: [
      ...(omitted.some(({ mayRunCode }) => !mayRunCode) ? ["--include '**' takes along what was left out"] : []),
      '--allow-no-weights publishes it all the same',
    ],
  });
}
