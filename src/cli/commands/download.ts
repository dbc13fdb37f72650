import type { Command } from 'commander';
import { optionTable, pipeline } from '../../core/index.js';
import { DOWNLOAD_OPTIONS, save, SAVE_OPTIONS } from '../../stages/index.js';
import { givenSource, sourceStage } from '../arguments/any-source.js';
import type { Start } from '../program/command-module.js';
import { declareOptions } from '../options/declare-options.js';
import { DRY_RUN, performStage } from '../session/perform-stage.js';
import { addExamples } from '../program/help.js';
import { outputPath } from '../arguments/output-path.js';
import { required } from '../arguments/required-option.js';

const OWN = optionTable({
  output: { kind: 'path', asGiven: true, short: 'o', value: 'dir', help: 'where the files go' },
});

export function define(command: Command, start: Start): void {
  command
    .description(
      'Fetches a model into a directory. Every file is checked against the digest that its source announces.',
    )
    .argument(
      '<source>',
      'hf://org/name[@revision], oci://host/repository:tag, layout:./dir:tag, oci-archive:f.tar:tag, https://… or ./dir',
    )
    .action(async (source: string) =>
      start(async (session) => {
        const { own, from, to, dry } = await read(session.path);
        const output = required(own.output, '-o, --output <dir>', `pipeline download ${source} -o ./model`);
        const files = sourceStage(givenSource(source, session.path), from);
        const stage = pipeline(files, save(outputPath(output, session.path), to));
        const resume = `pipeline download ${source} -o ${output}`;
        await performStage(session, stage, resume, dry.dryRun);
      }),
    );
  const read = declareOptions(command, { own: OWN, from: DOWNLOAD_OPTIONS, to: SAVE_OPTIONS, dry: DRY_RUN });
  addExamples(
    command,
    'pipeline download hf://Qwen/Qwen2.5-0.5B-Instruct -o ./qwen',
    "pipeline download hf://Qwen/Qwen2.5-0.5B-Instruct --include '*.json' -o ./qwen",
  );
}
