import { SlipwayError } from '../core/index.js';
import { mayRunCode, pathFilter, readRange, TELLING_BYTES, type ModelFile } from '../files/index.js';
import { readOnnx, type OnnxModel } from '../onnx/index.js';
import { isWantedByName, takesSecondForms, type SelectionOptions } from './selection.js';

/** ONNX models of a repository that are asked where their data is. */
const MODELS = 64;

/**
 * Files of a listing that its ONNX models keep tensors in, by the names that the models say (`weights.bin`, `w_17`):
 * they are weights like the model itself. None that begins like a container which may run code. Models are read only
 * where a file would be left out by its name.
 */
export async function onnxDataFiles<T extends { readonly path: string }>(
  listing: readonly T[],
  options: SelectionOptions & { readonly signal?: AbortSignal | undefined },
  open: (entry: T) => ModelFile | Promise<ModelFile>,
): Promise<ReadonlySet<string>> {
  const { include, exclude = [], everything, signal } = options;
  const named = new Set<string>();
  if (include !== undefined || everything === true || !takesSecondForms(listing)) return named;
  const isKept = pathFilter({ exclude, ignoreCase: true });
  const unknown = new Map(
    listing.filter(({ path }) => isKept(path) && !isWantedByName(path)).map((entry) => [entry.path, entry]),
  );
  if (unknown.size === 0) return named;
  const models = listing.filter(({ path }) => /\.onnx$/i.test(path) && isKept(path)).slice(0, MODELS);
  for (const entry of models) {
    const model = await readOnnx(await open(entry), signal).catch(notReadable);
    const folder = entry.path.slice(0, entry.path.lastIndexOf('/') + 1);
    for (const location of new Set(model?.external.map((data) => data.location))) {
      const found = unknown.get(`${folder}${location}`);
      if (found === undefined || named.has(found.path)) continue;
      if (await isData(await open(found), signal)) named.add(found.path);
    }
  }
  return named;
}

async function isData(file: ModelFile, signal: AbortSignal | undefined): Promise<boolean> {
  const start = await readRange(file, { start: 0, end: Math.min(file.size, TELLING_BYTES) }, signal);
  return !mayRunCode(start);
}

/** What is wrong with a model is said where it is used. */
function notReadable(error: unknown): OnnxModel | undefined {
  if (SlipwayError.is(error) && (error.code === 'ONNX_INVALID' || error.code === 'PATH_UNSAFE')) return undefined;
  throw error;
}
