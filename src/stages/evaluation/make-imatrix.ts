import type { Digest, RunContext, StageReport } from '../../core/index.js';
import { digestOf, localFile, sha256, type ModelFile } from '../../files/index.js';
import { ggufFile, weightCount, type GgufContent } from '../../gguf/index.js';
import { readImatrix, type Imatrix } from '../../quantize/index.js';
import { canonical } from '../fingerprint.js';
import { collectMatrix, IMATRIX_NAME } from './importance.js';
import { modelOnDisk, temporaryPlace } from './model-on-disk.js';
import type { ImatrixSettings, MixStageOptions } from '../options/index.js';
import { loadCalibration } from './model-texts.js';

/** Reads an importance matrix from a local file; its path, as given, is recorded in the GGUF as llama-quantize does. */
export async function loadImatrix(path: string | undefined, context: RunContext): Promise<{ imatrix?: Imatrix }> {
  if (path === undefined) return {};
  return { imatrix: await readImatrix(await localFile(path, path), context.signal) };
}

/** The model that a matrix belongs to, not quantized. */
export interface MatrixModel {
  readonly content: GgufContent;
  /** What the content depends on; without it a matrix is made every time. */
  readonly key: string | undefined;
}

/** A matrix with what it is, for the record of how a variant was made. */
export interface LoadedMatrix {
  readonly imatrix?: Imatrix;
  readonly input?: { readonly name: string; readonly digest: Digest };
  /** Set for one that a run will make: values stand in for those that are not known yet. */
  readonly report?: StageReport;
}

/** A matrix as quantizing takes it; `choicesKey` stands for it where choices are remembered. */
export function matrixSettings({ imatrix, input, report }: LoadedMatrix): {
  readonly imatrix?: Imatrix;
  readonly choicesKey: string | undefined;
} {
  const choicesKey = input?.digest ?? (report === undefined ? undefined : 'planned');
  return { choicesKey, imatrix };
}

/** Raised when the same model, text and settings give another matrix. */
const FORMAT = 1;

/**
 * The importance matrix that an option means: a file, or one that is made of the model and a text. The latter is kept in
 * the store by model, text and settings; a plan (`planning`) makes none and says what will be made.
 */
export async function matrixFor(
  option: MixStageOptions['imatrix'],
  model: MatrixModel,
  planning: boolean,
  context: RunContext,
): Promise<LoadedMatrix> {
  if (option === undefined) return {};
  if (typeof option === 'string') {
    const digest = await fileDigest(option, context);
    return {
      ...(await loadImatrix(option, context)),
      input: digest === undefined ? undefined : { name: option, digest },
    };
  }
  const { text: textAddress, ...settings } = option;
  const text = await loadCalibration(textAddress, textAddress, context);
  const settled = canonical([FORMAT, model.key, text.name, sha256(text.content), settings]);
  const key = model.key === undefined || settled === undefined ? undefined : sha256(settled);
  const kept = await keptMatrix(key, context);
  if (kept !== undefined) return readMatrix(kept, context);
  if (planning) return plannedMatrix(model.content, text.name, context);
  const file = await makeMatrix(model.content, { ...settings, text }, context);
  return readMatrix(await keep(file, key, context), context);
}

async function makeMatrix(
  content: GgufContent,
  settings: Omit<ImatrixSettings, 'text'> & { readonly text: { readonly name: string; readonly content: string } },
  context: RunContext,
): Promise<ModelFile> {
  const started = context.now();
  context.emit({ type: 'stage.start', stage: 'imatrix', total: null });
  const model = await modelOnDisk([ggufFile('model.gguf', content)], 'imatrix', context);
  try {
    const file = await collectMatrix({ ...settings, model }, context);
    const summary = settings.text.name;
    context.emit({ type: 'stage.end', stage: 'imatrix', ok: true, summary, durationMs: context.now() - started });
    return file;
  } finally {
    await model.release();
  }
}

async function readMatrix(file: ModelFile, { signal }: RunContext): Promise<LoadedMatrix> {
  const { digest } = await digestOf(file.read(undefined, signal));
  return { imatrix: await readImatrix(file, signal), input: { name: file.path, digest } };
}

async function keptMatrix(key: Digest | undefined, { store }: RunContext): Promise<ModelFile | undefined> {
  const digest = key === undefined ? undefined : ((await store?.readRecord?.(key)) as Digest | undefined);
  const size = digest === undefined ? undefined : await store?.stat(digest);
  if (store === undefined || digest === undefined || size === undefined) return undefined;
  return { path: IMATRIX_NAME, size, digest, read: (range, signal) => store.read(digest, range, signal) };
}

async function keep(file: ModelFile, key: Digest | undefined, context: RunContext): Promise<ModelFile> {
  const { store, signal } = context;
  if (store?.writeRecord === undefined || key === undefined) return file;
  const { digest } = await store.write(file.read(undefined, signal), undefined, signal);
  await store.writeRecord(key, digest);
  return file;
}

/** A matrix in which every column counts the same: what types a plan has do not depend on its values. */
function plannedMatrix(content: GgufContent, name: string, context: RunContext): LoadedMatrix {
  const matrices = content.tensors.filter(
    ({ name: tensor, dimensions }) => /^blk\..*weight$/.test(tensor) && dimensions.length >= 2,
  );
  const entries = new Map(
    matrices.map(({ name: tensor, dimensions }) => [
      tensor,
      new Float32Array((dimensions[0] ?? 1) * (dimensions[2] ?? 1)).fill(1),
    ]),
  );
  const weights = content.tensors.reduce((sum, tensor) => sum + weightCount(tensor), 0);
  const { size } = ggufFile('model.gguf', content);
  return {
    imatrix: { path: IMATRIX_NAME, entries, datasets: [name], chunks: 1 },
    report: {
      stage: 'imatrix',
      summary: `an importance matrix of ${weights} weights from ${name}; a temporary file in ${temporaryPlace(context)}, the model in memory`,
      disk: size,
      diskAt: temporaryPlace(context),
      data: { text: name, temporaryBytes: size, mappedBytes: size },
    },
  };
}

/** What stands for the file's content among options. */
export async function fileDigest(path: string | undefined, context: RunContext): Promise<Digest | undefined> {
  if (path === undefined) return undefined;
  return (await digestOf((await localFile(path, path)).read(undefined, context.signal))).digest;
}

/** Files that shape the bytes, with their digests, for the record of how a variant was made. */
export function namedInputs(
  paths: readonly (string | undefined)[],
  digests: readonly (Digest | undefined)[],
): readonly { readonly name: string; readonly digest: Digest }[] {
  return paths.flatMap((name, index) => {
    const digest = digests[index];
    return name === undefined || digest === undefined ? [] : [{ name, digest }];
  });
}
