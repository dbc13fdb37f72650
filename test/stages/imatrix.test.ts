import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pipeline, type RunContext, type StageEvent } from '../../src/core/index.js';
import { DiskStore, digestOf } from '../../src/files/index.js';
import { convert, download, loadText } from '../../src/stages/index.js';
import { asciiText } from '../evaluate/glass.js';
import { ADDON, LIBRARY } from '../native/installed.js';
import { hubAndRegistry } from '../support/hub-and-registry.js';
import { glassllmRepository } from '../support/glassllm.js';
import { inputFolder } from '../support/inputs.js';

const weights = inputFolder('glassllm/glassllm/weights');
const CAN_RUN = LIBRARY !== undefined && existsSync(ADDON) && weights !== undefined;
if (!CAN_RUN)
  process.stderr.write(
    'skipped: an importance matrix in a pipeline needs a llama.cpp, npm run build:native, glassllm\n',
  );

const at = hubAndRegistry();

describe('a text on the Hub', () => {
  const load = async (address: string) => loadText(address, at.context());

  test('of a data set, by revision; JSON lines give their texts', async () => {
    at.hub.add('datasets/acme/texts', {
      'sub/moby.txt': new TextEncoder().encode('Call me Ishmael.\n'),
      'train.jsonl': new TextEncoder().encode('{"text":"one"}\n{"text":"two","n":1}\n'),
    });
    await expect(load('hf://datasets/acme/texts/sub/moby.txt')).resolves.toEqual({
      name: 'hf://datasets/acme/texts/sub/moby.txt',
      content: 'Call me Ishmael.\n',
    });
    await expect(load('hf://datasets/acme/texts@main/train.jsonl')).resolves.toMatchObject({ content: 'one\ntwo' });
  });

  test.each([
    ['hf://datasets/acme/texts/none.txt', 'HUB_FILE_NOT_FOUND'],
    ['hf://datasets/acme/texts/train.parquet', 'FORMAT_UNSUPPORTED'],
    ['hf://datasets/acme/texts/bad.jsonl', 'JSON_INVALID'],
    ['hf://datasets/acme/texts/../../secret', 'USAGE'],
    ['hf://acme', 'USAGE'],
  ])('%s is refused with %s', async (address, code) => {
    at.hub.add('datasets/acme/texts', { 'bad.jsonl': new TextEncoder().encode('{"t":1}\n') });
    await expect(load(address)).rejects.toMatchObject({ code });
  });
});

describe.skipIf(!CAN_RUN)('an importance matrix that a conversion makes', () => {
  /** Converts, and returns the digest of the file and how often a matrix was made. */
  async function converted(context: RunContext, options: Parameters<typeof convert>[0]) {
    const stage = pipeline(
      download('hf://acme/glass'),
      convert({ outtype: 'f16', quantize: 'Q4_0', fallback: 'allow', ...options }),
    );
    const planned = await stage.plan!(undefined, context);
    const [variant] = await stage.run(undefined, context);
    const file = variant!.weights[0]!;
    const { digest } = await digestOf(file.read());
    return { digest, size: file.size, planned };
  }

  test('is made once, as pipeline imatrix makes it; a plan says so and makes none', async () => {
    at.hub.add('acme/glass', glassllmRepository(weights ?? ''));
    at.hub.add('datasets/acme/texts', { 'ascii.txt': new TextEncoder().encode(await asciiText()) });
    const events: StageEvent[] = [];
    const context = at.context({
      store: new DiskStore(join(at.folder, 'store')),
      limits: { concurrency: 1, threads: 1, memory: 256 * 1024 ** 2 },
      emit: (event) => void events.push(event),
    });
    const imatrix = { text: 'hf://datasets/acme/texts/ascii.txt', context: 128, chunks: 8 };
    const made = (): number =>
      events.filter(({ type, ...rest }) => type === 'stage.start' && 'stage' in rest && rest.stage === 'imatrix')
        .length;
    const first = await converted(context, { imatrix });
    expect(first.planned.reports.map(({ stage }) => stage)).toContain('imatrix');
    expect(first.planned.reports.find(({ stage }) => stage === 'quantize')?.bytesOut).toBe(first.size);
    expect(made()).toBe(1);
    const second = await converted(context, { imatrix });
    expect([second.digest, made()]).toEqual([first.digest, 1]);
    expect(second.planned.reports.map(({ stage }) => stage)).not.toContain('imatrix');
    await converted(context, { imatrix: { ...imatrix, chunks: 4 } });
    expect(made()).toBe(2);
    const plain = await converted(context, {});
    expect(plain.digest).not.toBe(first.digest);
  });
});
