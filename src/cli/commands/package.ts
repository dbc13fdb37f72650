import { SlipwayError, pipeline } from '../../core/index.js';
import type { Command } from 'commander';
import { pack, PACKAGE_FORMATS, packageFormat, push, type PackStageOptions } from '../../stages/index.js';
import { givenSource, sourceStage } from '../any-source.js';
import type { Start } from '../command-module.js';
import { addDryRun, performStage } from '../perform-stage.js';
import { addExamples } from '../help.js';
import { collect } from '../collect.js';
import { taggedTarget } from '../tagged-target.js';

interface PackageCommandOptions {
  readonly dryRun?: boolean;
  readonly format?: readonly string[];
  readonly index?: boolean;
  readonly annotation?: readonly string[];
  readonly name?: string;
  readonly tag?: readonly string[];
  readonly overwrite: boolean;
  readonly splitMaxSize?: string;
}

export function define(command: Command, start: Start): void {
  command
    .description(
      'Makes an OCI artifact of a model: a GGUF, a directory, a repository.\nThe destination is a layout directory, or a registry when nothing should stay here.',
    )
    .argument('<source>', 'model.gguf, ./directory, hf://org/name')
    .argument('<ref>', 'layout:./dir[:tag] or host/repository[:tag]')
    .option('--format <name>', `packaging format (repeatable): ${PACKAGE_FORMATS.join(', ')}`, collect)
    .option('--index', 'also an OCI index over the variants')
    .option('--annotation <key=value>', 'annotation of the manifest (repeatable)', collect)
    .option('--name <name>', "the model's name")
    .option('--tag <tag>', 'a further tag (repeatable)', collect)
    .option('--split-max-size <size>', 'cut a GGUF that is larger: 2G, 500M')
    .option('--no-overwrite', 'refuse to move a tag that points at something else')
    .action(async (source: string, ref: string, options: PackageCommandOptions) =>
      start(async (session) => {
        const { to, tags } = taggedTarget(ref, options.tag);
        const stage = pipeline(
          sourceStage(givenSource(source, session.path)),
          pack(packOptions(options)),
          push(to, { overwrite: options.overwrite, ...(tags.length === 0 ? {} : { tags }) }),
        );
        await performStage(session, stage, `pipeline package ${source} ${ref}`, options.dryRun);
      }),
    );
  addDryRun(command);
  addExamples(
    command,
    'pipeline package model-Q4_K_M.gguf layout:./models:q4_k_m',
    'pipeline package model-Q4_K_M.gguf layout:./models:q4_k_m --format modelpack --format docker',
    'pipeline package ./my-model layout:./models:latest --annotation org.opencontainers.image.licenses=Apache-2.0',
    'SOURCE_DATE_EPOCH=1700000000 pipeline package ./my-model layout:./models:v1',
  );
}

function packOptions(options: PackageCommandOptions): PackStageOptions {
  return {
    ...(options.format === undefined ? {} : { formats: options.format.map(packageFormat) }),
    ...(options.annotation === undefined ? {} : { annotations: annotationsOf(options.annotation) }),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.splitMaxSize === undefined ? {} : { splitMaxSize: options.splitMaxSize }),
    ...(options.index === undefined ? {} : { index: options.index }),
  };
}

function annotationsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const split = pair.indexOf('=');
      if (split > 0) return [pair.slice(0, split), pair.slice(split + 1)];
      throw new SlipwayError('USAGE', `--annotation '${pair}' is not key=value`, {
        try: '--annotation org.opencontainers.image.licenses=Apache-2.0',
      });
    }),
  );
}
