import { SlipwayError } from '../../core/index.js';
import type { Command } from 'commander';
import { PACKAGE_FORMATS, packageFormat, repackage } from '../../stages/index.js';
import { givenSource, isArtifact } from '../any-source.js';
import { collect } from '../collect.js';
import type { Start } from '../command-module.js';
import { addDryRun, performStage } from '../perform-stage.js';
import { addExamples } from '../help.js';
import { taggedTarget } from '../tagged-target.js';

interface RepackageCommandOptions {
  readonly dryRun?: boolean;
  readonly format?: readonly string[];
  readonly variant?: string;
  readonly tag?: readonly string[];
  readonly overwrite: boolean;
}

export function define(command: Command, start: Start): void {
  command
    .description(
      'Gives an artifact another packaging format.\nFiles that are layers of their own keep their blobs: within one registry they are mounted, not sent.',
    )
    .argument('<source>', 'host/repository[:tag][@sha256:…] or layout:./dir[:tag]')
    .argument('<destination>', 'host/repository[:tag] or layout:./dir[:tag]')
    .option('--format <name>', `packaging format (repeatable): ${PACKAGE_FORMATS.join(', ')}`, collect)
    .option('--variant <name>', 'which member of an index: Q4_K_M')
    .option('--tag <tag>', 'a further tag (repeatable)', collect)
    .option('--no-overwrite', 'refuse to move a tag that points at something else')
    .action(async (source: string, destination: string, options: RepackageCommandOptions) =>
      start(async (session) => {
        const given = givenSource(source, session.path);
        if (!isArtifact(given)) {
          throw new SlipwayError('USAGE', `'${source}' names no artifact`, { try: 'pipeline package' });
        }
        const { to, tags } = taggedTarget(destination, options.tag);
        const stage = repackage(given.source, to, {
          overwrite: options.overwrite,
          ...(options.format !== undefined && { formats: options.format.map(packageFormat) }),
          ...(options.variant !== undefined && { variant: options.variant }),
          ...(tags.length > 0 && { tags }),
        });
        await performStage(session, stage, `pipeline repackage ${source} ${destination}`, options.dryRun);
      }),
    );
  addDryRun(command);
  addExamples(
    command,
    'pipeline repackage harbor.example.com/models/qwen:q4_k_m harbor.example.com/docker/qwen:q4_k_m --format docker',
    'pipeline repackage layout:./models:q4_k_m layout:./models:q4_k_m-kserve --format modelcar',
  );
}
