import { parseDocument } from '../../../src/config/document.js';
import { parseModelCard } from '../../../src/convert/metadata/model-card.js';
import { parseGate, parseGateFile } from '../../../src/evaluate/gate.js';
import {
  lfsPointer,
  memoryFile,
  pathFilter,
  readJsonObject,
  safeRelativePath,
  searcher,
} from '../../../src/files/index.js';
import { cardData } from '../../../src/package/index.js';
import { json, text, type FuzzTarget } from './target.js';

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

const VALUES = { a: 1, 'b c': [1.5, -0, 1e9, true, null, 'ä\n'], d: { e: { f: 'g' } } };

export const TEXT_TARGETS: readonly FuzzTarget[] = [
  { name: 'model-card', seeds: async () => [Buffer.from(CARD)], read: (input) => parseModelCard(text(input)) },
  { name: 'card-data', seeds: async () => [Buffer.from(CARD)], read: (input) => cardData(text(input)) },
  {
    name: 'configuration',
    seeds: async () => [Buffer.from(CONFIG)],
    read: async (input) => parseDocument(text(input), 'c.yaml'),
  },
  {
    name: 'json',
    seeds: async () => [json(VALUES), Buffer.from('{"big": 9007199254740993, "n": NaN, "i": -Infinity}')],
    // As it is read from a repository: an object, in UTF-8.
    read: async (input) => readJsonObject(memoryFile('x.json', Buffer.from(input)), 1024 * 1024),
    references: ['python-json'],
  },
  {
    name: 'gate',
    seeds: async () => [Buffer.from('kld.mean<0.02,top.same>94'), Buffer.from("gate:\n  kld.mean: '<0.02'\n")],
    read: (input) => {
      parseGateFile(text(input), 'gate.yaml');
      parseGate(text(input));
    },
  },
  {
    name: 'lfs-pointer',
    seeds: async () => [
      Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${'ab'.repeat(32)}\nsize 12\n`),
    ],
    read: (input) => lfsPointer('x', input),
  },
  {
    name: 'path',
    seeds: async () => [Buffer.from('a/b.txt'), Buffer.from('Ü/con./x y.json')],
    read: (input) => safeRelativePath(text(input)),
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
