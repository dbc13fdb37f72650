import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createContext } from '../../src/core/index.js';
import type { ModelFile, Snapshot } from '../../src/files/index.js';
import { findLlamaCpp, type FileTypeWord } from '../../src/quantize/index.js';
import { convert, saveFiles } from '../../src/stages/index.js';
import { ADDON, CONDITION, LIBRARY } from '../native/installed.js';
import { glassllmRepository } from '../support/glassllm.js';
import { moeRepository } from './moe.js';
import { inputFolder } from '../support/inputs.js';

/** The text that comes with the package. */
export const MOBY: string = join(import.meta.dirname, '..', '..', 'texts', 'moby-dick.txt');
const weights = inputFolder('glassllm/glassllm/weights');

/** True where a real small model and something to run it are there. */
export const CAN_RUN: boolean = weights !== undefined && LIBRARY !== undefined && existsSync(ADDON);
/** True where there is something to run models that are made from a seed. */
export const CAN_MOE: boolean = LIBRARY !== undefined && existsSync(ADDON);
export const NEEDS: string = `${CONDITION}, glassllm`;

export interface Glass {
  readonly folder: string;
  /** Paths of GGUF files by type. */
  readonly models: Readonly<Record<string, string>>;
  /** Some of Moby-Dick in the model's alphabet of 88 characters. */
  readonly text: string;
}

/** Converts and quantizes the model into a temporary folder, with a text that it can read. */
export async function glassModels(types: readonly FileTypeWord[]): Promise<Glass> {
  const made = await convertedModels('glass', glassllmRepository(weights ?? ''), types);
  const text = join(made.folder, 'ascii.txt');
  await writeFile(text, await asciiText());
  return { ...made, text };
}

/** The same of a small mixture of experts, which reads Moby-Dick as it is. */
export async function moeModels(types: readonly FileTypeWord[]): Promise<Glass> {
  return { ...(await convertedModels('moe', moeRepository(), types)), text: MOBY };
}

async function convertedModels(
  name: string,
  files: readonly ModelFile[],
  types: readonly FileTypeWord[],
): Promise<Omit<Glass, 'text'>> {
  const folder = await mkdtemp(join(tmpdir(), `slipway-${name}-`));
  const context = createContext({ limits: { concurrency: 1, threads: 1, memory: 256 * 1024 ** 2 } });
  const source: Snapshot = {
    source: { kind: 'directory', name, url: `file:///${name}`, revision: 'test' },
    files,
  };
  const [plain] = await convert({ outtype: 'f16' }).run(source, context);
  const quantized =
    types.length === 0
      ? []
      : await convert({ outtype: 'f16', quantize: types, fallback: 'allow' }).run(source, context);
  const models: Record<string, string> = {};
  for (const variant of [plain!, ...quantized]) {
    const path = `${name}-${variant.name}.gguf`;
    const [file] = variant.weights;
    await saveFiles([{ file: file!, directory: folder, path }], { confirm: async () => {} }, context);
    models[variant.name] = join(folder, path);
  }
  return { folder, models };
}

/** Some of Moby-Dick in the model's alphabet of 88 characters. */
export async function asciiText(): Promise<string> {
  const tokenizer = await readFile(join(weights ?? '', 'en.tokenizer.json'), 'utf8');
  const alphabet = new Set((JSON.parse(tokenizer) as { alphabet: string[] }).alphabet);
  const moby = await readFile(MOBY, 'utf8');
  const plain = moby
    .replaceAll('—', '-')
    .replaceAll(/[’‘“”]/g, "'")
    .replaceAll('æ', 'ae')
    .replaceAll('é', 'e');
  return Array.from(plain)
    .map((letter) => (alphabet.has(letter) ? letter : ' '))
    .join('')
    .slice(0, 40_000);
}

/** A copy of the library with one CPU plug-in alone: digits depend on it. */
export async function onePlugin(name: string): Promise<string | undefined> {
  const from = dirname(findLlamaCpp(process.env, 'llama').path);
  const files = await readdir(from);
  const plugin = `libggml-cpu-${name}.so`;
  if (!files.includes(plugin)) return undefined;
  const to = await mkdtemp(join(tmpdir(), 'slipway-plugin-'));
  const wanted = files.filter((file) => /^lib(llama|ggml)[^-]*(-base)?\.so/.test(file) && !file.includes('common'));
  for (const file of [...wanted, plugin]) await copyFile(join(from, file), join(to, file));
  return to;
}
