import type { Command } from 'commander';
import { SlipwayError } from '../../core/index.js';
import { parseReference } from '../../registry/index.js';
import { givenSource, isArtifact } from '../any-source.js';
import { collect } from '../collect.js';
import type { Start } from '../command-module.js';
import { copyReference } from '../copy-reference.js';
import { addDryRun } from '../perform-stage.js';
import { addExamples } from '../help.js';
import { refusePath } from '../swapped-arguments.js';
import { taggedTarget } from '../tagged-target.js';

interface CopyCommandOptions {
  readonly dryRun?: boolean;
  readonly referrers?: boolean;
  readonly platform?: string;
  readonly allTags?: boolean;
  readonly tag?: readonly string[];
  readonly overwrite: boolean;
  readonly quotaCheck: boolean;
}

export function define(command: Command, start: Start): void {
  command
    .description('Copies an artifact between registries and layouts. Its digest stays what it is.')
    .argument('<source>', 'host/repository[:tag][@sha256:…] or layout:./dir:tag')
    .argument('<destination>', 'host/repository[:tag] or layout:./dir[:tag]')
    .option('--referrers', 'also what refers to it: signatures, attestations')
    .option('--platform <os/arch>', 'of an index only this platform: linux/arm64; all of it unless given')
    .option('--tag <tag>', 'a further tag in the destination (repeatable)', collect)
    .option('--all-tags', 'every tag of the source, under its own name')
    .option('--no-overwrite', 'refuse to move a tag that points at something else')
    .option('--no-quota-check', "send without asking a Harbor first whether the project's quota has room")
    .action(async (source: string, destination: string, options: CopyCommandOptions) =>
      start(async (session) => {
        const given = givenSource(source, session.path);
        if (!isArtifact(given))
          throw new SlipwayError('USAGE', `'${source}' names no artifact`, {
            try: `pipeline push ${source} ${destination}`,
          });
        refusePath('copy', source, destination, session.path);
        const { to, tags } = taggedTarget(destination, options.tag);
        const { overwrite, quotaCheck, platform, allTags = false, referrers = false, dryRun } = options;
        if (allTags && (tags.length > 0 || namesOne(given.source))) {
          throw new SlipwayError('USAGE', '--all-tags takes a source and a destination without tags', {
            try: 'pipeline copy --all-tags harbor.example.com/models/qwen mirror.example.com/models/qwen',
          });
        }
        const how = { overwrite, quotaCheck, referrers, allTags, ...(platform !== undefined && { platform }) };
        await copyReference(session, given.source, { to, tags, ...how }, dryRun);
      }),
    );
  addDryRun(command);
  addExamples(
    command,
    'pipeline copy layout:./models:q4_k_m harbor.example.com/models/qwen:q4_k_m',
    'pipeline copy harbor.example.com/models/qwen:q4_k_m layout:./mirror',
    'pipeline copy --all-tags harbor.example.com/models/qwen mirror.example.com/models/qwen',
    'pipeline copy --referrers staging.example.com/m/qwen:v1 prod.example.com/m/qwen:v1',
  );
}

function namesOne(source: string): boolean {
  const { tag, digest } = parseReference(source);
  return tag !== undefined || digest !== undefined;
}
