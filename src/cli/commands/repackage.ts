import type { Command } from 'commander';
import { pickOptions, SlipwayError } from '../../core/index.js';
import { DOWNLOAD_OPTIONS, PUSH_OPTIONS, repackage } from '../../stages/index.js';
import { givenSource, isArtifact } from '../arguments/any-source.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { declareOptions } from '../options/declare-options.js';
import { PACK_FLAGS } from '../options/pack-flags.js';
import { DRY_RUN, performStage } from '../session/perform-stage.js';
import { taggedTarget } from '../arguments/tagged-target.js';

export function define(command: Command, start: Start): void {
  command
    .description(
      'Gives an artifact another packaging format.\nFiles that are layers of their own keep their blobs: within one registry they are mounted, not sent.',
    )
    .argument('<source>', 'host/repository[:tag][@sha256:…], layout:./dir[:tag] or oci-archive:f.tar[:tag]')
    .argument('<destination>', 'host/repository[:tag], layout:./dir[:tag] or oci-archive:f.tar[:tag]')
    .action(async (source: string, destination: string) =>
      start(async (session) => {
        const place = givenSource(source, session.path);
        if (!isArtifact(place)) {
          throw new SlipwayError('USAGE', `'${source}' names no artifact`, { try: 'pipeline package' });
        }
        const { packing, sending, from, dry } = await read(session.path);
        const { to, tags } = taggedTarget(destination, sending.tags);
        const stage = repackage(place.source, to, { ...packing, ...sending, tags, ...from });
        await performStage(session, stage, `pipeline repackage ${source} ${destination}`, dry.dryRun);
      }),
    );
  const read = declareOptions(command, {
    packing: PACK_FLAGS,
    sending: PUSH_OPTIONS,
    from: pickOptions(DOWNLOAD_OPTIONS, ['variant']),
    dry: DRY_RUN,
  });
  addExamples(
    command,
    'pipeline repackage harbor.example.com/models/qwen:q4_k_m harbor.example.com/docker/qwen:q4_k_m --format docker',
    'pipeline repackage layout:./models:q4_k_m layout:./models:q4_k_m-kserve --format modelcar',
  );
}
