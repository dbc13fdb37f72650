import type { Command } from 'commander';
import { optionTable, pickOptions, SlipwayError } from '../../core/index.js';
import { parseReference } from '../../registry/index.js';
import { PUSH_OPTIONS } from '../../stages/index.js';
import { givenSource, isArtifact } from '../arguments/any-source.js';
import type { Start } from '../program/command-module.js';
import { copyReference } from '../session/copy-reference.js';
import { declareOptions } from '../options/declare-options.js';
import { DRY_RUN } from '../session/perform-stage.js';
import { addExamples } from '../program/help.js';
import { refusePath } from '../arguments/swapped-arguments.js';
import { taggedTarget } from '../arguments/tagged-target.js';

const OWN = optionTable({
  referrers: { kind: 'flag', help: 'also what refers to it: signatures, attestations' },
  platform: {
    kind: 'text',
    value: 'os/arch',
    help: 'of an index only this platform: linux/arm64; all of it unless given',
  },
  ...pickOptions(PUSH_OPTIONS, ['tags']),
  allTags: { kind: 'flag', help: 'every tag of the source, under its own name' },
  ...pickOptions(PUSH_OPTIONS, ['overwrite', 'quotaCheck', 'chunkSize']),
});

export function define(command: Command, start: Start): void {
  command
    .description('Copies an artifact between registries and layouts. Its digest stays what it is.')
    .argument('<source>', 'host/repository[:tag][@sha256:…] or layout:./dir:tag')
    .argument('<destination>', 'host/repository[:tag] or layout:./dir[:tag]')
    .action(async (source: string, destination: string) =>
      start(async (session) => {
        const given = givenSource(source, session.path);
        if (!isArtifact(given))
          throw new SlipwayError('USAGE', `'${source}' names no artifact`, {
            try: `pipeline push ${source} ${destination}`,
          });
        refusePath('copy', source, destination, session.path);
        const { own, dry } = await read(session.path);
        const { to, tags = [] } = taggedTarget(destination, own.tags);
        const { overwrite = true, quotaCheck = true, chunkSize, platform, allTags = false, referrers = false } = own;
        if (allTags && (tags.length > 0 || namesOne(given.source))) {
          throw new SlipwayError('USAGE', '--all-tags takes a source and a destination without tags', {
            try: 'pipeline copy --all-tags harbor.example.com/models/qwen mirror.example.com/models/qwen',
          });
        }
        const how = { overwrite, quotaCheck, chunkSize, referrers, allTags, platform };
        await copyReference(session, given.source, { to, tags, ...how }, dry.dryRun);
      }),
    );
  const read = declareOptions(command, { own: OWN, dry: DRY_RUN });
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
