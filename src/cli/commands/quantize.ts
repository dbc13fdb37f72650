import type { Command } from 'commander';
import { pipeline } from '../../core/index.js';
import { quantize } from '../../stages/index.js';
import type { Start } from '../command-module.js';
import { executeStage } from '../execute.js';
import { saveGguf } from '../gguf-output.js';
import { addExamples } from '../help.js';
import { givenSource, sourceStage } from '../any-source.js';
import { addMixOptions, mixOf, type MixFlags } from '../quantize-options.js';
import { required } from '../required-option.js';
import { runResult } from '../run-result.js';

interface QuantizeCommandOptions extends MixFlags {
  readonly output?: string;
  readonly keepSplit?: boolean;
}

export function define(command: Command, start: Start): void {
  command
    .description('Makes quantized GGUFs of a GGUF: the bytes that llama-quantize writes. The input is read once.')
    .argument('<input>', 'IN.gguf, or a source with one GGUF in it')
    .argument('<type...>', 'Q4_K_M, Q8_0, …: see pipeline types')
    .option('-o, --output <path>', 'OUT.gguf, or a directory when there are several types')
    .option('--keep-split', 'a model in splits stays in splits')
    .action(async (input: string, types: readonly string[], options: QuantizeCommandOptions) =>
      start(async (session) => {
        const { output: given, keepSplit, ...flags } = options;
        const output = required(
          given,
          '-o, --output <path>',
          `pipeline quantize ${input} ${types.join(' ')} -o ./out/`,
        );
        const stage = pipeline(
          sourceStage(givenSource(input, session.path)),
          quantize({ types, ...(keepSplit !== undefined && { keepSplit }), ...(await mixOf(flags, session.path)) }),
          saveGguf(session.path(output), output),
        );
        const resume = `pipeline quantize ${input} ${types.join(' ')} -o ${output}`;
        session.output.result(runResult(await executeStage(session, stage, resume), session.directory));
      }),
    );
  addMixOptions(command);
  addExamples(
    command,
    'pipeline quantize model-f16.gguf Q4_K_M -o model-Q4_K_M.gguf',
    'pipeline quantize model-f16.gguf Q4_K_M Q6_K Q8_0 -o ./out/',
    'pipeline quantize model-f16.gguf IQ3_S --imatrix imatrix.gguf -o model-IQ3_S.gguf',
  );
}
