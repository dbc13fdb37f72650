import type { Command } from 'commander';
import { pickOptions, type RunContext } from '../../core/index.js';
import { wantedReference } from '../../registry/index.js';
import { compareModels, type ComparedSide } from '../../compare/index.js';
import { findManifest } from '../../package/index.js';
import { DOWNLOAD_OPTIONS, openRunTarget } from '../../stages/index.js';
import { givenSource, isArtifact, openGiven } from '../arguments/any-source.js';
import { comparisonText } from '../inspect/comparison-text.js';
import { declareOptions } from '../options/declare-options.js';
import { ToldFailure, type Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { withContext } from '../trust/with-context.js';

/** As `diff` has it. What went wrong has the exit code of its error, which is more than 1. */
const DIFFERENT = 1;

const SOURCE = pickOptions(DOWNLOAD_OPTIONS, ['variant']);

export function define(command: Command, start: Start): void {
  command
    .description(
      [
        'Compares two models: metadata, tensors by type, shape and content, files, annotations, licence, chat template.',
        'Equal digests are believed; what has none is read, each file once, remote ones by ranges.',
        'Exit codes: 0 equal, 1 different, more on trouble.',
      ].join('\n'),
    )
    .argument(
      '<a>',
      'model.gguf, ./dir, hf://org/name, host/repository[:tag], layout:./dir[:tag], oci-archive:f.tar[:tag]',
    )
    .argument('<b>', 'the same, of any kind: what is in it and not in <a> is added')
    .action(async (a: string, b: string) =>
      start(async (session) => {
        const { from } = await read(session.path);
        const comparison = await withContext(session, 'diff', async (context) => {
          const [before, after] = await Promise.all(
            [a, b].map(async (address) => openSide(address, session.path, from.variant, context)),
          );
          if (before === undefined || after === undefined) throw new Error('there are two sides');
          return compareModels(before, after, context.signal);
        });
        session.output.result({
          json: comparison,
          text: comparisonText(comparison),
          quiet: comparison.equal ? 'equal' : 'different',
        });
        if (!comparison.equal) throw new ToldFailure(DIFFERENT);
      }),
    );
  const read = declareOptions(command, { from: SOURCE });
  addExamples(
    command,
    'pipeline diff model-Q4_K_M.gguf other-Q4_K_M.gguf',
    'pipeline diff ./qwen hf://Qwen/Qwen2.5-0.5B-Instruct --json',
    'pipeline diff harbor.example.com/models/qwen:v1 harbor.example.com/models/qwen:v2',
  );
}

async function openSide(
  address: string,
  path: (typed: string) => string,
  variant: string | undefined,
  context: RunContext,
): Promise<ComparedSide> {
  const place = givenSource(address, path);
  const artifact = isArtifact(place);
  const { files } = await openGiven(place, context, { variant });
  const single = !artifact && files.length === 1 && /\.(gguf|safetensors|onnx)(#.*)?$/i.test(place.source);
  return { files, single, annotations: artifact ? await annotationsOf(place.source, variant, context) : undefined };
}

async function annotationsOf(
  address: string,
  variant: string | undefined,
  context: RunContext,
): Promise<ReadonlyMap<string, string>> {
  const opened = openRunTarget(address, context, 'diff');
  const { target } = opened;
  const { manifest } = await findManifest(
    { target, reference: await wantedReference(opened, context.signal), name: target.name },
    { variant, signal: context.signal },
  );
  return new Map(Object.entries(manifest.annotations ?? {}));
}
