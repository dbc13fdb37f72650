import type { Command } from 'commander';
import { omitOptions, optionTable, pickOptions, pipeline, SlipwayError } from '../../core/index.js';
import { convert, CONVERT_OPTIONS, DOWNLOAD_OPTIONS, type ConvertOptions } from '../../stages/index.js';
import { givenSource, sourceStage } from '../arguments/any-source.js';
import type { Start } from '../program/command-module.js';
import { saveGguf } from '../session/gguf-output.js';
import { addExamples } from '../program/help.js';
import { withEngine } from '../options/engine-flag.js';
import { declareOptions } from '../options/declare-options.js';
import { MIX_FLAGS, mixOf } from '../options/mix-flags.js';
import { outputPath } from '../arguments/output-path.js';
import { DRY_RUN, performStage } from '../session/perform-stage.js';
import { twoTargets } from '../arguments/two-targets.js';
import { checkTypes } from '../arguments/type-arguments.js';

const OWN = optionTable({
  output: {
    kind: 'path',
    asGiven: true,
    short: 'o',
    aliases: ['outfile'],
    help: 'OUT.gguf, or a directory when there are several types; MODEL-TYPE.gguf here unless given',
  },
  remote: { kind: 'flag', help: 'the source is a repository of the Hub by its name alone: org/name' },
  mmproj: { kind: 'flag', help: 'the projector of images or sound instead of the language model' },
  base: { kind: 'text', value: 'source', help: 'base model of a LoRA adapter: hf://org/name or ./directory' },
  targetModelDir: {
    kind: 'text',
    value: 'source',
    help: 'model that a draft was trained for',
  },
});
const SOURCE = pickOptions(DOWNLOAD_OPTIONS, [
  'revision',
  'exclude',
  'verify',
  'allowRenamed',
  'connections',
  'xet',
  'policy',
]);

export function define(command: Command, start: Start): void {
  command
    .description(
      "Makes a GGUF of a safetensors model: the bytes that llama.cpp's converter writes.\n--outtype is the converter's own output type; --quantize is llama-quantize's, and --outtype is then the intermediate.",
    )
    .argument('<source>', 'hf://org/name[@revision] or ./directory')
    .action(async (source: string) =>
      start(async (session) => {
        const { own, conversion, from, mix, dry } = await read(session.path);
        const { quantize = [] } = conversion;
        const address = own.remote === true ? onHub(source) : source;
        if (/\.gguf$/i.test(source)) throw isGguf(source, quantize);
        checkTypes(quantize);
        checkLayers(conversion, own.mmproj === true);
        if (mix.targetBpw !== undefined && mix.targetSize !== undefined) throw twoTargets();
        const output = own.output ?? './';
        const stage = pipeline(
          sourceStage(givenSource(address, session.path), from),
          convert({
            ...conversion,
            ...(await mixOf(mix, session.path)),
            mmproj: own.mmproj === true ? 'only' : undefined,
            base: sourceOf(own.base, session.path),
            targetModelDir: sourceOf(own.targetModelDir, session.path),
          }),
          saveGguf(outputPath(output, session.path), output),
        );
        const resume = `pipeline convert ${address} -o ${output}`;
        await performStage(withEngine(session, mix.engine), stage, resume, dry.dryRun);
      }),
    );
  const read = declareOptions(command, {
    own: OWN,
    conversion: omitOptions(CONVERT_OPTIONS, ['mmproj', 'base', 'targetModelDir']),
    from: SOURCE,
    mix: MIX_FLAGS,
    dry: DRY_RUN,
  });
  addExamples(
    command,
    'pipeline convert hf://Qwen/Qwen2.5-0.5B-Instruct -o qwen-f16.gguf --outtype f16',
    'pipeline convert ./my-lora --base hf://org/base -o lora-f16.gguf --outtype f16',
    'pipeline convert ./my-vision-model --mmproj --outtype f16 -o mmproj-f16.gguf',
    'pipeline convert ./my-model --mtp --outtype q8_0 -o mtp-my-model-q8_0.gguf',
    'pipeline convert ./my-draft --target-model-dir ./my-model --outtype f16 -o draft-f16.gguf',
    'pipeline convert ./my-model --quantize Q4_K_M -o my-model-Q4_K_M.gguf',
    'pipeline convert ./my-model --target-bpw 4.5 -o my-model-4.5bpw.gguf',
    'pipeline convert ./my-model --quantize Q4_K_M --quantize Q8_0 -o ./out/',
  );
}

/** `org/name` as `--remote` has it. Throws `USAGE` for what is no such name. */
function onHub(source: string): string {
  if (/^[\w.-]+\/[\w.-]+(?:@[^@\s]+)?$/.test(source) && !/^\.{1,2}\//.test(source)) return `hf://${source}`;
  if (source.startsWith('hf://')) return source;
  throw new SlipwayError('USAGE', `--remote takes the name of a repository, and '${source.slice(0, 200)}' is none`, {
    try: ['pipeline convert --remote org/name', `pipeline convert ${source.slice(0, 200)}`],
  });
}

function sourceOf(address: string | undefined, path: Parameters<typeof givenSource>[1]): string | undefined {
  return address === undefined ? undefined : givenSource(address, path).source;
}

function checkLayers(
  { mtp, noMtp, dspark, vocabOnly }: Pick<ConvertOptions, 'mtp' | 'noMtp' | 'dspark' | 'vocabOnly'>,
  mmproj: boolean,
): void {
  const layers = [mtp === true && '--mtp', noMtp === true && '--no-mtp', dspark === true && '--dspark'];
  const layerFlags = layers.filter((flag) => flag !== false);
  const ofText = vocabOnly === true ? [...layerFlags, '--vocab-only'] : layerFlags;
  if (mmproj && ofText.length > 0) {
    throw new SlipwayError('USAGE', `--mmproj and ${ofText.join(' and ')} cannot be given together`, {
      try: 'convert twice: --mmproj makes the projector, the other options are for the language model',
    });
  }
  if (layerFlags.length < 2) return;
  throw new SlipwayError('USAGE', `${layerFlags.join(' and ')} cannot be given together`, {
    try: 'convert twice: --mtp or --dspark makes the draft, --no-mtp its model',
  });
}

function isGguf(source: string, types: readonly string[]): SlipwayError {
  return new SlipwayError('USAGE', `'${source}' is a GGUF already`, {
    try: `pipeline quantize ${source} ${types.length === 0 ? 'Q4_K_M' : types.join(' ')} -o out.gguf`,
  });
}
