import type { Command } from 'commander';
import { pipeline, SlipwayError } from '../../core/index.js';
import { pack, push } from '../../stages/index.js';
import { givenSource, isArtifact, sourceStage } from '../any-source.js';
import type { Start } from '../command-module.js';
import { copyReference } from '../copy-reference.js';
import { addDryRun, performStage } from '../perform-stage.js';
import { addExamples } from '../help.js';
import { collect } from '../collect.js';
import { taggedTarget } from '../tagged-target.js';

interface PushCommandOptions {
  readonly dryRun?: boolean;
  readonly tag?: readonly string[];
  readonly overwrite: boolean;
  readonly splitMaxSize?: string;
}

export function define(command: Command, start: Start): void {
  command
    .description(
      'Sends an artifact of a layout, or a model that is packaged on the way, to a registry.\nPrints what a deployment should name: ref@sha256:….',
    )
    .argument('<source>', 'layout:./dir:tag, model.gguf, ./directory or hf://org/name')
    .argument('<ref>', 'host/repository[:tag]')
    .option('--tag <tag>', 'a further tag (repeatable)', collect)
    .option('--split-max-size <size>', 'cut a GGUF that is larger: 2G, 500M')
    .option('--no-overwrite', 'refuse to move a tag that points at something else')
    .action(async (source: string, ref: string, options: PushCommandOptions) =>
      start(async (session) => {
        const given = givenSource(source, session.path);
        const { to, tags } = taggedTarget(ref, options.tag);
        if (isArtifact(given)) {
          if (options.splitMaxSize !== undefined) {
            throw new SlipwayError('USAGE', 'an artifact is sent as it is: --split-max-size is for models', {
              try: 'pipeline repackage',
            });
          }
          await copyReference(session, given.source, { to, tags, overwrite: options.overwrite }, options.dryRun);
          return;
        }
        const settings = {
          overwrite: options.overwrite,
          ...(tags.length === 0 ? {} : { tags }),
          ...(options.splitMaxSize !== undefined && { splitMaxSize: options.splitMaxSize }),
        };
        const stage = pipeline(sourceStage(given), pack(), push(to, settings));
        await performStage(session, stage, `pipeline push ${source} ${ref}`, options.dryRun);
      }),
    );
  addDryRun(command);
  addExamples(
    command,
    'pipeline push layout:./models:q4_k_m harbor.example.com/models/qwen:q4_k_m',
    'pipeline push model-Q4_K_M.gguf localhost:5000/models/qwen:q4_k_m --tag latest',
    'ref=$(pipeline push --quiet ./my-model localhost:5000/models/mine:v1)',
  );
}
