import type { Command } from 'commander';
import { pipeline, SlipwayError } from '../../core/index.js';
import { pack, push } from '../../stages/index.js';
import { givenSource, isArtifact, sourceStage } from '../any-source.js';
import type { Start } from '../command-module.js';
import { copyReference } from '../copy-reference.js';
import { addExamples } from '../help.js';
import { addPackOptions, packOptions, type PackFlags } from '../pack-options.js';
import { addDryRun, performStage } from '../perform-stage.js';
import { addPushOptions, pushOptions, type PushFlags } from '../push-options.js';
import { addSourceOptions, sourceOptions, type SourceFlags } from '../source-options.js';
import { refusePath } from '../swapped-arguments.js';
import { taggedTarget } from '../tagged-target.js';

interface PushCommandOptions extends PackFlags, PushFlags, SourceFlags {
  readonly dryRun?: boolean;
}

export function define(command: Command, start: Start): void {
  command
    .description(
      'Sends an artifact of a layout, or a model that is packaged on the way, to a registry.\nPrints what a deployment should name: ref@sha256:….',
    )
    .argument('<source>', 'layout:./dir:tag, model.gguf, ./directory or hf://org/name')
    .argument('<ref>', 'host/repository[:tag]')
    .action(async (source: string, ref: string, options: PushCommandOptions) =>
      start(async (session) => {
        refusePath('push', source, ref, session.path);
        const given = givenSource(source, session.path);
        const { to, tags } = taggedTarget(ref, options.tag);
        const packing = await packOptions(options, session.path);
        const pushing = pushOptions(options, tags);
        const selecting = sourceOptions(options);
        if (isArtifact(given)) {
          const { overwrite: _overwrite, tags: _tags, quotaCheck: _quotaCheck, ...forModels } = pushing;
          refuseForArtifacts({ ...packing, ...forModels, ...selecting });
          const { overwrite, quotaCheck } = options;
          await copyReference(session, given.source, { to, tags, overwrite, quotaCheck }, options.dryRun);
          return;
        }
        const stage = pipeline(sourceStage(given, selecting), pack(packing), push(to, pushing));
        await performStage(session, stage, `pipeline push ${source} ${ref}`, options.dryRun);
      }),
    );
  addPushOptions(command);
  addPackOptions(command);
  addSourceOptions(command, ['include', 'exclude', 'kind', 'xet']);
  addDryRun(command);
  addExamples(
    command,
    'pipeline push layout:./models:q4_k_m harbor.example.com/models/qwen:q4_k_m',
    'pipeline push model-Q4_K_M.gguf localhost:5000/models/qwen:q4_k_m --tag latest',
    "pipeline push ./my-model localhost:5000/models/mine:v1 --format oras --include '**'",
    'ref=$(pipeline push --quiet ./my-model localhost:5000/models/mine:v1)',
  );
}

/** An artifact is sent as it is: what would shape it is refused rather than ignored. */
function refuseForArtifacts(shaping: object): void {
  const [key] = Object.keys(shaping);
  if (key === undefined) return;
  throw new SlipwayError('USAGE', `an artifact is sent as it is: ${FLAGS.get(key) ?? key} is for models`, {
    try: 'pipeline repackage',
  });
}

/** How the options are called on a command line. */
const FLAGS: ReadonlyMap<string, string> = new Map([
  ['formats', '--format'],
  ['annotations', '--annotation'],
  ['name', '--name'],
  ['index', '--index'],
  ['indexTags', '--index-tag'],
  ['modelSpec', '--model-spec-…'],
  ['kitops', '--kitops-layers'],
  ['modelcar', '--modelcar-architecture'],
  ['oras', '--oras-artifact-type'],
  ['ollama', '--ollama-…'],
  ['split', '--split'],
  ['splitMaxSize', '--split-max-size'],
  ['include', '--include'],
  ['exclude', '--exclude'],
  ['kinds', '--kind'],
  ['xet', '--xet'],
]);
