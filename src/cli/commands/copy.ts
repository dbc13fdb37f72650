import type { Command } from 'commander';
import { SlipwayError } from '../../core/index.js';
import { copy, COPY_OPTIONS } from '../../stages/index.js';
import { givenSource, isArtifact } from '../arguments/any-source.js';
import type { Start } from '../program/command-module.js';
import { performCopy } from '../session/perform-copy.js';
import { declareOptions } from '../options/declare-options.js';
import { DRY_RUN } from '../session/perform-stage.js';
import { addExamples } from '../program/help.js';
import { refusePath } from '../arguments/swapped-arguments.js';
import { taggedTarget } from '../arguments/tagged-target.js';

export function define(command: Command, start: Start): void {
  command
    .description('Copies an artifact between registries and layouts. Its digest stays what it is.')
    .argument('<source>', 'host/repository[:tag][@sha256:…], layout:./dir:tag or oci-archive:f.tar:tag')
    .argument('<destination>', 'host/repository[:tag], layout:./dir[:tag] or oci-archive:f.tar[:tag]')
    .action(async (source: string, destination: string) =>
      start(async (session) => {
        const from = givenSource(source, session.path);
        if (!isArtifact(from))
          throw new SlipwayError('USAGE', `'${source}' names no artifact`, {
            try: `pipeline push ${source} ${destination}`,
          });
        refusePath('copy', source, destination, session.path);
        const { own, dry } = await read(session.path);
        const { to, tags } = taggedTarget(destination, own.tags);
        const stage = copy(from.source, to, { ...own, tags });
        await performCopy(session, stage, `pipeline copy ${source} ${destination}`, dry.dryRun);
      }),
    );
  const read = declareOptions(command, { own: COPY_OPTIONS, dry: DRY_RUN });
  addExamples(
    command,
    'pipeline copy layout:./models:q4_k_m harbor.example.com/models/qwen:q4_k_m',
    'pipeline copy harbor.example.com/models/qwen:q4_k_m layout:./mirror',
    'pipeline copy --referrers harbor.example.com/models/qwen:q4_k_m oci-archive:qwen.tar',
    'pipeline copy --all-tags harbor.example.com/models/qwen mirror.example.com/models/qwen',
    'pipeline copy --referrers staging.example.com/m/qwen:v1 prod.example.com/m/qwen:v1',
  );
}
