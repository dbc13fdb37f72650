import type { Command } from 'commander';
import { formatBytes } from '../../run/index.js';
import { taggedManifests } from '../lifecycle/tagged.js';
import { withRepository } from '../lifecycle/with-repository.js';
import { addExamples } from '../program/help.js';
import type { Start } from '../program/command-module.js';
import { safeLine } from '../screen/text.js';

export function define(command: Command, start: Start): void {
  command
    .description('Lists the tags of a repository or layout with what they point at.')
    .argument('<repository>', 'host/repository, layout:./dir or oci-archive:f.tar')
    .action(async (repository: string) =>
      start(async (session) => {
        const result = await withRepository(session, 'ls', repository, async ({ target }, { signal }) => ({
          name: target.name,
          tags: await taggedManifests(target, signal),
        }));
        const width = Math.max(0, ...result.tags.map(({ tag }) => tag.length));
        session.output.result({
          json: { ok: true, ...result },
          text: result.tags
            .map(({ tag, digest, size, artifactType, mediaType }) =>
              safeLine(
                `${tag.padEnd(width)}  ${digest}  ${formatBytes(size).padStart(8)}  ${artifactType ?? mediaType}`,
              ),
            )
            .join('\n'),
          quiet: result.tags.map(({ tag }) => safeLine(tag)).join('\n'),
        });
        // A registry says the same of a name that is wrong.
        if (result.tags.length === 0) session.note(`nothing has a tag in ${safeLine(result.name)}: check the name`);
      }),
    );
  addExamples(command, 'pipeline ls harbor.example.com/models/qwen', 'pipeline ls layout:./models --json');
}
