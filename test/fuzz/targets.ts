import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDocument } from '../../src/config/document.js';
import { parseModelCard } from '../../src/convert/metadata/model-card.js';
import { parsePythonLiteral } from '../../src/convert/tokenizers/python-literal.js';
import { parseSentencePieceModel } from '../../src/convert/tokenizers/sentencepiece-model.js';
import { convertContent, openRepository } from '../../src/convert/index.js';
import { memoryFile, type ModelFile, parsePythonJson, pathFilter, searcher } from '../../src/files/index.js';
import { ggufFile, readGguf } from '../../src/gguf/index.js';
import { cardData } from '../../src/package/index.js';
import { untar } from '../../src/files/index.js';
import { zstdContent } from '../../src/package/zstd-frames.js';
import { createLocalEncoder, readImatrix } from '../../src/quantize/index.js';
import { parseChallenges } from '../../src/registry/auth/challenge.js';
import { readAuthFile } from '../../src/registry/credentials/auth-file.js';
import { parseManifest } from '../../src/registry/manifest.js';
import { parseReference } from '../../src/registry/reference.js';
import { readSafetensors } from '../../src/safetensors/index.js';
import { buildLlama, buildSafetensors } from '../../src/testing/index.js';

/** A reader of strangers' bytes. What it throws has to be a SlipwayError. */
export interface FuzzTarget {
  readonly name: string;
  readonly seeds: () => Promise<readonly Uint8Array[]>;
  read(input: Uint8Array): unknown;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

async function bytesOf(file: ModelFile): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function drained(content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of content);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const encoder = createLocalEncoder('js');
const repository = buildLlama({ layers: 1, hidden: 32, heads: 2, kvHeads: 1, vocab: 354 });

/** The repository with one of its files changed, converted as far as its layout. */
function repositoryTarget(path: string): FuzzTarget {
  const original = repository.find((file) => file.path === path);
  return {
    name: `repository-${path.replaceAll('.', '-')}`,
    seeds: async () => (original === undefined ? [] : [await bytesOf(original)]),
    read: async (input) => {
      const files = repository.map((file) => (file.path === path ? memoryFile(path, Buffer.from(input)) : file));
      const source = { kind: 'directory', name: 'model', url: 'file:///model', revision: 'sha256:0' } as const;
      await convertContent(await openRepository({ source, files }), { outtype: 'f16', encoder });
    },
  };
}

const CARD = `---
license: apache-2.0
tags: [a, b]
base_model:
  - org/name
datasets: &d
  - x
more: *d
model-index:
  - name: m
    results: [{ task: { type: t }, metrics: [{ value: 0.5 }] }]
---
# Title
`;

const CONFIG = `name: m
limits: { memory: 1GiB, threads: 2 }
stages:
  - download: { from: ./m, include: ['*.json'] }
  - convert: { outtype: f16 }
  - pack
  - push: { to: 'layout:./L' }
`;

const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  artifactType: 'application/vnd.x',
  config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: `sha256:${'44'.repeat(32)}`, size: 2 },
  layers: [
    {
      mediaType: 'application/octet-stream',
      digest: `sha256:${'ab'.repeat(32)}`,
      size: 5,
      annotations: { 'org.opencontainers.image.title': 'a/b.txt' },
    },
  ],
  subject: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: `sha256:${'cd'.repeat(32)}`, size: 9 },
});

/** A ustar archive of one file, and one with a pax header before it. */
function tarSeeds(): Uint8Array[] {
  const header = (name: string, size: number, type: string): Buffer => {
    const block = Buffer.alloc(512);
    block.write(name, 0);
    block.write('0000644\0', 100);
    block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
    block.write(`        ${type}`, 148);
    block.write('ustar\x0000', 257);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return block;
  };
  const padded = (content: string): Buffer => {
    const block = Buffer.alloc(512);
    block.write(content);
    return block;
  };
  const end = Buffer.alloc(1024);
  const pax = '16 path=abcdefg\n';
  return [
    Buffer.concat([header('a/b.txt', 5, '0'), padded('hello'), end]),
    Buffer.concat([header('pax', pax.length, 'x'), padded(pax), header('x', 2, '0'), padded('hi'), end]),
    Buffer.concat([header('dir/', 0, '5'), header('link', 0, '2'), end]),
  ];
}

/** The checksum of a tar header would refuse nearly everything: it is made right again in most inputs. */
function withChecksums(input: Uint8Array): Uint8Array {
  const bytes = Buffer.from(input);
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    if (bytes.toString('latin1', at + 257, at + 262) !== 'ustar') continue;
    bytes.write('        ', at + 148);
    const sum = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148);
  }
  return bytes;
}

const authFile = join(mkdtempSync(join(tmpdir(), 'slipway-fuzz-')), 'config.json');
const AUTH = JSON.stringify({
  auths: { 'localhost:5000': { auth: 'Ym9iOnB3' }, 'https://index.docker.io/v1/': { identitytoken: 't' } },
  credHelpers: { 'gcr.io': 'gcloud' },
  credsStore: 'desktop',
});

const sentencePiece = repository.find(({ path }) => path === 'tokenizer.model');
const fixture = (path: string): Uint8Array => readFileSync(join(process.cwd(), 'test', 'fixtures', path));

export const TARGETS: readonly FuzzTarget[] = [
  {
    name: 'safetensors',
    seeds: async () => [
      await bytesOf(
        buildSafetensors('m', [
          { name: 'a', dtype: 'F32', shape: [2, 3] },
          { name: 'b.c', dtype: 'BF16', shape: [4] },
        ]),
      ),
      await bytesOf(buildSafetensors('m', [{ name: 'x', dtype: 'F16', shape: [1, 1, 8] }])),
    ],
    read: (input) => readSafetensors(memoryFile('m.safetensors', input)),
  },
  {
    name: 'gguf',
    seeds: async () => {
      const source = { kind: 'directory', name: 'model', url: 'file:///model', revision: 'sha256:0' } as const;
      const { content } = await convertContent(await openRepository({ source, files: repository }), {
        outtype: 'f16',
        encoder,
      });
      return [await bytesOf(ggufFile('m.gguf', content))];
    },
    read: async (input) => {
      await readGguf(memoryFile('m.gguf', input));
      await readImatrix(memoryFile('m.gguf', input));
    },
  },
  {
    name: 'imatrix',
    seeds: async () => {
      const legacy = Buffer.alloc(4 + 4 + 3 + 4 + 4 + 16);
      legacy.writeInt32LE(1, 0);
      legacy.writeInt32LE(3, 4);
      legacy.write('abc', 8);
      legacy.writeInt32LE(2, 11);
      legacy.writeInt32LE(4, 15);
      return [legacy];
    },
    read: (input) => readImatrix(memoryFile('m.imatrix', input)),
  },
  {
    name: 'sentencepiece',
    seeds: async () => (sentencePiece === undefined ? [] : [await bytesOf(sentencePiece)]),
    read: (input) => parseSentencePieceModel(input, 'tokenizer.model'),
  },
  ...[
    'config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'generation_config.json',
    'model.safetensors',
    'README.md',
  ]
    .filter((path) => repository.some((file) => file.path === path))
    .map(repositoryTarget),
  {
    name: 'model-card',
    seeds: async () => [Buffer.from(CARD)],
    read: (input) => {
      cardData(text(input));
      parseModelCard(text(input));
    },
  },
  {
    name: 'configuration',
    seeds: async () => [Buffer.from(CONFIG)],
    read: async (input) => parseDocument(text(input), 'c.yaml'),
  },
  { name: 'json', seeds: async () => [Buffer.from(MANIFEST)], read: (input) => parsePythonJson(text(input), 'x.json') },
  { name: 'manifest', seeds: async () => [Buffer.from(MANIFEST)], read: (input) => parseManifest(input, 'x') },
  {
    name: 'tar',
    seeds: async () => tarSeeds(),
    read: async (input) => {
      for await (const member of untar(once(withChecksums(input)))) await drained(member.content());
    },
  },
  {
    name: 'zstd',
    seeds: async () => [fixture('zstd/fast.zst'), fixture('zstd/frames.zst')],
    read: (input) => drained(zstdContent(once(input), 'x')),
  },
  {
    name: 'challenge',
    seeds: async () => [
      Buffer.from('Bearer realm="https://a/t",service="s",scope="repository:a/b:pull", Basic realm="x"'),
    ],
    read: (input) => parseChallenges(latin1(input)),
  },
  {
    name: 'reference',
    seeds: async () => [Buffer.from('localhost:5000/a/b:v1@sha256:' + 'ab'.repeat(32)), Buffer.from('layout:./x:tag')],
    read: (input) => parseReference(text(input)),
  },
  {
    name: 'credentials',
    seeds: async () => [Buffer.from(AUTH)],
    read: async (input) => {
      writeFileSync(authFile, input);
      await readAuthFile(authFile);
    },
  },
  {
    name: 'python-literal',
    seeds: async () => [Buffer.from("b'a\\x00\\n\\''"), Buffer.from("'\\u00e4'")],
    read: (input) => parsePythonLiteral(text(input)),
  },
  {
    name: 'glob',
    seeds: async () => [Buffer.from('a/**/{b,c}*[!x-z]?.json'), Buffer.from('+(a|b)*(c)@(d){1..9}')],
    read: (input) => pathFilter({ include: [text(input)] })('a'.repeat(200)),
  },
  {
    name: 'expression',
    seeds: async () => [Buffer.from('blk\\.(\\d+)\\.ffn_(up|down)?[a-z]+$'), Buffer.from('(a{1,3}|b)*\\bc')],
    read: (input) => searcher(text(input))('a'.repeat(200)),
  },
];
