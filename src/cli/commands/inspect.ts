import { dirname } from 'node:path';
import type { Command } from 'commander';
import { optionTable, pickOptions, type RunContext } from '../../core/index.js';
import { wantedReference } from '../../registry/index.js';
import { findManifest } from '../../package/index.js';
import { openRunScope } from '../../run/index.js';
import { DOWNLOAD_OPTIONS, openRunTarget } from '../../stages/index.js';
import { givenSource, isArtifact, openGiven, type GivenSource } from '../arguments/any-source.js';
import type { Start } from '../program/command-module.js';
import { declareOptions } from '../options/declare-options.js';
import { addExamples } from '../program/help.js';
import { chosenKeys } from '../inspect/chosen-keys.js';
import { inspectArtifact } from '../inspect/artifact-lines.js';
import { snapshotFacts } from '../inspect/snapshot-facts.js';

const OWN = optionTable({
  keys: {
    kind: 'text',
    list: true,
    value: 'name',
    help: 'print this value alone: general.architecture, an annotation, a path in the JSON',
  },
  tensors: { kind: 'flag', help: 'every tensor; with --json also vocabularies in full' },
});
const SOURCE = pickOptions(DOWNLOAD_OPTIONS, ['revision', 'variant']);

export function define(command: Command, start: Start): void {
  command
    .description(
      'Shows what a GGUF, safetensors or ONNX file, a repository or an artifact is. Remote files are read by ranges: only headers.',
    )
    .argument(
      '<what>',
      'model.gguf, .safetensors or .onnx, ./dir, hf://org/name[/file], host/repository[:tag], layout:./dir[:tag]',
    )
    .action(async (what: string) =>
      start(async (session) => {
        const { own, from } = await read(session.path);
        const scope = await openRunScope(
          { name: 'inspect', pipeline: { name: 'inspect', run: async () => undefined }, store: 'none' },
          { env: session.env, signal: session.signal, network: session.network },
        );
        try {
          const place = givenSource(what, session.path);
          // Whole lists, and what a GGUF in an artifact says, are read where a key asks for them.
          const tensors = own.tensors === true || own.keys !== undefined;
          const { context } = scope;
          const result = isArtifact(place)
            ? await inspectArtifact(await memberAddress(place.source, from.variant, context), tensors, context)
            : await snapshotFacts(
                await openGiven(place, context, from),
                tensors,
                context.signal,
                folderOf(place, session.path(what)),
              );
          session.output.result(own.keys === undefined ? result : chosenKeys(result, own.keys, what));
        } finally {
          await scope.close();
        }
      }),
    );
  const read = declareOptions(command, { own: OWN, from: SOURCE });
  addExamples(
    command,
    'pipeline inspect hf://bartowski/Qwen2.5-0.5B-Instruct-GGUF --quant Q4_K_M',
    'pipeline inspect model-Q4_K_M.gguf --tensors',
    'pipeline inspect model-Q4_K_M.gguf --key general.architecture',
    'pipeline inspect hf://Qwen/Qwen2.5-0.5B-Instruct',
    'pipeline inspect harbor.example.com/models/qwen:q4_k_m --json',
  );
}

/** Where a file lies that was named by its path; links of that path are not followed. */
function folderOf({ folder }: GivenSource, path: string): string | undefined {
  return folder === undefined ? undefined : dirname(path);
}

/** The address of the one member of an index that is meant; the address as it is when none is. */
async function memberAddress(address: string, variant: string | undefined, context: RunContext): Promise<string> {
  if (variant === undefined) return address;
  const opened = openRunTarget(address, context, 'inspect');
  const { target } = opened;
  const { stored } = await findManifest(
    { target, reference: await wantedReference(opened, context.signal), name: target.name },
    { variant, signal: context.signal },
  );
  return `${target.name}@${stored.descriptor.digest}`;
}
