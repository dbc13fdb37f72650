import type { ByteRange } from '../core/index.js';
import { comparePaths, type ModelFile } from '../files/index.js';
import { readSplitGguf, tensorSize, type Gguf, type GgufValue } from '../gguf/index.js';
import { ggufRepository, requireWhole } from '../package/index.js';
import { readSafetensors } from '../safetensors/index.js';
import type { Readable } from './same-bytes.js';

/** A tensor, and where its bytes are. */
export interface ComparedTensor {
  readonly name: string;
  readonly type: string;
  /** In the order of its file: GGUF has the row length first, safetensors last. */
  readonly shape: readonly number[];
  readonly file: ModelFile;
  /** In the file. */
  readonly range: ByteRange;
  readonly content: Readable;
  /** Its bytes stand in the file in the other order than they are compared in. */
  readonly swapped: boolean;
}

/** What the headers of a model say, be it one file or several. */
export interface ModelContent {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly ComparedTensor[];
}

/** The files of one model of a set of files. */
export interface ModelFiles {
  readonly kind: 'gguf' | 'safetensors';
  /** A quantization (`Q4_K_M`) or a path; tells several of one kind apart. */
  readonly name: string;
  readonly files: readonly ModelFile[];
}

/** Keys that say how a model is cut into files, which is no part of what it is. */
const SPLIT_KEYS = /^split\.(no|count|tensors\.count)$/;

/** The models in a set of files, GGUF and safetensors. Throws `GGUF_INVALID` when a set of splits is not whole. */
export function modelsOf(files: readonly ModelFile[]): ModelFiles[] {
  const { variants, projectors } = ggufRepository(files);
  for (const variant of variants) if (files.length > 1) requireWhole(variant);
  const folders = new Map<string, ModelFile[]>();
  for (const file of files.filter(({ path }) => path.endsWith('.safetensors'))) {
    const folder = file.path.slice(0, file.path.lastIndexOf('/') + 1);
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  return [
    ...variants.map(({ name, files: own }) => ({ kind: 'gguf' as const, name, files: own })),
    ...projectors.map((file) => ({ kind: 'gguf' as const, name: file.path, files: [file] })),
    ...[...folders].map(([folder, own]) => ({
      kind: 'safetensors' as const,
      name: `${folder}*.safetensors`,
      files: own.toSorted((a, b) => comparePaths(a.path, b.path)),
    })),
  ];
}

/** Reads the headers. Throws what the readers of the two formats throw. */
export async function openComparedModel({ kind, files }: ModelFiles, signal?: AbortSignal): Promise<ModelContent> {
  return kind === 'gguf' ? openGguf(files, signal) : openSafetensors(files, signal);
}

async function openGguf(files: readonly ModelFile[], signal: AbortSignal | undefined): Promise<ModelContent> {
  const parts = await readSplitGguf(files, signal, { alone: files.length === 1 });
  // A set is handed back in the order of its splits, which is the order of their names.
  const ordered = files.toSorted((a, b) => comparePaths(a.path, b.path));
  const metadata = new Map([...(parts[0]?.metadata ?? [])].filter(([key]) => !SPLIT_KEYS.test(key)));
  const tensors = parts.flatMap((gguf, index) => {
    const file = ordered[index];
    return file === undefined ? [] : ggufTensors(gguf, file);
  });
  return { metadata, tensors };
}

function ggufTensors(gguf: Gguf, file: ModelFile): ComparedTensor[] {
  return gguf.tensors.map((tensor, index) => {
    const start = gguf.positions[index] ?? 0;
    return {
      name: tensor.name,
      type: tensor.type,
      shape: tensor.dimensions,
      file,
      range: { start, end: start + tensorSize(tensor) },
      content: tensor,
      swapped: gguf.bigEndian,
    };
  });
}

async function openSafetensors(files: readonly ModelFile[], signal: AbortSignal | undefined): Promise<ModelContent> {
  const metadata = new Map<string, GgufValue>();
  const tensors: ComparedTensor[] = [];
  for (const file of files) {
    const header = await readSafetensors(file, signal);
    for (const [key, value] of header.metadata) metadata.set(key, { type: 'STRING', value });
    for (const { name, dtype, shape, start, end } of header.tensors.values()) {
      const content: Readable = { read: (_range, stop, hints) => file.read({ start, end }, stop, hints) };
      tensors.push({ name, type: dtype, shape, file, range: { start, end }, content, swapped: false });
    }
  }
  return { metadata, tensors };
}
