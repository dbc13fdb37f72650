import type { Command } from 'commander';
import { openRunScope } from '../../run/index.js';
import { givenSource, isArtifact, openGiven } from '../arguments/any-source.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { artifactFacts } from '../inspect/artifact-facts.js';
import { snapshotFacts } from '../inspect/snapshot-facts.js';

export function define(command: Command, start: Start): void {
  command
    .description(
      'Shows what a GGUF, a safetensors file, a repository or an artifact is. Remote files are read by ranges: only headers.',
    )
    .argument(
      '<what>',
      'model.gguf, model.safetensors, ./dir, hf://org/name, host/repository[:tag], layout:./dir[:tag]',
    )
    .option('--tensors', 'every tensor; with --json also vocabularies in full')
    .option('--revision <name>', 'branch, tag or commit of a repository')
    .action(async (what: string, options: { readonly tensors?: boolean; readonly revision?: string }) =>
      start(async (session) => {
        const scope = await openRunScope(
          { name: 'inspect', pipeline: { name: 'inspect', run: async () => undefined }, store: 'none' },
          { env: session.env, signal: session.signal, network: session.network },
        );
        try {
          const given = givenSource(what, session.path);
          const tensors = options.tensors === true;
          const { context } = scope;
          const result = isArtifact(given)
            ? await artifactFacts(given.source, tensors, context)
            : await snapshotFacts(await openGiven(given, context, options.revision), tensors, context.signal);
          session.output.result(result);
        } finally {
          await scope.close();
        }
      }),
    );
  addExamples(
    command,
    'pipeline inspect model-Q4_K_M.gguf --tensors',
    'pipeline inspect hf://Qwen/Qwen2.5-0.5B-Instruct',
    'pipeline inspect harbor.example.com/models/qwen:q4_k_m --json',
  );
}
