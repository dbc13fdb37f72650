import { pipeline } from '../../core/index.js';
import type { Command } from 'commander';
import { pack, push } from '../../stages/index.js';
import { givenSource, sourceStage } from '../any-source.js';
import type { Start } from '../command-module.js';
import { addExamples } from '../help.js';
import { addPackOptions, packOptions, type PackFlags } from '../pack-options.js';
import { addDryRun, performStage } from '../perform-stage.js';
import { addPushOptions, pushOptions, type PushFlags } from '../push-options.js';
import { addSourceOptions, sourceOptions, type SourceFlags } from '../source-options.js';
import { refusePath } from '../swapped-arguments.js';
import { taggedTarget } from '../tagged-target.js';

interface PackageCommandOptions extends PackFlags, PushFlags, SourceFlags {
  readonly dryRun?: boolean;
}

export function define(command: Command, start: Start): void {
  command
    .description(
      'Makes an OCI artifact of a model: a GGUF, a directory, a repository.\nThe destination is a layout directory, or a registry when nothing should stay here.',
    )
    .argument('<source>', 'model.gguf, ./directory, hf://org/name')
    .argument('<ref>', 'layout:./dir[:tag] or host/repository[:tag]')
    .action(async (source: string, ref: string, options: PackageCommandOptions) =>
      start(async (session) => {
        refusePath('package', source, ref, session.path);
        const { to, tags } = taggedTarget(ref, options.tag);
        const stage = pipeline(
          sourceStage(givenSource(source, session.path), sourceOptions(options)),
          pack(await packOptions(options, session.path)),
          push(to, pushOptions(options, tags)),
        );
        await performStage(session, stage, `pipeline package ${source} ${ref}`, options.dryRun);
      }),
    );
  addPackOptions(command);
  addPushOptions(command);
  addSourceOptions(command, ['revision', 'include', 'exclude', 'kind', 'xet']);
  addDryRun(command);
  addExamples(
    command,
    'pipeline package model-Q4_K_M.gguf layout:./models:q4_k_m',
    'pipeline package model-Q4_K_M.gguf layout:./models:q4_k_m --format modelpack --format docker',
    'pipeline package model-Q4_K_M.gguf localhost:5000/qwen:q4_k_m --format ollama --ollama-parameters num_ctx=8192',
    'pipeline package ./my-model layout:./models:latest --annotation org.opencontainers.image.licenses=Apache-2.0',
    'SOURCE_DATE_EPOCH=1700000000 pipeline package ./my-model layout:./models:v1',
  );
}
