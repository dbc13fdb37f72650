import type { Command } from 'commander';
import { SlipwayError } from '../../core/index.js';
import { givenSource, isArtifact } from '../any-source.js';
import type { Start } from '../command-module.js';
import { copyReference } from '../copy-reference.js';
import { addDryRun } from '../perform-stage.js';
import { addExamples } from '../help.js';
import { taggedTarget } from '../tagged-target.js';

interface CopyCommandOptions {
  readonly dryRun?: boolean;
  readonly referrers?: boolean;
  readonly overwrite: boolean;
}

export function define(command: Command, start: Start): void {
  command
    .description('Copies an artifact between registries and layouts. Its digest stays what it is.')
    .argument('<source>', 'host/repository[:tag][@sha256:…] or layout:./dir:tag')
    .argument('<destination>', 'host/repository[:tag] or layout:./dir[:tag]')
    .option('--referrers', 'also what refers to it: signatures, attestations')
    .option('--no-overwrite', 'refuse to move a tag that points at something else')
    .action(async (source: string, destination: string, options: CopyCommandOptions) =>
      start(async (session) => {
        const given = givenSource(source, session.path);
        if (!isArtifact(given))
          throw new SlipwayError('USAGE', `'${source}' names no artifact`, { try: 'pipeline push' });
        const { to, tags } = taggedTarget(destination);
        const referrers = options.referrers === true;
        await copyReference(
          session,
          given.source,
          { to, tags, overwrite: options.overwrite, referrers },
          options.dryRun,
        );
      }),
    );
  addDryRun(command);
  addExamples(
    command,
    'pipeline copy layout:./models:q4_k_m harbor.example.com/models/qwen:q4_k_m',
    'pipeline copy harbor.example.com/models/qwen:q4_k_m layout:./mirror',
    'pipeline copy --referrers staging.example.com/m/qwen:v1 prod.example.com/m/qwen:v1',
  );
}
