import type { Command } from 'commander';
import { optionTable, pickOptions } from '../../core/index.js';
import { openRunScope } from '../../run/index.js';
import { DOWNLOAD_OPTIONS } from '../../stages/index.js';
import { givenSource, isArtifact, openGiven } from '../arguments/any-source.js';
import type { Start } from '../program/command-module.js';
import { declareOptions } from '../options/declare-options.js';
import { addExamples } from '../program/help.js';
import { artifactFacts } from '../inspect/artifact-facts.js';
import { snapshotFacts } from '../inspect/snapshot-facts.js';

const OWN = optionTable({
  tensors: { kind: 'flag', help: 'every tensor; with --json also vocabularies in full' },
});

export function define(command: Command, start: Start): void {
  command
    .description(
      'Shows what a GGUF, a safetensors file, a repository or an artifact is. Remote files are read by ranges: only headers.',
    )
    .argument(
      '<what>',
      'model.gguf, model.safetensors, ./dir, hf://org/name, host/repository[:tag], layout:./dir[:tag]',
    )
    .action(async (what: string) =>
      start(async (session) => {
        const { own, from } = await read(session.path);
        const scope = await openRunScope(
          { name: 'inspect', pipeline: { name: 'inspect', run: async () => undefined }, store: 'none' },
          { env: session.env, signal: session.signal, network: session.network },
        );
        try {
          const given = givenSource(what, session.path);
          const tensors = own.tensors === true;
          const { context } = scope;
          const result = isArtifact(given)
            ? await artifactFacts(given.source, tensors, context)
            : await snapshotFacts(await openGiven(given, context, from.revision), tensors, context.signal);
          session.output.result(result);
        } finally {
          await scope.close();
        }
      }),
    );
  const read = declareOptions(command, { own: OWN, from: pickOptions(DOWNLOAD_OPTIONS, ['revision']) });
  addExamples(
    command,
    'pipeline inspect model-Q4_K_M.gguf --tensors',
    'pipeline inspect hf://Qwen/Qwen2.5-0.5B-Instruct',
    'pipeline inspect harbor.example.com/models/qwen:q4_k_m --json',
  );
}
