import { SlipwayError } from '../../core/index.js';
import type { Command } from 'commander';
import { repackage } from '../../stages/index.js';
import { givenSource, isArtifact } from '../any-source.js';
import type { Start } from '../command-module.js';
import { addExamples } from '../help.js';
import { addPackOptions, packOptions, type PackFlags } from '../pack-options.js';
import { addDryRun, performStage } from '../perform-stage.js';
import { addPushOptions, pushOptions, type PushFlags } from '../push-options.js';
import { addSourceOptions } from '../source-options.js';
import { taggedTarget } from '../tagged-target.js';

interface RepackageCommandOptions extends PackFlags, PushFlags {
  readonly dryRun?: boolean;
  readonly variant?: string;
}

export function define(command: Command, start: Start): void {
  command
    .description(
      'Gives an artifact another packaging format.\nFiles that are layers of their own keep their blobs: within one registry they are mounted, not sent.',
    )
    .argument('<source>', 'host/repository[:tag][@sha256:…] or layout:./dir[:tag]')
    .argument('<destination>', 'host/repository[:tag] or layout:./dir[:tag]')
    .action(async (source: string, destination: string, options: RepackageCommandOptions) =>
      start(async (session) => {
        const given = givenSource(source, session.path);
        if (!isArtifact(given)) {
          throw new SlipwayError('USAGE', `'${source}' names no artifact`, { try: 'pipeline package' });
        }
        const { to, tags } = taggedTarget(destination, options.tag);
        const stage = repackage(given.source, to, {
          ...(await packOptions(options, session.path)),
          ...pushOptions(options, tags),
          ...(options.variant !== undefined && { variant: options.variant }),
        });
        await performStage(session, stage, `pipeline repackage ${source} ${destination}`, options.dryRun);
      }),
    );
  addPackOptions(command);
  addPushOptions(command);
  addSourceOptions(command, ['variant']);
  addDryRun(command);
  addExamples(
    command,
    'pipeline repackage harbor.example.com/models/qwen:q4_k_m harbor.example.com/docker/qwen:q4_k_m --format docker',
    'pipeline repackage layout:./models:q4_k_m layout:./models:q4_k_m-kserve --format modelcar',
  );
}
