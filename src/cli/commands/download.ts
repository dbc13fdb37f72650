import type { Command } from 'commander';
import { pipeline } from '../../core/index.js';
import { save } from '../../stages/index.js';
import { givenSource, sourceStage } from '../any-source.js';
import type { Start } from '../command-module.js';
import { addDryRun, performStage } from '../perform-stage.js';
import { addExamples } from '../help.js';
import { collect } from '../collect.js';
import { required } from '../required-option.js';

interface DownloadCommandOptions {
  readonly dryRun?: boolean;
  readonly output?: string;
  readonly revision?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

export function define(command: Command, start: Start): void {
  command
    .description(
      'Fetches a model into a directory. Every file is checked against the digest that its source announces.',
    )
    .argument('<source>', 'hf://org/name[@revision], oci://host/repository:tag, layout:./dir:tag, https://… or ./dir')
    .option('-o, --output <dir>', 'where the files go')
    .option('--revision <name>', 'branch, tag or commit')
    .option('--include <glob>', 'take only these files (repeatable)', collect)
    .option('--exclude <glob>', 'leave these files out (repeatable)', collect)
    .action(async (source: string, options: DownloadCommandOptions) =>
      start(async (session) => {
        const { output: given, dryRun, ...selection } = options;
        const output = required(given, '-o, --output <dir>', `pipeline download ${source} -o ./model`);
        const stage = pipeline(sourceStage(givenSource(source, session.path), selection), save(session.path(output)));
        const resume = `pipeline download ${source} -o ${output}`;
        await performStage(session, stage, resume, dryRun);
      }),
    );
  addDryRun(command);
  addExamples(
    command,
    'pipeline download hf://Qwen/Qwen2.5-0.5B-Instruct -o ./qwen',
    "pipeline download hf://Qwen/Qwen2.5-0.5B-Instruct --include '*.json' -o ./qwen",
  );
}
