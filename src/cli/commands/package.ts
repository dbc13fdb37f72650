import type { Command } from 'commander';
import { pickOptions, pipeline } from '../../core/index.js';
import { DOWNLOAD_OPTIONS, pack, push, PUSH_OPTIONS } from '../../stages/index.js';
import { givenSource, sourceStage } from '../arguments/any-source.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { declareOptions } from '../options/declare-options.js';
import { PACK_FLAGS } from '../options/pack-flags.js';
import { DRY_RUN, performStage } from '../session/perform-stage.js';
import { refusePath } from '../arguments/swapped-arguments.js';
import { taggedTarget } from '../arguments/tagged-target.js';

const SOURCE = pickOptions(DOWNLOAD_OPTIONS, ['revision', 'include', 'exclude', 'kinds', 'xet', 'variant', 'policy']);

export function define(command: Command, start: Start): void {
  command
    .description(
      'Makes an OCI artifact of a model: a GGUF, a directory, a repository.\nThe destination is a layout directory, or a registry when nothing should stay here.',
    )
    .argument('<source>', 'model.gguf, ./directory, hf://org/name')
    .argument('<ref>', 'layout:./dir[:tag] or host/repository[:tag]')
    .action(async (source: string, ref: string) =>
      start(async (session) => {
        refusePath('package', source, ref, session.path);
        const { packing, sending, from, dry } = await read(session.path);
        const { to, tags } = taggedTarget(ref, sending.tags);
        const stage = pipeline(
          sourceStage(givenSource(source, session.path), from),
          pack(packing),
          push(to, { ...sending, tags }),
        );
        await performStage(session, stage, `pipeline package ${source} ${ref}`, dry.dryRun);
      }),
    );
  const read = declareOptions(command, {
    packing: PACK_FLAGS,
    sending: PUSH_OPTIONS,
    from: SOURCE,
    dry: DRY_RUN,
  });
  addExamples(
    command,
    'pipeline package model-Q4_K_M.gguf layout:./models:q4_k_m',
    'pipeline package model-Q4_K_M.gguf layout:./models:q4_k_m --format modelpack --format docker',
    'pipeline package model-Q4_K_M.gguf localhost:5000/qwen:q4_k_m --format ollama --ollama-parameters num_ctx=8192',
    'pipeline package ./my-model layout:./models:latest --annotation org.opencontainers.image.licenses=Apache-2.0',
    'SOURCE_DATE_EPOCH=1700000000 pipeline package ./my-model layout:./models:v1',
  );
}
