// What trust costs: a push with and without signing and attesting (seconds, and bytes that the Hub is asked for), `verify --rebuild
// sample:16` against a Hub and a registry on loopback, and `diff` of two large GGUFs that differ in one tensor (bytes read).
//   npm run bench:trust -- [--size GiB] [--rounds N] [--peers DIR]
// Peer: the distribution registry (`registry`) on PATH or in DIR (test/support/install-peers.sh).
import {
  createWriteStream,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline as streamed } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import {
  attest,
  convert,
  createContext,
  download,
  generateKeyPair,
  ggufFile,
  keySigner,
  pack,
  pipeline,
  push,
  readPrivateKey,
  sign,
} from 'slipway';
import { buildLlama, startTestHub, startTestRegistry } from 'slipway/testing';
import { machineFacts, measure, median } from './harness.mjs';
import { noise } from './noise.mjs';
import { findPeer, startRegistry } from './peers.mjs';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    peers: { type: 'string', default: process.env.SLIPWAY_PEERS ?? '' },
    port: { type: 'string', default: '5998' },
    only: { type: 'string', default: 'push,rebuild,diff' },
  },
});
const MODEL = 'acme/llama';
const bytes = Math.round(Number(values.size) * 2 ** 30);
const scratch = mkdtempSync(join(tmpdir(), 'slipway-trust-'));
const main = join(import.meta.dirname, '../dist/lib/cli/main.js');
const rows = [];

/** A Llama of about so many bytes in half precision, whose weights are computed when they are read. */
function model(size) {
  const [hidden, intermediate, vocab] = [2048, 5632, 512];
  const layer = 2 * hidden * hidden * 2 + 3 * hidden * intermediate;
  return buildLlama({ layers: Math.max(1, Math.round(size / 2 / layer)), hidden, intermediate, vocab, seed: 1 });
}

/** The same of the size that was asked for, on disk: bytes that are quickly made and cost as much to move. */
async function writeModel(folder) {
  const files = model(bytes);
  mkdirSync(folder);
  for (const file of files) {
    const path = join(folder, file.path);
    if (file.size < 2 ** 24) {
      await streamed(Readable.from(file.read()), createWriteStream(path));
      continue;
    }
    const head = 8 + Number((await first(file.read({ start: 0, end: 8 }))).readBigUInt64LE());
    const header = Readable.from(file.read({ start: 0, end: head }));
    await streamed(header, createWriteStream(path));
    await streamed(Readable.from(noise(file.size - head, 0xbfffbfff)), createWriteStream(path, { flags: 'a' }));
  }
  return files.reduce((sum, file) => sum + file.size, 0);
}

async function first(content) {
  for await (const chunk of content) return Buffer.from(chunk);
  throw new Error('the file is empty');
}

const key = await generateKeyPair('');
const signer = keySigner(await readPrivateKey(key.privateKey, 'key', () => ''));

/** Bytes that the Hub's storage was asked for. */
const fetchedFrom = (hub) =>
  hub.requests
    .filter(({ host }) => host === 'storage')
    .reduce((sum, { range }) => {
      const [, from = '0', until = '-1'] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
      return sum + Number(until) - Number(from) + 1;
    }, 0);

async function pushed(hub, stages) {
  const registry = await startTestRegistry({ keepBytes: true });
  const context = createContext({ env: hub.env });
  const before = fetchedFrom(hub);
  const started = performance.now();
  const cpu = process.cpuUsage();
  try {
    const to = `${registry.host}/m/llama`;
    await pipeline(download(`hf://${MODEL}`), convert({ outtype: 'f16' }), pack(), ...stages, push(to)).run(
      undefined,
      context,
    );
    const { user, system } = process.cpuUsage(cpu);
    return {
      seconds: (performance.now() - started) / 1000,
      cpuSeconds: (user + system) / 1e6,
      fetched: fetchedFrom(hub) - before,
    };
  } finally {
    await context.close();
    await registry.close();
  }
}

if (values.only.includes('push')) {
  // Signing costs the same whatever the size: a smaller model shows it among less noise.
  for (const size of [2 ** 24, bytes / 8]) {
    const repository = model(size);
    const total = repository.reduce((sum, file) => sum + file.size, 0);
    const hub = await startTestHub({ repositories: { [MODEL]: repository } });
    const cases = [
      ['push', []],
      ['push, signed and attested', [attest({ key: signer }), sign({ key: signer })]],
      [
        'push, signed and attested, with model.sig',
        [attest({ key: signer }), sign({ key: signer, modelSignature: true })],
      ],
    ];
    const samples = cases.map(() => []);
    for (let round = 0; round <= Number(values.rounds); round += 1) {
      for (const [index, [, stages]] of cases.entries()) {
        const sample = await pushed(hub, stages);
        if (round > 0) samples[index].push(sample);
      }
    }
    for (const [index, [name]] of cases.entries()) {
      const of = (what) => median(samples[index].map((sample) => sample[what]));
      const row = { name, size: total, seconds: of('seconds'), cpuSeconds: of('cpuSeconds'), fetched: of('fetched') };
      rows.push(row);
      print(row);
    }
    await hub.close();
  }
}

/** Runs a command of ours; seconds, and what it has read from files and sockets (Linux). */
async function command(...argv) {
  const told = "import{readFileSync as r,writeSync as w}from'node:fs';process.on('exit',()=>w(2,r('/proc/self/io')))";
  const hook = `data:text/javascript,${encodeURIComponent(told)}`;
  const node = [process.execPath, '--import', hook, main, ...argv];
  const { seconds, output } = await measure(['sh', '-c', '"$@"; code=$?; [ $code -le 1 ]', 'sh', ...node], {
    env: { ...command.env, COSIGN_PASSWORD: '', HOME: scratch },
  });
  return { seconds, read: Number(/rchar: (\d+)/.exec(output)?.[1]), output };
}

if (values.only.includes('rebuild')) {
  const registry = await startRegistry({
    program: findPeer('registry', values.peers),
    host: `127.0.0.1:${values.port}`,
    scratch,
  });
  const folder = join(scratch, 'model');
  const total = await writeModel(folder);
  const hub = await startTestHub({ repositories: { [MODEL]: folder } });
  const context = createContext({ env: hub.env });
  const to = `127.0.0.1:${values.port}/m/llama`;
  const stages = [attest({ key: signer }), sign({ key: signer }), push(to, { tags: ['v1'] })];
  await pipeline(download(`hf://${MODEL}`), convert({ outtype: 'f16' }), pack(), ...stages).run(undefined, context);
  await context.close();
  command.env = hub.env;
  const samples = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const before = fetchedFrom(hub);
    const { seconds } = await command('verify', `${to}:v1`, '--rebuild', 'sample:16', '--seed', `${round}`);
    samples.push({ seconds, fetched: fetchedFrom(hub) - before });
  }
  const of = (what) => median(samples.map((sample) => sample[what]));
  const row = { name: 'verify --rebuild sample:16', size: total, seconds: of('seconds'), fetched: of('fetched') };
  rows.push(row);
  print(row);
  await hub.close();
  await registry.stop();
}

if (values.only.includes('diff')) {
  const [a, b] = ['a.gguf', 'b.gguf'].map((name) => join(scratch, name));
  const length = Math.floor(bytes / 16 / 4);
  const tensors = Array.from({ length: 16 }, (_, index) => ({
    name: `blk.${index}.weight`,
    dimensions: [length],
    type: 'F32',
    read: () => noise(length * 4),
  }));
  const metadata = new Map([['general.architecture', { type: 'STRING', value: 'llama' }]]);
  await streamed(Readable.from(ggufFile('a.gguf', { metadata, tensors }).read()), createWriteStream(a));
  copyFileSync(a, b);
  writeSync(openSync(b, 'r+'), Buffer.from([1]), 0, 1, statSync(b).size - 1);
  const both = 2 * statSync(a).size;
  const layouts = ['one', 'two'].map((name) => `layout:${join(scratch, name)}:v1`);
  for (const [index, layout] of layouts.entries()) await command('push', a, layout, '--annotation', `round=${index}`);
  // What a process reads to start is no part of it.
  const { read: start } = await command('--version');
  const cases = [
    ['diff, one tensor differs', a, b],
    ['diff, artifacts whose digests are known and equal', ...layouts],
  ];
  for (const [name, ...sides] of cases) {
    const { seconds, read } = await command('diff', ...sides, '--json');
    const row = { name, size: both, seconds, read: read - start };
    rows.push(row);
    print(row);
  }
}

function print({ name, size, seconds, cpuSeconds, fetched, read }) {
  const moved = fetched ?? read;
  const share = `${(moved / size).toFixed(3)} of ${size} bytes ${fetched === undefined ? 'read' : 'fetched'}`;
  console.log(
    `${name}: ${seconds.toFixed(2)} s${cpuSeconds === undefined ? '' : `, ${cpuSeconds.toFixed(2)} s of processor`}, ${share}`,
  );
}

rmSync(scratch, { recursive: true, force: true });
const folder = join(import.meta.dirname, 'results');
mkdirSync(folder, { recursive: true });
writeFileSync(
  join(folder, 'trust.json'),
  `${JSON.stringify({ benchmark: 'trust', machine: machineFacts(), rows }, null, 2)}\n`,
);
