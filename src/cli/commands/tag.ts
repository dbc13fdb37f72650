import type { Command } from 'commander';
import { optionTable, SlipwayError } from '../../core/index.js';
import { wantedReference, isTag } from '../../registry/index.js';
import { withRepository } from '../lifecycle/with-repository.js';
import { declareOptions } from '../options/declare-options.js';
import { addExamples } from '../program/help.js';
import type { Start } from '../program/command-module.js';
import { safeLine } from '../screen/text.js';

const OWN = optionTable({
  overwrite: { kind: 'flag', off: true, help: 'refuse to move a tag that points at something else' },
});

export function define(command: Command, start: Start): void {
  command
    .description('Gives an artifact further tags where it is. No byte of it moves.')
    .argument('<ref>', 'host/repository:tag, …@sha256:…, layout:./dir:tag or oci-archive:f.tar:tag')
    .argument('<tags...>', 'the further tags')
    .action(async (ref: string, tags: readonly string[]) =>
      start(async (session) => {
        const { overwrite = true } = (await read(session.path)).own;
        const wrong = tags.find((tag) => !isTag(tag));
        if (wrong !== undefined)
          throw new SlipwayError('USAGE', `'${wrong}' is not a tag`, { try: `pipeline tag ${ref} v2` });
        const made = await withRepository(session, 'tag', ref, async (opened, { signal }) => {
          const { target } = opened;
          const descriptor = await target.resolve(await wantedReference(opened, signal), signal);
          for (const one of overwrite ? [] : tags) {
            const there = await target.resolve(one, signal).catch(() => undefined);
            if (there !== undefined && there.digest !== descriptor.digest)
              throw moved(`${target.name}:${one}`, there.digest);
          }
          for (const one of tags) await target.tag(descriptor, one, signal);
          return tags.map((one) => `${target.name}:${one}@${descriptor.digest}`);
        });
        session.output.result({ json: { ok: true, tagged: made }, text: made.map(safeLine).join('\n') });
      }),
    );
  const read = declareOptions(command, { own: OWN });
  addExamples(
    command,
    'pipeline tag harbor.example.com/models/qwen:q4_k_m stable',
    'pipeline tag layout:./models:q4_k_m v1 latest --no-overwrite',
  );
}

function moved(where: string, there: string): SlipwayError {
  return new SlipwayError('TAG_EXISTS', `'${where}' already points to a different artifact`, {
    where,
    got: there,
    kept: 'no tag was moved',
    try: 'another tag, or leave --no-overwrite out',
  });
}
