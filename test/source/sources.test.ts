import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryFile, readRange, readWhole, sha256, type ModelFile } from '../../src/files/index.js';
import { SlipwayError } from '../../src/core/index.js';
import { openSource, parseAddress, verifiedFile } from '../../src/source/index.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-source-'));
});
afterAll(() => rm(root, { recursive: true }));

const offline = { env: {}, fetch: (): never => expect.fail('a request was made') };

describe('addresses', () => {
  test.each([
    ['hf://acme/tiny', { kind: 'huggingface', repository: 'acme/tiny' }],
    ['hf://gpt2', { kind: 'huggingface', repository: 'gpt2' }],
    ['hf://acme/tiny@refs/pr/3', { kind: 'huggingface', repository: 'acme/tiny', revision: 'refs/pr/3' }],
    ['hf://acme/tiny/onnx/m.onnx', { kind: 'huggingface', repository: 'acme/tiny', file: 'onnx/m.onnx' }],
    ['hf://acme/tiny@v1/a.gguf', { kind: 'huggingface', repository: 'acme/tiny', revision: 'v1', file: 'a.gguf' }],
    [
      'hf://acme/tiny@refs/pr/3/a/b.json',
      { kind: 'huggingface', repository: 'acme/tiny', revision: 'refs/pr/3', file: 'a/b.json' },
    ],
    ['hf://acme/tiny@feature/x', { kind: 'huggingface', repository: 'acme/tiny', revision: 'feature/x' }],
    ['https://huggingface.co/acme/tiny', { kind: 'huggingface', repository: 'acme/tiny' }],
    ['https://hf.co/acme/tiny/', { kind: 'huggingface', repository: 'acme/tiny' }],
    ['https://huggingface.co/acme/tiny/tree/v1', { kind: 'huggingface', repository: 'acme/tiny', revision: 'v1' }],
    ['./tiny', { kind: 'directory', path: './tiny' }],
    ['..', { kind: 'directory', path: '..' }],
    ['file:///a%20b', { kind: 'directory', path: '/a b' }],
    ['file:rel', { kind: 'directory', path: 'rel' }],
    ['https://example.com/m.gguf', { kind: 'https', url: 'https://example.com/m.gguf' }],
    ['oci://h:5000/a/b:t', { kind: 'registry', reference: 'oci://h:5000/a/b:t' }],
    ['layout:./d:t', { kind: 'registry', reference: 'layout:./d:t' }],
  ])('%s', (address, expected) => expect(parseAddress(address)).toEqual(expected));

  test.each([
    'tiny',
    'hf://',
    'hf://a/b/c',
    'hf://../x',
    'hf://a/..',
    'hf://a/b--c',
    'hf://a/b@',
    'hf://a/b@../../x',
    'hf://a/b@v1?x=1',
    'hf://a%2f/b',
    'https://user:secret@example.com/x',
    'file://server/share',
  ])('%s is refused', (address) => {
    expect(() => parseAddress(address)).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
  });

  test.each([
    ['gs://bucket/x', 's3://'],
    ['az://container/x', 'hf://'],
    ['ollama://llama3', 'hf://'],
    ['docker://host.example/team/model:v1', 'oci://host.example/team/model:v1'],
    ['hf:acme/tiny', 'hf://acme/tiny'],
    ['s3:bucket/x', 's3://bucket/x'],
    ['hf://models/acme/tiny', 'hf://acme/tiny'],
    ['hf://buckets/acme/x', 'repository of a model'],
    ['https://huggingface.co/kernels/acme/x', 'repository of a model'],
    ['https://huggingface.co/collections/acme/x', 'repository of a model'],
  ])('%s is answered with what can be read', (address, advice) => {
    const told = (): string => {
      try {
        parseAddress(address);
        return '';
      } catch (error) {
        return SlipwayError.is(error) ? String(error.details.try) : '';
      }
    };
    expect(told()).toContain(advice);
    expect(told()).not.toContain('hf://gs');
  });

  test('whatever is typed is parsed or refused in our words', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `hf://${text}`),
          fc.webUrl(),
        ),
        (address) => {
          try {
            parseAddress(address);
          } catch (error) {
            expect(error).toMatchObject({ name: 'SlipwayError' });
          }
        },
      ),
    );
  });
});

describe('a directory', () => {
  test('is listed in byte order, with a revision that follows its content', async () => {
    const folder = join(root, 'Tiny-Model');
    await mkdir(join(folder, 'sub'), { recursive: true });
    await mkdir(join(folder, '.git'));
    for (const [name, text] of [
      ['config.json', '{}'],
      ['sub/b.json', 'b'],
      ['Z.md', 'z'],
      ['.git/config', 'no'],
      ['run.py', 'no'],
    ] as const) {
      await writeFile(join(folder, name), text);
    }
    const first = await openSource(folder, offline);
    expect(first.source).toMatchObject({ kind: 'directory', name: 'Tiny-Model' });
    expect(first.files.map(({ path }) => path)).toEqual(['Z.md', 'config.json', 'sub/b.json']);
    expect(first.leftOut).toEqual([{ path: 'run.py', mayRunCode: false }]);
    expect((await openSource(folder, { ...offline, exclude: ['RUN.py'] })).leftOut).toBeUndefined();
    expect((await openSource(folder, { ...offline, include: ['*.md'] })).leftOut).toBeUndefined();
    const same = await openSource(`file://${folder}`, offline);
    expect(same.source.revision).toBe(first.source.revision);
    await writeFile(join(folder, 'config.json'), '[]');
    expect((await openSource(folder, offline)).source.revision).not.toBe(first.source.revision);
  });

  test('gives ranges, and fails when a file changed under the reader', async () => {
    const path = join(root, 'one.gguf');
    await writeFile(path, '0123456789');
    const snapshot = await openSource(path, offline);
    const [file] = snapshot.files as [ModelFile];
    expect(file.path).toBe('one.gguf');
    expect(new TextDecoder().decode(await readRange(file, { start: 3, end: 7 }))).toBe('3456');
    await utimes(path, 1, 1);
    await expect(readWhole(file, 100)).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
  });

  test('keeps links inside, refuses those that lead out', async () => {
    const folder = join(root, 'links');
    await mkdir(folder);
    await writeFile(join(folder, 'config.json'), '{"a":1}');
    await symlink('config.json', join(folder, 'copy.json'));
    const snapshot = await openSource(folder, offline);
    expect(snapshot.files.map(({ size }) => size)).toEqual([7, 7]);
    await symlink('/etc/hostname', join(folder, 'escape.json'));
    await expect(openSource(folder, offline)).rejects.toMatchObject({ code: 'PATH_UNSAFE' });
    await expect(openSource(folder, { ...offline, exclude: ['escape.json'] })).resolves.toBeTruthy();
  });

  test('judges names that could mean anything by the content', async () => {
    const folder = join(root, 'anything');
    await mkdir(folder);
    await writeFile(join(folder, 'config.json'), '{}');
    await writeFile(join(folder, 'data.bin'), Buffer.from([1, 2, 3, 4]));
    await writeFile(join(folder, 'empty.dat'), '');
    const paths = async (include: string[]): Promise<string[]> =>
      (await openSource(folder, { ...offline, include })).files.map(({ path }) => path);
    expect(await paths(['**'])).toEqual(['config.json', 'data.bin', 'empty.dat']);
    await writeFile(join(folder, 'rows.npz'), '');
    expect((await openSource(folder, offline)).leftOut).toEqual([
      { path: 'data.bin', mayRunCode: false },
      { path: 'empty.dat', mayRunCode: false },
      { path: 'rows.npz', mayRunCode: true },
    ]);
    await rm(join(folder, 'rows.npz'));
    expect((await openSource(join(folder, 'data.bin'), offline)).files).toHaveLength(1);
    for (const start of [
      [0x80, 0x02, 0x8a, 0x0a],
      Buffer.from('PK\x03\x04'),
      Buffer.from('cposix\nsystem\n'),
      Buffer.from('(dp0\n'),
    ]) {
      await writeFile(join(folder, 'data.bin'), Buffer.from(start));
      await expect(paths(['**'])).rejects.toMatchObject({ code: 'PICKLE_REFUSED' });
      await expect(paths(['*.json'])).rejects.toMatchObject({ code: 'PICKLE_REFUSED' });
    }
    await rm(join(folder, 'data.bin'));
    await symlink('/etc/hostname', join(folder, 'data.bin'));
    await expect(paths(['**'])).rejects.toMatchObject({ code: 'PICKLE_REFUSED' });
  });

  test('that is not there is named', async () => {
    await expect(openSource('./no-such-model', offline)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a file behind a URL', () => {
  let server: Server;
  let content = Buffer.from('GGUF and so on');
  let url: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const tag = `"${sha256(content)}"`;
      const range = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '');
      const same = request.headers['if-range'] === undefined || request.headers['if-range'] === tag;
      if (range === null || !same) {
        response.writeHead(200, { etag: tag, 'content-length': content.byteLength });
        response.end(request.method === 'HEAD' ? undefined : content);
        return;
      }
      const [start, end] = [Number(range[1]), Number(range[2])];
      response.writeHead(206, { etag: tag, 'content-range': `bytes ${start}-${end}/${content.byteLength}` });
      response.end(content.subarray(start, end + 1));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/models/tiny.gguf`;
  });
  afterAll(() => server.close());

  test('is read by ranges, checked against an announced digest, and a change is noticed', async () => {
    const options = { env: {}, fetch: globalThis.fetch };
    const snapshot = await openSource(`${url}#${sha256(content).replace(':', '=')}`, options);
    expect(snapshot.source).toMatchObject({ kind: 'https', name: 'tiny', url, revision: sha256(content) });
    const [file] = snapshot.files as [ModelFile];
    expect(new TextDecoder().decode(await readRange(file, { start: 5, end: 8 }))).toBe('and');
    expect(Buffer.from(await readWhole(file, 100))).toEqual(content);
    const wrong = await openSource(`${url}#sha256=${'0'.repeat(64)}`, options);
    await expect(readWhole(wrong.files[0]!, 100)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    const unnamed = await openSource(url, options);
    content = Buffer.from('GGUF and no on');
    await expect(readRange(unnamed.files[0]!, { start: 5, end: 8 })).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
  });

  test.each(['http://example.com/a.gguf', 'http://10.0.0.1/a.gguf'])('%s: plain HTTP is refused', async (address) => {
    await expect(openSource(address, offline)).rejects.toMatchObject({ code: 'INSECURE_REFUSED' });
  });
});

test('an artifact needs somebody who can read it', async () => {
  await expect(openSource('layout:./models:v1', offline)).rejects.toMatchObject({ code: 'USAGE' });
});

test('parts of a small file are cut from a verified whole', async () => {
  const file = memoryFile('config.json', 'honest');
  const wrong = verifiedFile(file, { sha256: sha256('other!') });
  await expect(readRange(wrong, { start: 0, end: 2 })).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
});
