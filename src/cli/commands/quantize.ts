import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { omitOptions, optionTable, pickOptions, pipeline, SlipwayError } from '../../core/index.js';
import { parseFileType } from '../../quantize/index.js';
import { DOWNLOAD_OPTIONS, quantize, QUANTIZE_OPTIONS } from '../../stages/index.js';
import type { Start } from '../program/command-module.js';
import { DRY_RUN, performStage } from '../session/perform-stage.js';
import { fileTypes } from '../facts/file-type-list.js';
import { saveGguf } from '../session/gguf-output.js';
import { addExamples } from '../program/help.js';
import { withEngine } from '../options/engine-flag.js';
import { givenSource, sourceStage } from '../arguments/any-source.js';
import { declareOptions } from '../options/declare-options.js';
import { MIX_FLAGS, mixOf } from '../options/mix-flags.js';
import type { Result } from '../screen/output.js';
import { outputPath } from '../arguments/output-path.js';
import { twoTargets } from '../arguments/two-targets.js';
import { checkTypeArguments } from '../arguments/type-arguments.js';

const OWN = optionTable({
  output: {
    kind: 'path',
    asGiven: true,
    short: 'o',
    aliases: ['outfile'],
    help: 'OUT.gguf, or a directory when there are several types; beside the input unless given',
  },
  ...omitOptions(QUANTIZE_OPTIONS, ['types']),
});

const SOURCE = pickOptions(DOWNLOAD_OPTIONS, ['revision', 'exclude', 'variant', 'policy']);

export function define(command: Command, start: Start): void {
  command
    .description('Makes quantized GGUFs of a GGUF: the bytes that llama-quantize writes. The input is read once.')
    .argument('[input]', 'IN.gguf, or a source with one GGUF in it')
    .argument('[type...]', 'Q4_K_M, Q8_0, …: the list is below, and in pipeline types')
    .action(async (input: string | undefined, words: readonly string[]) =>
      start(async (session) => {
        if (input === undefined) return session.output.result(overview(command));
        // Lists with commas, as other flags take them.
        const types = words.flatMap((word) => word.split(',')).filter((word) => word !== '');
        checkTypeArguments(input, types);
        const { own, mix, from, dry } = await read(session.path);
        const hasTarget = mix.targetBpw !== undefined || mix.targetSize !== undefined;
        if (types.length === 0 && !hasTarget) throw noType(input);
        if (mix.targetBpw !== undefined && mix.targetSize !== undefined) throw twoTargets();
        const output = own.output ?? besideInput(input, session.path(input));
        if (isSameFile(session.path(input), session.path(output))) throw overItself(input);
        const stage = pipeline(
          sourceStage(givenSource(input, session.path), from),
          quantize({
            types: types.map((type) => parseFileType(type).name),
            keepSplit: own.keepSplit,
            ...(await mixOf(mix, session.path)),
          }),
          saveGguf(outputPath(output, session.path), output),
        );
        const resume = `pipeline quantize ${input} ${types.join(' ')} -o ${output}`;
        await performStage(withEngine(session, mix.engine), stage, resume, dry.dryRun);
      }),
    );
  const read = declareOptions(command, { own: OWN, mix: MIX_FLAGS, from: SOURCE, dry: DRY_RUN });
  addExamples(
    command,
    'pipeline quantize model-f16.gguf Q4_K_M -o model-Q4_K_M.gguf',
    'pipeline quantize model-f16.gguf Q4_K_M Q6_K Q8_0 -o ./out/',
    'pipeline quantize model-f16.gguf --target-bpw 4.5 --imatrix imatrix.gguf -o model-4.5bpw.gguf',
    'pipeline quantize model-f16.gguf IQ3_S --imatrix imatrix.gguf -o model-IQ3_S.gguf',
  );
}

/** Without arguments: how to call it, and what there is to choose from. */
function overview(command: Command): Result {
  const { json, text, quiet } = fileTypes();
  return { json, text: `${command.helpInformation().trimEnd()}\n\n${text}`, quiet };
}

/** The directory of an input on this disk; the working directory for one that comes from elsewhere. */
function besideInput(input: string, path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return './';
  return found.isDirectory() ? `${input}/` : `${dirname(input)}/`;
}

/** A link is the file that it leads to. */
function isSameFile(one: string, other: string): boolean {
  const [first, second] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false, bigint: true }));
  return first !== undefined && first.dev === second?.dev && first.ino === second.ino && first.isFile();
}

function overItself(input: string): SlipwayError {
  return new SlipwayError('USAGE', `the output would replace its own input '${input}'`, {
    try: 'another name after -o',
  });
}

function noType(input: string): SlipwayError {
  return new SlipwayError('USAGE', `no type to quantize '${input}' to`, {
    try: [`pipeline quantize ${input} Q4_K_M -o out.gguf`, 'pipeline types'],
  });
}
