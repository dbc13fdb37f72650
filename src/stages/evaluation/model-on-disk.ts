import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { diskError, SlipwayError, type Digest, type RunContext } from '../../core/index.js';
import { digestOf, localFile, requireSpace, stageLocalFile, type ModelFile } from '../../files/index.js';
import { readSplitGguf, type GgufContent } from '../../gguf/index.js';
import { startItem } from '../items.js';
import { theModel, wholeModel } from '../conversion/gguf-weights.js';

/** A GGUF that a program can open by its path. */
export interface ModelOnDisk {
  readonly name: string;
  /** The file, or the first of its splits. */
  readonly path: string;
  readonly gguf: GgufContent;
  readonly size: number;
  /** Of the file; of the first split's name order over all digests, for a model in splits. */
  digest(): Promise<Digest>;
  /** Removes what was written for it. */
  release(): Promise<void>;
}

/** Where models are written that a program wants as files. */
export function temporaryPlace({ env }: Pick<RunContext, 'env'>): string {
  const places = [env['PIPELINE_TMPDIR'], env['TMPDIR']];
  return places.find((place) => place !== undefined && place !== '') ?? tmpdir();
}

/** A new folder there. Throws `NOT_FOUND` or another error of the disk that names the place. */
export async function temporaryFolder(context: Pick<RunContext, 'env'>, prefix: string): Promise<string> {
  const place = temporaryPlace(context);
  try {
    return await mkdtemp(join(place, prefix));
  } catch (error) {
    throw diskError(error, place);
  }
}

/** The one GGUF among files. Throws `MODEL_INVALID` when there is none, or several. */
export function requireOneModel(files: readonly ModelFile[], where: string): readonly ModelFile[] {
  const model = theModel(files, 'an evaluation reads one and');
  if (model !== undefined) return model;
  throw new SlipwayError('MODEL_INVALID', `'${where}' does not hold exactly one GGUF model`, {
    where,
    got: `${files.filter(({ path }) => path.endsWith('.gguf')).length} files ending in .gguf`,
    try: 'name one file, or choose one with its variant',
  });
}

/**
 * A model's files as they are on disk; those that are not there are written to a temporary directory first, under the
 * names that they have, and removed by `release` and at the end of the run.
 */
export async function modelOnDisk(
  files: readonly ModelFile[],
  stage: string,
  context: RunContext,
): Promise<ModelOnDisk> {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const [first] = files;
  if (first === undefined) throw new SlipwayError('INTERNAL', 'a model without files');
  const name = basename(first.path);
  if (first.onDisk !== undefined && files.every(inPlace)) {
    const digests = files.map(
      (file) => async () => file.digest ?? (await digestOf(file.read(undefined, context.signal))).digest,
    );
    const gguf = await contentOf(files, context);
    return { name, path: first.onDisk, gguf, size, digest: () => joined(digests), release: async () => {} };
  }
  const directory = await temporaryFolder(context, 'slipway-');
  const release = async (): Promise<void> => rm(directory, { recursive: true, force: true });
  context.defer(release);
  try {
    await requireSpace(directory, size);
    const digests: Digest[] = [];
    for (const file of files) digests.push(await written(file, directory, stage, context));
    const known = digests.map((digest) => async () => digest);
    const local = files.map(({ path }) => localFile(basename(path), join(directory, basename(path))));
    // Read back from there: the tensors given may be computed anew at every reading.
    const gguf = await contentOf(await Promise.all(local), context);
    return { name, path: join(directory, name), gguf, size, digest: () => joined(known), release };
  } catch (error) {
    await release();
    throw error;
  }
}

async function contentOf(files: readonly ModelFile[], { signal }: RunContext): Promise<GgufContent> {
  return wholeModel(await readSplitGguf(files, signal));
}

/** True for a file that can be opened under its own name. */
function inPlace({ onDisk, path }: ModelFile): boolean {
  return onDisk !== undefined && basename(onDisk) === basename(path) && dirname(onDisk) !== '';
}

async function written(file: ModelFile, directory: string, stage: string, context: RunContext): Promise<Digest> {
  const item = startItem(context, stage, file.path, file.size);
  let done = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of file.read(undefined, context.signal, { lend: true })) {
      done += chunk.byteLength;
      yield chunk;
      item.progress(done);
    }
  };
  const staged = await stageLocalFile(join(directory, basename(file.path)), counted(), file, context.signal);
  await staged.commit();
  item.end({ digest: staged.digest });
  return staged.digest;
}

async function joined(digests: readonly (() => Promise<Digest>)[]): Promise<Digest> {
  const all: Digest[] = [];
  for (const digest of digests) all.push(await digest());
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  return (await digestOf(lines(all))).digest;
}

async function* lines(digests: readonly Digest[]): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(digests.map((digest) => `${digest}\n`).join(''));
}
