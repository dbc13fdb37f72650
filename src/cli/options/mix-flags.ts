import { optionTable, SlipwayError, type ReadOptions } from '../../core/index.js';
import { MIX_OPTIONS, type ImatrixSettings, type MixStageOptions } from '../../stages/index.js';
import type { PathOf } from './path-of.js';
import { textOfFile } from './text-or-file.js';

/** llama-quantize's own choices, as flags. */
export const MIX_FLAGS = optionTable({
  ...MIX_OPTIONS,
  imatrixText: {
    kind: 'path',
    asGiven: true,
    orHub: true,
    value: 'file',
    help: 'make the importance matrix from this text, or hf://datasets/org/name/file',
    group: 'Quantization',
  },
  imatrixContext: {
    kind: 'count',
    least: 8,
    most: 1_048_576,
    help: 'tokens of a chunk for --imatrix-text; 512 unless given',
    group: 'Quantization',
  },
  imatrixChunks: {
    kind: 'count',
    most: 1_000_000,
    help: 'at most so many chunks for --imatrix-text',
    group: 'Quantization',
  },
  tensorTypeFile: {
    kind: 'path',
    asGiven: true,
    value: 'file',
    help: 'a file of rules for --tensor-type',
    group: 'Quantization',
  },
});

/** Flags as the stages take them; the rules of `--tensor-type-file` come behind those of `--tensor-type`. */
export async function mixOf(flags: ReadOptions<typeof MIX_FLAGS>, path: PathOf): Promise<MixStageOptions> {
  const { tensorTypeFile, imatrixText, imatrixContext, imatrixChunks, ...rest } = flags;
  const same = withImatrix(rest, { text: imatrixText, context: imatrixContext, chunks: imatrixChunks });
  if (tensorTypeFile === undefined) return same;
  const rules = (await textOfFile(tensorTypeFile, path)).split(/\s+/).filter((rule) => rule !== '');
  return { ...same, tensorTypes: [...(same.tensorTypes ?? []), ...rules] };
}

function withImatrix(flags: MixStageOptions, settings: ImatrixSettings): MixStageOptions {
  const { text, context, chunks } = settings;
  if (text !== undefined && flags.imatrix !== undefined) {
    throw new SlipwayError('USAGE', '--imatrix and --imatrix-text cannot be given together', {
      try: '--imatrix takes a matrix that there is, --imatrix-text makes one',
    });
  }
  if (text === undefined && (context ?? chunks) !== undefined) {
    throw new SlipwayError('USAGE', 'there is no text to make an importance matrix from', {
      try: '--imatrix-text FILE',
    });
  }
  return text === undefined ? flags : { ...flags, imatrix: settings };
}
