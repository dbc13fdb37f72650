import type { Command } from 'commander';
import { optionTable, pickOptions, pipeline } from '../../core/index.js';
import { DOWNLOAD_OPTIONS, split, SPLIT_OPTIONS, saveNamed } from '../../stages/index.js';
import { givenSource, sourceStage } from '../arguments/any-source.js';
import { outputPath } from '../arguments/output-path.js';
import { required } from '../arguments/required-option.js';
import { declareOptions } from '../options/declare-options.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { DRY_RUN, performStage } from '../session/perform-stage.js';

const OWN = optionTable({
  output: {
    kind: 'path',
    asGiven: true,
    short: 'o',
    value: 'prefix',
    help: 'PREFIX of the files: PREFIX-00001-of-0000N.gguf',
  },
});
const SOURCE = pickOptions(DOWNLOAD_OPTIONS, ['revision', 'exclude', 'variant']);

export function define(command: Command, start: Start): void {
  command
    .description(
      'Cuts a GGUF into files: the bytes that llama-gguf-split --split writes. 128 tensors a file unless a limit is given.',
    )
    .argument('<input>', 'IN.gguf, or a source with one model in it')
    .argument('[prefix]', 'as -o')
    .action(async (input: string, place: string | undefined) =>
      start(async (session) => {
        const { own, cut, from, dry } = await read(session.path);
        const output = required(own.output ?? place, '-o, --output <prefix>', `pipeline split ${input} -o ./out/model`);
        const files = sourceStage(givenSource(input, session.path), from);
        const stage = pipeline(files, split(cut), saveNamed(outputPath(output, session.path)));
        await performStage(session, stage, `pipeline split ${input} -o ${output}`, dry.dryRun);
      }),
    );
  const read = declareOptions(command, { own: OWN, cut: SPLIT_OPTIONS, from: SOURCE, dry: DRY_RUN });
  addExamples(
    command,
    'pipeline split model-Q8_0.gguf -o ./out/model-Q8_0 --split-max-size 2G',
    'pipeline split model-Q8_0.gguf ./out/model-Q8_0 --split-max-tensors 128 --no-tensor-first-split',
  );
}
