import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { SlipwayError } from '../core/index.js';
import type { MixStageOptions } from '../stages/index.js';
import { collect } from './collect.js';

/** llama-quantize's own choices, as flags. */
export interface MixFlags {
  readonly imatrix?: string;
  readonly fallback?: 'error' | 'allow';
  readonly kernel?: 'auto' | 'wasm' | 'js' | 'native';
  readonly pure?: boolean;
  readonly leaveOutputTensor?: boolean;
  readonly outputTensorType?: string;
  readonly tokenEmbeddingType?: string;
  readonly allowRequantize?: boolean;
  readonly tensorType?: readonly string[];
  readonly tensorTypeFile?: string;
  readonly includeWeights?: readonly string[];
  readonly excludeWeights?: readonly string[];
  readonly pruneLayers?: string;
  readonly overrideKv?: readonly string[];
}

/** A rule file is a page of text at most. */
const LONGEST_RULES = 1024 * 1024;

/** Flags as the stages take them; the rules of `--tensor-type-file` come behind those of `--tensor-type`. */
export async function mixOf(flags: MixFlags, path: (given: string) => string): Promise<MixStageOptions> {
  const { tensorType, tensorTypeFile, ...same } = flags;
  const rules = [...(tensorType ?? []), ...(tensorTypeFile === undefined ? [] : await rulesOf(tensorTypeFile, path))];
  return { ...same, ...(rules.length > 0 && { tensorTypes: rules }) };
}

async function rulesOf(given: string, path: (given: string) => string): Promise<string[]> {
  const text = await readFile(path(given), 'utf8').catch((cause: unknown) => {
    throw new SlipwayError('NOT_FOUND', `'${given}' cannot be read`, { where: given, cause });
  });
  if (text.length <= LONGEST_RULES) return text.split(/\s+/).filter((rule) => rule !== '');
  throw new SlipwayError('USAGE', `'${given}' is too long for a list of rules`, { got: `${text.length} characters` });
}

/** Adds them to a command. */
export function addMixOptions(command: Command): void {
  const add = (option: Option): void => {
    command.addOption(option.helpGroup('Quantization'));
  };
  add(new Option('--imatrix <file>', 'importance matrix, legacy binary or GGUF'));
  add(
    new Option('--fallback <rule>', 'for rows that a type does not fit: error above 5 % of the weights').choices([
      'error',
      'allow',
    ]),
  );
  add(new Option('--pure', 'one type for all tensors'));
  add(new Option('--leave-output-tensor', 'keep output.weight as it is'));
  add(new Option('--output-tensor-type <type>', 'tensor type of output.weight'));
  add(new Option('--token-embedding-type <type>', 'tensor type of the token embeddings'));
  add(new Option('--allow-requantize', 'quantize tensors that are quantized already'));
  add(new Option('--tensor-type <name=type>', 'type of tensors whose name matches (repeatable)').argParser(collect));
  add(new Option('--tensor-type-file <file>', 'a list of such rules'));
  add(
    new Option('--include-weights <name>', 'use the importance matrix for these tensors only (repeatable)').argParser(
      collect,
    ),
  );
  add(new Option('--exclude-weights <name>', 'use it for all but these tensors (repeatable)').argParser(collect));
  add(new Option('--prune-layers <list>', 'layers to leave out: 20,21'));
  add(new Option('--override-kv <key=type:value>', 'set a metadata key (repeatable)').argParser(collect));
  add(
    new Option('--kernel <which>', 'what computes; native: SLIPWAY_LLAMA_CPP').choices([
      'auto',
      'wasm',
      'js',
      'native',
    ]),
  );
}
