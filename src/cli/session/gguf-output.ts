import { basename, dirname, join } from 'node:path';
import { SlipwayError, type Stage } from '../../core/index.js';
import { kindedWeights, type ModelVariant } from '../../package/index.js';
import { placedAt, readingFacts, saveFiles, type SavedFile } from '../../stages/index.js';

/**
 * Writes GGUF variants where `-o` says: one variant to `OUT.gguf`, several into a directory under their own names.
 * Companions are not written, nor what goes with a model and was not made here. Throws `USAGE` when several variants should go into one file.
 */
export function saveGguf(output: string, shown: string): Stage<readonly ModelVariant[], readonly SavedFile[]> {
  return {
    name: 'save',
    plan: async (variants) => {
      const files = placed(variants, output, shown);
      const { reading, warnings } = readingFacts(files.map(({ file }) => file));
      const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
      return {
        reports: [
          {
            stage: 'save',
            summary: `to ${shown}`,
            bytesOut: bytes,
            disk: bytes,
            diskAt: dirname(output),
            warnings,
            data: reading === undefined ? undefined : { reading },
          },
        ],
      };
    },
    run: async (variants, context) => {
      const files = placed(variants, output, shown);
      const confirm = async (): Promise<void> => {
        for (const one of new Set(variants.map((variant) => variant.confirm))) await one?.(context.signal);
      };
      const saved = await saveFiles(
        files.map(({ file, path, variant }) => placedAt(file, path, variant)),
        { overwrite: true, confirm },
        context,
      );
      return saved.map((written, index) => ({ ...written, ...bitsOf(variants, files[index]?.file) }));
    },
  };
}

interface Placed {
  readonly file: ModelVariant['weights'][number];
  readonly path: string;
  readonly variant: string;
}

function placed(variants: readonly ModelVariant[], output: string, shown: string): Placed[] {
  const files = variants.flatMap((variant) => ownWeights(variant).map((file) => ({ file, variant: variant.name })));
  if (!output.endsWith('.gguf'))
    return files.map((made) => ({ ...made, path: join(output, basename(made.file.path)) }));
  const [made] = files;
  if (made !== undefined && files.length === 1) return [{ ...made, path: output }];
  throw new SlipwayError('USAGE', `'${shown}' is one file, but ${files.length} would be written`, {
    try: `-o ${dirname(shown)}/   (a directory: each file gets its own name)`,
  });
}

/** A model's own files; a projector or an adapter where that is all there is. */
function ownWeights(variant: ModelVariant): ModelVariant['weights'] {
  const own = kindedWeights(variant).filter(({ kind }) => kind === 'weight');
  return own.length === 0 ? variant.weights : own.map(({ file }) => file);
}

function bitsOf(
  variants: readonly ModelVariant[],
  file: ModelVariant['weights'][number] | undefined,
): { bitsPerWeight?: number } {
  const variant = variants.find(({ weights }) => file !== undefined && weights.includes(file));
  const bitsPerWeight = variant?.facts.bitsPerWeight;
  return bitsPerWeight === undefined ? {} : { bitsPerWeight };
}
