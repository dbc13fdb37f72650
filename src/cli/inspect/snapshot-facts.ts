import { countText } from '../../core/index.js';
import {
  isJsonObject,
  jsonField,
  parsePythonJson,
  readText,
  type ModelFile,
  type Snapshot,
} from '../../files/index.js';
import { nameRepository } from '../../convert/index.js';
import { ggufRepository, readWeightRoles, requireWhole, type GgufVariant } from '../../package/index.js';
import { formatBytes } from '../../run/index.js';
import { readSafetensors } from '../../safetensors/index.js';
import type { Result } from '../screen/output.js';
import { safeLine, table } from '../screen/text.js';
import { ggufFacts } from './gguf-lines.js';
import { onnxFacts } from './onnx-facts.js';
import { tensorRows, typeRows, type TensorRow } from './tensor-list.js';

/** A config.json larger than this is not a configuration. */
const CONFIG_LIMIT = 8 * 1024 * 1024;
/** Files listed for people; `--json` has all. */
const FILE_LINES = 60;
/** Headers of more shards than this are read only when tensors are asked for. */
const SHARD_LIMIT = 16;

/**
 * What a set of files is: one model file is opened, a repository is listed and its weights' headers are read.
 * `folder`: where a file on this disk lies, as it was named.
 */
export async function snapshotFacts(
  snapshot: Snapshot,
  tensors: boolean,
  signal: AbortSignal,
  folder?: string,
): Promise<Result> {
  const roles = await readWeightRoles(snapshot.files, signal);
  const { variants, projectors, adapters, drafts, imatrices } = ggufRepository(snapshot.files, roles);
  const ggufs = snapshot.files.filter(({ path }) => path.endsWith('.gguf'));
  const [only] = snapshot.files;
  if (only !== undefined && snapshot.files.length === 1 && ggufs.length === 1) return ggufFacts(only, tensors, signal);
  const [one] = variants;
  if (one !== undefined && variants.length === 1 && isOneModel(snapshot.files, one)) {
    requireWhole(one);
    const [first, ...further] = one.files;
    if (first !== undefined) return ggufFacts(first, tensors, signal, further);
  }
  if (only !== undefined && snapshot.files.length === 1 && /\.onnx$/i.test(only.path))
    return onnxFacts(only, signal, folder);
  const weights = await safetensorsRows(snapshot.files, tensors, signal);
  const architectures = await architecturesOf(snapshot.files, signal);
  const size = snapshot.files.reduce((sum, file) => sum + file.size, 0);
  const { source } = snapshot;
  const named = await nameRepository(snapshot, signal);
  const head = table([
    ['source', safeLine(source.url)],
    ['revision', safeLine(source.revision)],
    ...(source.committedAt === undefined ? [] : [['committed', safeLine(source.committedAt)]]),
    ...(named === undefined ? [] : [['is', safeLine(named.what)]]),
    ...(architectures.length === 0 ? [] : [['architecture', safeLine(architectures.join(', '))]]),
    ['files', `${countText(snapshot.files.length, 'file')}, ${formatBytes(size)}`],
  ]);
  const quantizations = variantLines(variants, [
    ['projector', projectors],
    ['adapter', adapters],
    ['draft', drafts],
    ['importance matrix', imatrices],
  ]);
  const parts = [
    head,
    quantizations,
    fileLines(snapshot.files),
    typeRows(weights),
    ...(tensors ? [tensorRows(weights)] : []),
  ];
  return {
    json: {
      kind: 'files',
      source,
      architectures,
      is: named?.kind ?? null,
      size,
      quantizations: variants.map(({ name, size: bytes, files }) => ({
        name,
        size: bytes,
        files: files.map(({ path }) => path),
      })),
      projectors: projectors.map(({ path, size: bytes }) => ({ path, size: bytes })),
      adapters: adapters.map(({ path, size: bytes }) => ({ path, size: bytes })),
      drafts: drafts.map(({ path, size: bytes }) => ({ path, size: bytes })),
      imatrices: imatrices.map(({ path, size: bytes }) => ({ path, size: bytes })),
      leftOut: (snapshot.leftOut ?? []).map(({ path }) => path),
      files: snapshot.files.map(({ path, size: bytes, digest }) => ({ path, size: bytes, digest: digest ?? null })),
      tensorCount: weights.length,
      ...(tensors ? { tensors: weights } : {}),
    },
    text: parts.filter((part) => part !== '').join('\n\n'),
    quiet: source.revision,
  };
}

/** True when nothing but this model's own files is there, or it was chosen among others. */
function isOneModel(files: readonly ModelFile[], { files: own }: GgufVariant): boolean {
  return !files.some(({ path }) => path.endsWith('.safetensors')) && (own.length > 1 || files.length === own.length);
}

/** Which quantizations there are, smallest first, and what goes with them. */
function variantLines(
  variants: readonly GgufVariant[],
  beside: readonly (readonly [what: string, files: readonly ModelFile[]])[],
): string {
  const others = beside.flatMap(([what, files]) =>
    files.map(({ path, size }) => [`  ${what} ${safeLine(path)}`, formatBytes(size), '']),
  );
  if (variants.length === 0) return table(others, [1]);
  const rows = variants.map(({ name, size, files }) => [
    `  ${safeLine(name)}`,
    formatBytes(size),
    countText(files.length, 'file'),
  ]);
  return table([['  QUANTIZATION', 'SIZE', 'FILES'], ...rows, ...others], [1]);
}

function fileLines(files: readonly ModelFile[]): string {
  const shown = files
    .slice(0, FILE_LINES)
    .map(({ path, size, digest }) => [
      `  ${safeLine(path)}`,
      formatBytes(size),
      digest === undefined ? '' : digest.slice(0, 19),
    ]);
  const hidden = files.length - shown.length;
  return table(shown, [1]) + (hidden > 0 ? `\n  … and ${hidden} more (--json has all)` : '');
}

async function safetensorsRows(files: readonly ModelFile[], all: boolean, signal: AbortSignal): Promise<TensorRow[]> {
  const shards = files.filter((file) => file.path.endsWith('.safetensors'));
  if (shards.length > SHARD_LIMIT && !all) return [];
  const rows: TensorRow[] = [];
  for (const file of shards) {
    const header = await readSafetensors(file, signal);
    for (const { name, dtype, shape, start, end } of header.tensors.values()) {
      rows.push({
        name,
        type: dtype,
        shape,
        weights: shape.reduce((product, dimension) => product * dimension, 1),
        size: end - start,
        offset: start,
        ...(shards.length > 1 ? { file: file.path } : {}),
      });
    }
  }
  return rows;
}

async function architecturesOf(files: readonly ModelFile[], signal: AbortSignal): Promise<string[]> {
  const config = files.find((file) => file.path === 'config.json');
  if (config === undefined || config.size > CONFIG_LIMIT) return [];
  const value = parsePythonJson(await readText(config, CONFIG_LIMIT, signal), config.path);
  const names = isJsonObject(value) ? jsonField(value, 'architectures') : undefined;
  return Array.isArray(names) ? names.filter((name): name is string => typeof name === 'string') : [];
}
