import type { Command } from 'commander';
import { pipeline } from '../../core/index.js';
import { save } from '../../stages/index.js';
import { givenSource, sourceStage } from '../any-source.js';
import type { Start } from '../command-module.js';
import { addDryRun, performStage } from '../perform-stage.js';
import { addExamples } from '../help.js';
import { outputPath } from '../output-path.js';
import { required } from '../required-option.js';
import { addSourceOptions, sourceOptions, type SourceFlags } from '../source-options.js';

interface DownloadCommandOptions extends SourceFlags {
  readonly dryRun?: boolean;
  readonly output?: string;
}

export function define(command: Command, start: Start): void {
  command
    .description(
      'Fetches a model into a directory. Every file is checked against the digest that its source announces.',
    )
    .argument('<source>', 'hf://org/name[@revision], oci://host/repository:tag, layout:./dir:tag, https://… or ./dir')
    .option('-o, --output <dir>', 'where the files go')
    .action(async (source: string, options: DownloadCommandOptions) =>
      start(async (session) => {
        const { dryRun } = options;
        const output = required(options.output, '-o, --output <dir>', `pipeline download ${source} -o ./model`);
        const files = sourceStage(givenSource(source, session.path), sourceOptions(options));
        const stage = pipeline(files, save(outputPath(output, session.path)));
        const resume = `pipeline download ${source} -o ${output}`;
        await performStage(session, stage, resume, dryRun);
      }),
    );
  addSourceOptions(command, [
    'revision',
    'include',
    'exclude',
    'kind',
    'verify',
    'allowRenamed',
    'connections',
    'xet',
    'variant',
  ]);
  addDryRun(command);
  addExamples(
    command,
    'pipeline download hf://Qwen/Qwen2.5-0.5B-Instruct -o ./qwen',
    "pipeline download hf://Qwen/Qwen2.5-0.5B-Instruct --include '*.json' -o ./qwen",
  );
}
