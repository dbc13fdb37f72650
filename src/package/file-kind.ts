import { assertDistinctPaths, comparePaths, type ModelFile } from '../files/index.js';
import type { ModelVariant, WeightRole } from './variant.js';
import { isImatrix, roleInName, roleOf } from './weight-roles.js';

/** What a file is to a model, as ModelPack names it, in the order in which layers stand. */
export const LAYER_KINDS = ['weight', 'weight.config', 'doc', 'code', 'dataset'] as const;
export type LayerKind = (typeof LAYER_KINDS)[number];

/** The same, with weights told apart: the model's own, what it sees and hears with, a LoRA on it, a smaller model that drafts for it. */
export const FILE_KINDS = [
  'weight',
  'projector',
  'adapter',
  'draft',
  'weight.config',
  'doc',
  'code',
  'dataset',
] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** Other words for them: in the plural, and as people say. */
export const FILE_KIND_SYNONYMS: Readonly<Record<string, FileKind>> = {
  weights: 'weight',
  model: 'weight',
  projectors: 'projector',
  mmproj: 'projector',
  adapters: 'adapter',
  lora: 'adapter',
  drafts: 'draft',
  config: 'weight.config',
  configs: 'weight.config',
  docs: 'doc',
  datasets: 'dataset',
};

const WEIGHTS = /\.(gguf|bin|safetensors|onnx|onnx_data[^/.]*|onnx\.data|dduf|ot|mlmodel|tflite|litertlm|msgpack)$/i;
const CODE = /\.(py|sh|ipynb|js|ts|cpp|cc|c|h|go|rs|java)$/i;
/** The vocabulary of a PLaMo is one entry a line, as data sets are. */
const DATASET = /(?<!^tokenizer)\.(parquet|arrow|csv|tsv|jsonl)$/i;
const DOC_NAME =
  /^(readme|license|licence|notice|copying|changelog|authors|citation|use_policy|model_card|modelcard)([._-].*)?$/i;
const DOC = /\.(md|rst|pdf|png|jpe?g|gif|svg|html?)$/i;

/** ModelPack's kind of a file. */
export function layerKind(kind: FileKind): LayerKind {
  return isWeightKind(kind) ? 'weight' : kind;
}

/** True for what a server loads: the model's own weights and those that go with them. */
export function isWeightKind(kind: FileKind): kind is 'weight' | 'projector' | 'adapter' | 'draft' {
  return kind === 'weight' || isBesideWeights(kind);
}

/** True for weights that go with a model's own. */
export function isBesideWeights(kind: FileKind): kind is 'projector' | 'adapter' | 'draft' {
  return kind === 'projector' || kind === 'adapter' || kind === 'draft';
}

/** The kind of a file of weights. */
export function kindOfRole(role: WeightRole): FileKind {
  return role === 'imatrix' ? 'dataset' : role;
}

/** Tells the kind from the path. What is neither weight, text, code nor data configures the weights. */
export function kindOf(path: string): FileKind {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (isImatrix(path)) return 'dataset';
  if (WEIGHTS.test(name)) return kindOfRole(roleInName(path));
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
  const weights = kindedWeights(variant);
  const companions = variant.companions.map((file): KindedFile => ({ kind: kindOf(file.path), file }));
  const rank = (entry: KindedFile): number => FILE_KINDS.indexOf(entry.kind);
  return [...weights, ...companions].sort((a, b) => rank(a) - rank(b) || comparePaths(a.file.path, b.file.path));
}

/** A variant's weights with what each of them is: the model's own first, in their order. */
export function kindedWeights({ weights, roles }: ModelVariant): readonly KindedFile[] {
  const kinded = weights.map((file): KindedFile => ({ kind: kindOfRole(roleOf(file.path, roles)), file }));
  // A draft alone is the model that there is.
  const alone = !kinded.some(({ kind }) => kind === 'weight');
  const settled = kinded.map(({ kind, file }): KindedFile => ({
    kind: kind === 'dataset' || (alone && kind === 'draft') ? 'weight' : kind,
    file,
  }));
  return settled.sort((a, b) => FILE_KINDS.indexOf(a.kind) - FILE_KINDS.indexOf(b.kind));
}
