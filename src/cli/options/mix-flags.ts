import { optionTable, type ReadOptions } from '../../core/index.js';
import { MIX_OPTIONS, type MixStageOptions } from '../../stages/index.js';
import type { PathOf } from './path-of.js';
import { textOfFile } from './text-or-file.js';

/** llama-quantize's own choices, as flags. */
export const MIX_FLAGS = optionTable({
  ...MIX_OPTIONS,
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
  const { tensorTypeFile, ...same } = flags;
  if (tensorTypeFile === undefined) return same;
  const rules = (await textOfFile(tensorTypeFile, path)).split(/\s+/).filter((rule) => rule !== '');
  return { ...same, tensorTypes: [...(same.tensorTypes ?? []), ...rules] };
}
