import { countText } from '../core/index.js';
import pLimit from 'p-limit';
import { comparePaths, type ModelFile } from '../files/index.js';
import { missingSplits, parseSplitName, readGguf, readSplitGguf, type Gguf } from '../gguf/index.js';
import { readSafetensors, type SafetensorsHeader } from '../safetensors/index.js';
import type { MadeGguf, ModelView } from './lint-input.js';
import { finding } from './lint-rules.js';

/** Headers read side by side: of remote ones each is a request or two. */
const AT_ONCE = 8;

/** A GGUF model: one file, or all splits of one; `where` is the file whose metadata counts. */
export type GgufModelView = MadeGguf;

/** The header of one safetensors file. */
export interface SafetensorsView {
  readonly where: string;
  readonly header: SafetensorsHeader;
}

/** The weights of a model as their headers describe them. */
export interface WeightsView {
  readonly ggufs: readonly GgufModelView[];
  readonly safetensors: readonly SafetensorsView[];
}

/** Reads every header with the strict readers; what they refuse is a finding. */
export async function openWeightsView(view: ModelView): Promise<WeightsView> {
  const limit = pLimit(AT_ONCE);
  const sets = await Promise.all(splitSets(view).map((files) => limit(async () => openGguf(files, view))));
  const ggufs = [...sets.filter((opened) => opened !== undefined), ...view.made];
  const shards = view.files.filter(({ path }) => path.toLowerCase().endsWith('.safetensors'));
  const headers = await Promise.all(shards.map((file) => limit(async () => openHeader(file, view))));
  const safetensors = headers.filter((opened) => opened !== undefined);
  if (
    ggufs.length === 0 &&
    safetensors.length === 0 &&
    !view.files.some(({ path }) => /\.(gguf|safetensors|onnx|tflite|mlmodel|dduf|litertlm)$/i.test(path))
  ) {
    view.add(finding('weights-missing', view.name, `${view.files.length} files, none of them safetensors or GGUF`));
  }
  return { ggufs, safetensors };
}

async function openHeader(file: ModelFile, view: ModelView): Promise<SafetensorsView | undefined> {
  const header = await view.guarded(file.path, async () => readSafetensors(file, view.signal));
  return header === undefined ? undefined : { where: file.path, header };
}

/** The files of each GGUF model: splits of one name together. */
function splitSets({ files }: ModelView): ModelFile[][] {
  const sets = new Map<string, ModelFile[]>();
  for (const file of files.filter(({ path }) => path.toLowerCase().endsWith('.gguf'))) {
    const split = parseSplitName(file.path);
    const key = split === undefined ? file.path : `${split.prefix} of ${split.count}`;
    sets.set(key, [...(sets.get(key) ?? []), file]);
  }
  return [...sets.values()].map((set) => set.toSorted((a, b) => comparePaths(a.path, b.path)));
}

async function openGguf(files: readonly ModelFile[], view: ModelView): Promise<GgufModelView | undefined> {
  const [first] = files;
  if (first === undefined) return undefined;
  const parts: { file: ModelFile; gguf: Gguf }[] = [];
  for (const file of files) {
    const gguf = await view.guarded(file.path, async () => readGguf(file, {}, view.signal));
    if (gguf === undefined) continue;
    parts.push({ file, gguf });
    if (file.size > gguf.end)
      view.add(
        finding('gguf-trailing', file.path, `${countText(file.size - gguf.end, 'byte')} behind the last tensor`),
      );
  }
  if (parts.length === files.length) await lintSet(files, view);
  const head = parts[0];
  if (head === undefined) return undefined;
  return { where: head.file.path, metadata: head.gguf.metadata, tensors: parts.flatMap(({ gguf }) => gguf.tensors) };
}

/** Splits: all there, and of one set. A single split that was named alone says so itself. */
async function lintSet(files: readonly ModelFile[], view: ModelView): Promise<void> {
  const missing = missingSplits(files.map(({ path }) => path));
  const [first] = missing;
  if (first !== undefined) {
    const where = files[0]?.path ?? view.name;
    const more = missing.length > 1 ? ` and ${missing.length - 1} more` : '';
    view.add(finding('gguf-invalid', where, `the set of splits is not whole: '${first}'${more} missing`));
  } else if (files.length > 1) {
    await view.guarded(files[0]?.path ?? view.name, async () => readSplitGguf(files, view.signal));
  }
}
