import { basename, dirname, join } from 'node:path';
import { SlipwayError, type RunContext, type Stage } from '../../core/index.js';
import type { Snapshot } from '../../files/index.js';
import { mergeGguf, readSplitGguf, splitGguf, splitName, type Gguf, type GgufContent } from '../../gguf/index.js';
import type { ModelVariant } from '../../package/index.js';
import { companionsOf } from './companions.js';
import { theModel, wholeModel } from './gguf-weights.js';
import type { SplitOptions } from '../options/index.js';
import { placedAt, saveFiles, type SavedFile } from '../save.js';
import { splitBytes } from './split-weights.js';
import { plainModel } from './variants.js';

/** Tensors in a file when nothing is said: gguf-split's own number. */
const USUAL_TENSORS = 128;

/** Joins the splits of a model into one file: the bytes of `llama-gguf-split --merge`. */
export function merge(): Stage<Snapshot, readonly ModelVariant[]> {
  return ofModel('merge', (parts) => {
    if (parts.length > 1 || parts[0]?.metadata.has('split.count') === true) return [mergeGguf(parts)];
    throw new SlipwayError('USAGE', 'the model is in one file already: there is nothing to merge');
  });
}

/** Cuts a model into files: the bytes of `llama-gguf-split --split`. Throws `CONFIG_INVALID` for both limits at once. */
export function split(options: SplitOptions = {}): Stage<Snapshot, readonly ModelVariant[]> {
  const { splitMaxSize, splitMaxTensors, noTensorFirstSplit } = options;
  if (splitMaxSize !== undefined && splitMaxTensors !== undefined) {
    throw new SlipwayError('CONFIG_INVALID', 'a model is split by size or by tensors, not by both', {
      try: 'leave out one of them',
    });
  }
  return ofModel('split', (parts) => {
    if (parts.length > 1) {
      throw new SlipwayError('USAGE', `the model is in ${parts.length} splits already`, {
        try: 'pipeline merge it first',
      });
    }
    const limit =
      splitMaxSize === undefined
        ? { maxTensors: splitMaxTensors ?? USUAL_TENSORS }
        : { maxSize: splitBytes(splitMaxSize) };
    return splitGguf(wholeModel(parts), { ...limit, emptyFirst: noTensorFirstSplit === true });
  });
}

function ofModel(
  name: 'merge' | 'split',
  change: (parts: readonly Gguf[]) => readonly GgufContent[],
): Stage<Snapshot, readonly ModelVariant[]> {
  const work = async (snapshot: Snapshot, context: RunContext): Promise<readonly ModelVariant[]> => {
    const files = theModel(snapshot.files, `pipeline ${name} takes`);
    const [first] = files ?? [];
    if (files === undefined || first === undefined) {
      throw new SlipwayError('MODEL_INVALID', `'${snapshot.source.name}' does not hold a GGUF model`, {
        where: snapshot.source.url,
      });
    }
    const contents = change(await readSplitGguf(files, context.signal));
    const stem = basename(first.path).replace(/(-\d{5}-of-\d{5})?\.gguf$/, '');
    const variant = await plainModel(snapshot, stem, contents, companionsOf(snapshot), context.signal);
    if (name === 'merge') return [variant];
    // Even a single file says that it is one of one, as gguf-split's does.
    const weights = variant.weights.map((file, index) => ({
      ...file,
      path: splitName(stem, index, variant.weights.length),
    }));
    return [{ ...variant, weights }];
  };
  return {
    name,
    plan: async (snapshot, context) => {
      const [variant] = await work(snapshot, context);
      const files = variant?.weights ?? [];
      const summary = files.length === 1 ? (files[0]?.path ?? '') : `${files.length} files`;
      return {
        reports: [{ stage: name, summary, bytesOut: files.reduce((sum, file) => sum + file.size, 0) }],
        output: variant === undefined ? [] : [variant],
      };
    },
    run: work,
  };
}

/** Writes the splits of one model beside each other as `PREFIX-00001-of-0000N.gguf`. */
export function saveNamed(prefix: string): Stage<readonly ModelVariant[], readonly SavedFile[]> {
  const renamed = ([variant]: readonly ModelVariant[]): ModelVariant['weights'] =>
    (variant?.weights ?? []).map((file) => ({
      ...file,
      path: `${basename(prefix)}${/-\d{5}-of-\d{5}\.gguf$/.exec(file.path)?.[0] ?? '.gguf'}`,
    }));
  return {
    name: 'save',
    plan: async (variants) => {
      const files = renamed(variants);
      const bytes = files.reduce((sum, file) => sum + file.size, 0);
      const summary = `${files.length} files to ${dirname(prefix)}`;
      return { reports: [{ stage: 'save', summary, bytesOut: bytes, disk: bytes, diskAt: dirname(prefix) }] };
    },
    run: async (variants, context) =>
      saveFiles(
        renamed(variants).map((file) => placedAt(file, join(dirname(prefix), file.path))),
        {
          overwrite: true,
          confirm: async () => {
            for (const { confirm } of variants) await confirm?.(context.signal);
          },
        },
        context,
      ),
  };
}
