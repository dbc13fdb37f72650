import type { Command } from 'commander';
import { optionTable, pickOptions, pipeline } from '../../core/index.js';
import { DOWNLOAD_OPTIONS, merge } from '../../stages/index.js';
import { givenSource, sourceStage } from '../arguments/any-source.js';
import { outputPath } from '../arguments/output-path.js';
import { required } from '../arguments/required-option.js';
import { declareOptions } from '../options/declare-options.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { saveGguf } from '../session/gguf-output.js';
import { DRY_RUN, performStage } from '../session/perform-stage.js';

const OWN = optionTable({
  output: { kind: 'path', asGiven: true, short: 'o', help: 'OUT.gguf' },
});
const SOURCE = pickOptions(DOWNLOAD_OPTIONS, ['revision', 'exclude', 'variant']);

export function define(command: Command, start: Start): void {
  command
    .description('Joins the splits of a GGUF into one file: the bytes that llama-gguf-split --merge writes.')
    .argument('<input>', 'the first split (…-00001-of-0000N.gguf), or a source with one model in it')
    .argument('[output]', 'OUT.gguf, as -o')
    .action(async (input: string, place: string | undefined) =>
      start(async (session) => {
        const { own, from, dry } = await read(session.path);
        const output = required(own.output ?? place, '-o, --output <path>', `pipeline merge ${input} -o model.gguf`);
        const files = sourceStage(givenSource(input, session.path), from);
        const stage = pipeline(files, merge(), saveGguf(outputPath(output, session.path), output));
        await performStage(session, stage, `pipeline merge ${input} -o ${output}`, dry.dryRun);
      }),
    );
  const read = declareOptions(command, { own: OWN, from: SOURCE, dry: DRY_RUN });
  addExamples(
    command,
    'pipeline merge model-Q4_K_M-00001-of-00003.gguf -o model-Q4_K_M.gguf',
    'pipeline merge hf://org/name-GGUF:Q8_0 -o name-Q8_0.gguf',
  );
}
