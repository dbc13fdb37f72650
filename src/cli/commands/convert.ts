import { InvalidArgumentError, Option, type Command } from 'commander';
import { pipeline, SlipwayError } from '../../core/index.js';
import { convert, type ConvertOptions } from '../../stages/index.js';
import { givenSource, sourceStage } from '../any-source.js';
import type { Start } from '../command-module.js';
import { addDryRun, performStage } from '../perform-stage.js';
import { saveGguf } from '../gguf-output.js';
import { addExamples } from '../help.js';
import { collect } from '../collect.js';
import { addMixOptions, mixOf, type MixFlags } from '../quantize-options.js';
import { outputPath } from '../output-path.js';
import { required } from '../required-option.js';
import { addSourceOptions, sourceOptions, type SourceFlags } from '../source-options.js';
import { checkTypes } from '../type-arguments.js';

interface ConvertCommandOptions extends MixFlags, SourceFlags {
  readonly dryRun?: boolean;
  readonly output?: string;
  readonly outtype?: NonNullable<ConvertOptions['outtype']>;
  readonly quantize?: readonly string[];
  readonly modelName?: string;
  readonly metadata?: string;
  readonly vocabOnly?: boolean;
  readonly fuseQkv?: boolean;
  readonly fuseGateUpExps?: boolean;
  readonly fp8AsQ8?: boolean;
  readonly sentenceTransformersDenseModules?: boolean;
  readonly pre?: string;
  readonly mistralFormat?: boolean;
  readonly disableMistralCommunityChatTemplate?: boolean;
  readonly splitMaxSize?: string;
  readonly splitMaxTensors?: number;
  /** False when `--no-tensor-first-split` is given. */
  readonly tensorFirstSplit: boolean;
}

export function define(command: Command, start: Start): void {
  command
    .description(
      "Makes a GGUF of a safetensors model: the bytes that llama.cpp's converter writes.\n--outtype is the converter's own output type; --quantize is llama-quantize's, and --outtype is then the intermediate.",
    )
    .argument('<source>', 'hf://org/name[@revision] or ./directory')
    .option('-o, --output <path>', 'OUT.gguf, or a directory when there are several types')
    .addOption(
      new Option('--outtype <type>', 'how weights are stored').choices([
        'auto',
        'f32',
        'f16',
        'bf16',
        'q8_0',
        'tq1_0',
        'tq2_0',
      ]),
    )
    .option('--quantize <type>', 'quantize to this type (repeatable; see pipeline types)', collect)
    .option('--model-name <name>', "the model's name in the metadata")
    .option('--metadata <file>', 'JSON of GGUF keys that win over the model card')
    .option('--vocab-only', 'vocabulary and keys, no tensors')
    .option('--fuse-qkv', 'join query, key and value projections where the architecture can')
    .option('--fuse-gate-up-exps', 'join gate and up of experts')
    .option('--fp8-as-q8', 'weights that are 8-bit floats become Q8_0')
    .option('--sentence-transformers-dense-modules', 'the dense layers behind an embedding model, too')
    .option('--pre <name>', 'name of the pre-tokenizer, when it is not recognised')
    .option('--mistral-format', "read params.json, consolidated*.safetensors and Mistral's tokenizer")
    .option('--disable-mistral-community-chat-template', 'no chat template when the model brings none')
    .option('--split-max-size <size>', 'most tensor data in one file: 2G, 500M, 800K')
    .option('--split-max-tensors <count>', 'most tensors in one file', wholeNumber)
    .option('--no-tensor-first-split', 'only keys in the first file')
    .action(async (source: string, options: ConvertCommandOptions) =>
      start(async (session) => {
        const { dryRun, quantize = [] } = options;
        if (/\.gguf$/i.test(source)) throw isGguf(source, quantize);
        checkTypes(quantize);
        const { mix, own } = sorted(options);
        const output = required(options.output, '-o, --output <path>', `pipeline convert ${source} -o model.gguf`);
        const stage = pipeline(
          sourceStage(givenSource(source, session.path), sourceOptions(options)),
          convert({
            ...(await mixOf(mix, session.path)),
            ...own,
          }),
          saveGguf(outputPath(output, session.path), output),
        );
        const resume = `pipeline convert ${source} -o ${output}`;
        await performStage(session, stage, resume, dryRun);
      }),
    );
  addSourceOptions(command, ['revision', 'exclude', 'verify', 'allowRenamed', 'connections', 'xet']);
  addMixOptions(command);
  addDryRun(command);
  addExamples(
    command,
    'pipeline convert hf://Qwen/Qwen2.5-0.5B-Instruct -o qwen-f16.gguf --outtype f16',
    'pipeline convert ./my-model --quantize Q4_K_M -o my-model-Q4_K_M.gguf',
    'pipeline convert ./my-model --quantize Q4_K_M --quantize Q8_0 -o ./out/',
  );
}

function isGguf(source: string, types: readonly string[]): SlipwayError {
  return new SlipwayError('USAGE', `'${source}' is a GGUF already`, {
    try: `pipeline quantize ${source} ${types.length === 0 ? 'Q4_K_M' : types.join(' ')} -o out.gguf`,
  });
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number from 1 on is needed.');
}

/** The converter's own options, and those of the mix. */
function sorted(options: ConvertCommandOptions): { readonly mix: MixFlags; readonly own: ConvertOptions } {
  const { output: _output, dryRun: _dryRun, ...flags } = options;
  const { revision: _revision, exclude: _exclude, verify: _verify, ...others } = flags;
  const { allowRenamed: _renamed, connections: _connections, xet: _xet, ...chosen } = others;
  const { outtype, quantize, modelName, metadata, vocabOnly, pre, ...rest } = chosen;
  const { fuseQkv, fuseGateUpExps, fp8AsQ8, splitMaxSize, splitMaxTensors, ...more } = rest;
  const {
    sentenceTransformersDenseModules,
    mistralFormat,
    disableMistralCommunityChatTemplate,
    tensorFirstSplit,
    ...mix
  } = more;
  const own = {
    ...(outtype !== undefined && { outtype }),
    ...(quantize !== undefined && { quantize }),
    ...(modelName !== undefined && { modelName }),
    ...(metadata !== undefined && { metadata }),
    ...(vocabOnly !== undefined && { vocabOnly }),
    ...(pre !== undefined && { pre }),
    ...(fuseQkv !== undefined && { fuseQkv }),
    ...(fuseGateUpExps !== undefined && { fuseGateUpExps }),
    ...(fp8AsQ8 !== undefined && { fp8AsQ8 }),
    ...(mistralFormat !== undefined && { mistralFormat }),
    ...(disableMistralCommunityChatTemplate !== undefined && { disableMistralCommunityChatTemplate }),
    ...(sentenceTransformersDenseModules !== undefined && { sentenceTransformersDenseModules }),
    ...(splitMaxSize !== undefined && { splitMaxSize }),
    ...(splitMaxTensors !== undefined && { splitMaxTensors }),
    ...(!tensorFirstSplit && { noTensorFirstSplit: true }),
  };
  return { mix, own };
}
