import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compareModels } from '../../src/compare/index.js';
import { unifiedDiff } from '../../src/compare/text-diff.js';
import { memoryFile, readWhole, sha256, type ModelFile } from '../../src/files/index.js';
import {
  ggufFile,
  splitGguf,
  splitName,
  type GgufContent,
  type GgufValue,
  type TensorType,
} from '../../src/gguf/index.js';
import { pipelineCommand, type Outcome } from '../cli/fake-terminal.js';

interface Made {
  readonly metadata?: Readonly<Record<string, GgufValue>>;
  readonly tensors?: Readonly<Record<string, { type?: TensorType; dimensions?: readonly number[]; fill?: number }>>;
}

const TENSORS = { a: { fill: 1 }, b: { fill: 2 }, c: { dimensions: [5], fill: 3 }, d: { fill: 4 } } as const;

function content({ metadata = {}, tensors = TENSORS }: Made = {}): GgufContent {
  return {
    metadata: new Map<string, GgufValue>([
      ['general.architecture', { type: 'STRING', value: 'llama' }],
      ['general.license', { type: 'STRING', value: 'mit' }],
      ['tokenizer.chat_template', { type: 'STRING', value: 'one\ntwo\nthree' }],
      ['tokenizer.ggml.tokens', { type: 'ARRAY', items: 'STRING', value: ['a', 'b', 'c'] }],
      ...Object.entries(metadata),
    ]),
    tensors: Object.entries(tensors).map(([name, { type = 'F32', dimensions = [32, 2], fill = 0 }]) => {
      const weights = dimensions.reduce((product, length) => product * length, 1);
      const size = type === 'F32' ? weights * 4 : weights * 2;
      return {
        name,
        type,
        dimensions,
        async *read({ start, end } = { start: 0, end: size }) {
          yield new Uint8Array(size).fill(fill).slice(start, end);
        },
      };
    }),
  };
}

async function made(given?: Made, path = 'm.gguf'): Promise<ModelFile> {
  return memoryFile(path, await readWhole(ggufFile(path, content(given)), 1e6));
}

/** Counts the bytes that are read. */
function counted(file: ModelFile, digest?: ModelFile['digest']): { file: ModelFile; read(): number } {
  let total = 0;
  return {
    read: () => total,
    file: {
      path: file.path,
      size: file.size,
      ...(digest !== undefined && { digest }),
      async *read(range, signal) {
        for await (const chunk of file.read(range, signal)) {
          total += chunk.byteLength;
          yield chunk;
        }
      },
    },
  };
}

const compared = async (a: ModelFile, b: ModelFile): ReturnType<typeof compareModels> =>
  compareModels({ files: [a], single: true }, { files: [b], single: true });

describe('two GGUF files', () => {
  test('are equal whatever they are called', async () => {
    const result = await compared(await made(), await made({}, 'other.gguf'));
    expect(result).toMatchObject({ equal: true, tensors: { same: 4, changed: [] }, files: { same: 1 }, licenses: [] });
    expect(result.chatTemplate).toBeNull();
  });

  test('with another key, value and type', async () => {
    const { equal, metadata, tensors, licenses } = await compared(
      await made({ metadata: { gone: { type: 'BOOL', value: true } } }),
      await made({
        metadata: {
          'general.license': { type: 'STRING', value: 'apache-2.0' },
          'tokenizer.ggml.tokens': { type: 'ARRAY', items: 'STRING', value: ['a', 'x', 'c'] },
          fresh: { type: 'UINT32', value: 7 },
        },
      }),
    );
    expect(equal).toBe(false);
    expect(metadata.added).toEqual([{ key: 'fresh', type: 'UINT32', value: 7 }]);
    expect(metadata.removed).toEqual([{ key: 'gone', type: 'BOOL', value: true }]);
    expect(metadata.changed).toEqual([
      { key: 'general.license', what: 'value', before: 'mit', after: 'apache-2.0' },
      { key: 'tokenizer.ggml.tokens', what: 'value', before: ['a', 'b', 'c'], after: ['a', 'x', 'c'], index: 1 },
    ]);
    expect(tensors).toMatchObject({ same: 4, changed: [] });
    expect(licenses).toEqual([{ where: 'general.license', before: 'mit', after: 'apache-2.0' }]);
  });

  test.each(['a', 'b', 'c', 'd'] as const)('with one byte of tensor %s changed', async (name) => {
    const a = await made();
    const bytes = new Uint8Array(await readWhole(a, 1e6));
    const fill = TENSORS[name].fill;
    const size = name === 'c' ? 20 : 256;
    const at = Buffer.from(bytes).indexOf(Buffer.alloc(size, fill)) + size - 1;
    bytes[at] = 99;
    const { equal, tensors, files } = await compared(a, memoryFile('m.gguf', bytes));
    expect(equal).toBe(false);
    expect(tensors.changed.map((change) => [change.name, change.what])).toEqual([[name, 'content']]);
    expect(tensors.same).toBe(3);
    expect(files.changed).toEqual([{ path: 'm.gguf', what: 'model' }]);
  });

  test('with tensors added, removed, of other types and shapes', async () => {
    const { tensors } = await compared(
      await made(),
      await made({ tensors: { a: { fill: 1, type: 'F16' }, c: { dimensions: [6] }, d: { fill: 4 }, e: {} } }),
    );
    expect(tensors.removed).toEqual([{ name: 'b', type: 'F32', shape: [32, 2] }]);
    expect(tensors.added).toEqual([{ name: 'e', type: 'F32', shape: [32, 2] }]);
    expect(tensors.changed.map(({ name, what }) => [name, what])).toEqual([
      ['a', 'type'],
      ['c', 'shape'],
    ]);
    expect(tensors.same).toBe(1);
  });

  test('with another chat template', async () => {
    const other = { 'tokenizer.chat_template': { type: 'STRING', value: 'one\n2\nthree' } } as const;
    const { chatTemplate } = await compared(await made(), await made({ metadata: other }));
    expect(chatTemplate).toBe(
      '--- a/tokenizer.chat_template\n+++ b/tokenizer.chat_template\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three',
    );
  });

  test('a broken one is refused', async () => {
    const bytes = await readWhole(await made(), 1e6);
    await expect(compared(await made(), memoryFile('m.gguf', bytes.slice(0, -200)))).rejects.toMatchObject({
      code: 'GGUF_INVALID',
    });
  });

  test('splits of a model are that model', async () => {
    const parts = splitGguf(content(), { maxTensors: 2 });
    const files = parts.map((part, index) => ggufFile(splitName('m', index, parts.length), part));
    const result = await compareModels({ files, single: false }, { files: [await made()], single: false });
    expect(result).toMatchObject({
      equal: false,
      tensors: { same: 4, changed: [], added: [] },
      metadata: { changed: [] },
    });
    expect(result.files).toMatchObject({ added: ['m.gguf'], removed: files.map(({ path }) => path) });
  });
});

describe('bytes', () => {
  test('are read once, and only headers where digests are equal', async () => {
    const file = await made({ tensors: { a: { dimensions: [1024, 64] } } });
    const [a, b] = [counted(file), counted(file)];
    await compared(a.file, b.file);
    // The header is looked at first, in one window; the weights follow.
    for (const side of [a, b]) expect(side.read()).toBeLessThan(file.size + 70_000);
    const digest = sha256(await readWhole(file, 1e6));
    const [c, d] = [counted(file, digest), counted(file, digest)];
    expect(await compared(c.file, d.file)).toMatchObject({ equal: true, tensors: { same: 1 } });
    expect(d.read()).toBe(0);
    expect(c.read()).toBeLessThan(file.size);
  });
});

describe('texts', () => {
  test('differ in hunks with their lines around', () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`);
    const other = lines.with(2, 'x').toSpliced(25, 1);
    expect(unifiedDiff(lines.join('\n'), other.join('\n'))).toMatch(
      /^@@ -1,6 \+1,6 @@\n line 0\n line 1\n-line 2\n\+x\n line 3[^@]*@@ -23,7 \+23,6 @@\n line 22\n line 23\n line 24\n-line 25\n line 26/,
    );
    expect(unifiedDiff('a', 'a')).toBe('');
  });
});

describe('pipeline diff', () => {
  let cwd: string;
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'slipway-diff-'));
    for (const folder of ['a', 'b']) {
      await mkdir(join(cwd, folder));
      await writeFile(join(cwd, folder, 'README.md'), '---\nlicense: mit\n---\n# A model\n');
      await writeFile(join(cwd, folder, 'm.gguf'), await readWhole(await made(), 1e6));
    }
  });
  afterEach(async () => rm(cwd, { recursive: true }));
  const run = async (...argv: string[]): Promise<Outcome> =>
    pipelineCommand([...argv, '--progress', 'none'], cwd, { HOME: cwd });

  test('exits with 0 for equal directories, 1 for different ones', async () => {
    expect(await run('diff', 'a', 'b')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^equal: 4 tensors the same/),
    });
    await writeFile(join(cwd, 'b', 'README.md'), '---\nlicense: apache-2.0\n---\n# A model\n');
    await rm(join(cwd, 'a', 'm.gguf'));
    const { code, stdout } = await run('diff', 'a', 'b', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      equal: false,
      files: { added: ['m.gguf'], removed: [], changed: [{ path: 'README.md', what: 'size' }], same: 0 },
      licenses: [{ where: 'README.md', before: 'mit', after: 'apache-2.0' }],
    });
  });

  test('exits with more on trouble', async () => {
    expect(await run('diff', 'a', './absent')).toMatchObject({ code: 4, stdout: '' });
    await writeFile(join(cwd, 'b', 'm.gguf'), 'GGUF, but no more than that, and longer than a header is');
    expect(await run('diff', 'a', 'b')).toMatchObject({ code: 7, stdout: '' });
  });

  test('compares a layout with a file, and with another tag of it', async () => {
    expect((await run('push', './a', `layout:${cwd}/l:v1`, '--format', 'oras')).code).toBe(0);
    const { code, stdout } = await run('diff', './a/m.gguf', `layout:${cwd}/l:v1`, '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      { equal: true, tensors: { same: 4 }, annotations: null, notCompared: ['README.md'] },
    ]);
    await writeFile(
      join(cwd, 'b', 'm.gguf'),
      await readWhole(await made({ tensors: { ...TENSORS, b: { fill: 9 } } }), 1e6),
    );
    expect((await run('push', './b', `layout:${cwd}/l:v2`, '--format', 'oras')).code).toBe(0);
    const other = await run('diff', `layout:${cwd}/l:v1`, `layout:${cwd}/l:v2`, '--json');
    expect([other.code, JSON.parse(other.stdout)]).toMatchObject([
      1,
      { equal: false, tensors: { same: 3, changed: [{ name: 'b', what: 'content' }] }, files: { same: 1 } },
    ]);
    expect((await run('diff', `layout:${cwd}/l:v1`, `layout:${cwd}/l:v1`)).code).toBe(0);
  });
});
