import { assertDistinctPaths, comparePaths, type ModelFile } from '../files/index.js';
import type { ModelVariant } from './variant.js';

/** What a file is to a model, as ModelPack names it, in the order in which layers stand. */
export const FILE_KINDS = ['weight', 'weight.config', 'doc', 'code', 'dataset'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

const WEIGHTS = /\.(gguf|bin|safetensors|onnx|onnx_data[^/.]*|onnx\.data|dduf|ot|mlmodel|tflite|litertlm|msgpack)$/i;
const CODE = /\.(py|sh|ipynb|js|ts|cpp|cc|c|h|go|rs|java)$/i;
const DATASET = /\.(parquet|arrow|csv|tsv|jsonl)$/i;
const DOC_NAME =
  /^(readme|license|licence|notice|copying|changelog|authors|citation|use_policy|model_card|modelcard)([._-].*)?$/i;
const DOC = /\.(md|rst|pdf|png|jpe?g|gif|svg|html?)$/i;

const PROJECTOR = /(?:^|[/._-])mmproj(?:[._-]|$)/i;
const IMATRIX = /(?:^|[/._-])imatrix(?:[._-].*)?\.(?:gguf|dat)$|\.imatrix$/i;

/** True for a projector's file: it goes with a model and is none. */
export function isProjector(path: string): boolean {
  return path.toLowerCase().endsWith('.gguf') && PROJECTOR.test(path);
}

/** True for an importance matrix, whatever form it has: it is data. */
export function isImatrix(path: string): boolean {
  return IMATRIX.test(path);
}

/** Tells the kind from the path. What is neither weight, text, code nor data configures the weights. */
export function kindOf(path: string): FileKind {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (isImatrix(path)) return 'dataset';
  if (WEIGHTS.test(name)) return 'weight';
  if (DOC_NAME.test(name) || DOC.test(name)) return 'doc';
  if (CODE.test(name)) return 'code';
  return DATASET.test(name) ? 'dataset' : 'weight.config';
}

/** True for a licence's text. */
export function isLicense(path: string): boolean {
  return /^(licen[sc]e|copying|notice)([._-].*)?$/i.test(path.slice(path.lastIndexOf('/') + 1));
}

export interface KindedFile {
  readonly kind: FileKind;
  readonly file: ModelFile;
}

/**
 * All files of a variant in the order that every format uses: by kind, then byte order of the path.
 * Throws `PATH_UNSAFE` for names that could not stand side by side where the artifact is unpacked.
 */
export function orderedFiles(variant: ModelVariant): KindedFile[] {
  assertDistinctPaths([...variant.weights, ...variant.companions].map((file) => file.path));
  const weights = variant.weights.map((file): KindedFile => ({ kind: 'weight', file }));
  const companions = variant.companions.map((file): KindedFile => ({ kind: kindOf(file.path), file }));
  const rank = (entry: KindedFile): number => FILE_KINDS.indexOf(entry.kind);
  return [...weights, ...companions].sort((a, b) => rank(a) - rank(b) || comparePaths(a.file.path, b.file.path));
}
