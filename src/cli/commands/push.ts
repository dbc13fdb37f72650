import type { Command } from 'commander';
import { pickOptions, pipeline, SlipwayError } from '../../core/index.js';
import {
  copy,
  DOWNLOAD_OPTIONS,
  judgeLint,
  lint,
  pack,
  push,
  PUSH_OPTIONS,
  type LintMode,
} from '../../stages/index.js';
import { givenSource, isArtifact, sourceStage } from '../arguments/any-source.js';
import type { Start } from '../program/command-module.js';
import { performCopy } from '../session/perform-copy.js';
import type { Session } from '../session/session.js';
import { withContext } from '../trust/with-context.js';
import { addExamples } from '../program/help.js';
import { declareOptions } from '../options/declare-options.js';
import { PACK_FLAGS } from '../options/pack-flags.js';
import { flagsIn } from '../options/table-option.js';
import { DRY_RUN, performStage } from '../session/perform-stage.js';
import { refusePath } from '../arguments/swapped-arguments.js';
import { taggedTarget } from '../arguments/tagged-target.js';

const SOURCE = pickOptions(DOWNLOAD_OPTIONS, ['revision', 'include', 'exclude', 'kinds', 'xet', 'variant', 'policy']);

export function define(command: Command, start: Start): void {
  command
    .description(
      'Sends an artifact of a layout, or a model that is packaged on the way, to a registry.\nPrints what a deployment should name: ref@sha256:….',
    )
    .argument('<source>', 'layout:./dir:tag, oci-archive:f.tar:tag, model.gguf, ./directory or hf://org/name')
    .argument('<ref>', 'host/repository[:tag]')
    .action(async (source: string, ref: string) =>
      start(async (session) => {
        refusePath('push', source, ref, session.path);
        const place = givenSource(source, session.path);
        const { packing, sending, from, dry } = await read(session.path);
        const { to, tags } = taggedTarget(ref, sending.tags);
        if (isArtifact(place)) {
          const { overwrite, quotaCheck, chunkSize, tags: _tags, lint: mode, ...forModels } = sending;
          refuseForArtifacts({ ...packing, ...forModels, ...from });
          if (mode !== undefined && mode !== 'off') await lintFirst(session, place.source, mode);
          const copying = copy(place.source, to, { tags, overwrite, quotaCheck, chunkSize });
          await performCopy(session, copying, `pipeline push ${source} ${ref}`, dry.dryRun);
          return;
        }
        const stage = pipeline(sourceStage(place, from), pack(packing), push(to, { ...sending, tags }));
        await performStage(session, stage, `pipeline push ${source} ${ref}`, dry.dryRun);
      }),
    );
  const read = declareOptions(command, { sending: PUSH_OPTIONS, packing: PACK_FLAGS, from: SOURCE, dry: DRY_RUN });
  addExamples(
    command,
    'pipeline push layout:./models:q4_k_m harbor.example.com/models/qwen:q4_k_m',
    'pipeline push model-Q4_K_M.gguf localhost:5000/models/qwen:q4_k_m --tag latest',
    "pipeline push ./my-model localhost:5000/models/mine:v1 --format oras --include '**'",
    'ref=$(pipeline push --quiet ./my-model localhost:5000/models/mine:v1)',
  );
}

/** Looks an artifact over before it is sent. Throws `LINT_FAILED`. */
async function lintFirst(session: Session, address: string, mode: Exclude<LintMode, 'off'>): Promise<void> {
  const report = await withContext(session, 'lint', async (context) => lint(address, {}, context));
  for (const message of judgeLint(report, mode)) session.note(`warning[LINT]: ${message}`);
}

/** An artifact is sent as it is: what would shape it is refused rather than ignored. */
function refuseForArtifacts(shaping: object): void {
  const [flag] = flagsIn({ ...PACK_FLAGS, ...PUSH_OPTIONS, ...SOURCE }, shaping);
  if (flag === undefined) return;
  throw new SlipwayError('USAGE', `an artifact is sent as it is: ${flag} is for models`, {
    try: 'pipeline repackage',
  });
}
