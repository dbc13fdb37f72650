// Pushing and pulling one large file, side by side with oras and crane, against a real registry on loopback; then the
// chain from a Hub to the registry without a disk, beside a plain download and a plain upload of the same bytes, with our
// own commands and with curl.
// Beside the pull stands what this machine can do at best in the same run; then many small files, pushed and pulled.
//   npm run bench:transfer -- [--size GiB] [--rounds N] [--peers DIR] [--files N]
// Peers: oras, crane and the distribution registry (`registry`) on PATH or in DIR (test/support/install-peers.sh).
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { ggufFile } from 'slipway';
import { interleave, machineFacts, measure, mebibytes, publish } from './harness.mjs';
import { noise } from './noise.mjs';
import { findPeer, startHub, startRegistry } from './peers.mjs';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    peers: { type: 'string', default: process.env.SLIPWAY_PEERS ?? '' },
    port: { type: 'string', default: '5999' },
    files: { type: 'string', default: '2000' },
  },
});
const peer = (name) => findPeer(name, values.peers);
const cli = [process.execPath, join(import.meta.dirname, '../dist/lib/cli/main.js')];
const scratch = mkdtempSync(join(tmpdir(), 'slipway-transfer-'));
const host = `127.0.0.1:${values.port}`;
const bytes = Math.round(Number(values.size) * 2 ** 30);

/** A GGUF that nothing makes cheaper to move. */
async function writeModel(path) {
  const length = Math.floor(bytes / 4);
  const tensor = { name: 'weights', dimensions: [length], type: 'F32', read: () => noise(length * 4) };
  const metadata = new Map([['general.architecture', { type: 'STRING', value: 'llama' }]]);
  const file = ggufFile('model.gguf', { metadata, tensors: [tensor] });
  await pipeline(Readable.from(file.read()), createWriteStream(path));
}

let server;
async function freshRegistry() {
  await server?.stop();
  server = await startRegistry({ program: peer('registry'), host, scratch });
}

const folder = (name) => {
  const path = join(scratch, name);
  rmSync(path, { recursive: true, force: true });
  return path;
};

/** What is run where a peer is here; each pushes into an empty registry. */
function pushing(cases) {
  return cases
    .filter(({ command: [program] }) => program !== undefined)
    .map(({ name, command, cwd }) => ({ name, before: freshRegistry, run: () => measure(command, { cwd }) }));
}

/** From a file whose digest nobody knows. crane has one way with a file: as a layer, which it compresses. */
function pushCases(model) {
  const file = 'model.gguf:application/octet-stream';
  return pushing([
    { name: 'slipway push', command: [...cli, 'push', model, `${host}/bench/ours:v1`, '--progress', 'none'] },
    {
      name: 'oras push',
      command: [peer('oras'), 'push', '--plain-http', '--no-tty', `${host}/bench/oras:v1`, file],
      cwd: dirname(model),
    },
    {
      name: 'crane append',
      command: [peer('crane'), 'append', '--insecure', '-f', model, '-t', `${host}/bench/crane:v1`],
    },
  ]);
}

/** From an OCI layout, which names the digests: a client may send what it reads without hashing it. */
function layoutCases(layout) {
  const from = `${layout}:v1`;
  return pushing([
    {
      name: 'slipway copy',
      command: [...cli, 'copy', `layout:${from}`, `${host}/bench/ours:v1`, '--progress', 'none'],
    },
    {
      name: 'oras cp',
      command: [peer('oras'), 'cp', '--no-tty', '--from-oci-layout', from, '--to-plain-http', `${host}/bench/oras:v1`],
    },
    { name: 'crane push', command: [peer('crane'), 'push', '--insecure', layout, `${host}/bench/crane:v1`] },
  ]);
}

function pullCases() {
  const reference = `${host}/bench/ours:v1`;
  const cases = [
    {
      name: 'slipway pull',
      run: () => measure([...cli, 'pull', reference, folder('pulled-ours'), '--progress', 'none']),
    },
  ];
  if (peer('oras') !== undefined) {
    cases.push({
      name: 'oras pull',
      run: () => measure([peer('oras'), 'pull', '--plain-http', '--no-tty', '-o', folder('pulled-oras'), reference]),
    });
  }
  if (peer('crane') !== undefined) {
    cases.push({
      name: 'crane pull (OCI layout)',
      run: () => measure([peer('crane'), 'pull', '--insecure', '--format', 'oci', reference, folder('pulled-crane')]),
    });
  }
  return cases;
}

/** What no pull can be quicker than: receiving, hashing, and writing durably, each alone. */
function pullLimits(model, digest) {
  const copy = join(scratch, 'limit');
  const before = () => rmSync(copy, { force: true });
  const write = ['dd', `if=${model}`, `of=${copy}`, 'bs=4M', 'oflag=direct', 'conv=fsync', 'status=none'];
  return [
    {
      name: 'limit: curl to nowhere',
      run: () => measure(['curl', '-sf', '-o', '/dev/null', `http://${host}/v2/bench/ours/blobs/${digest}`]),
    },
    { name: 'limit: openssl dgst -sha256', run: () => measure(['openssl', 'dgst', '-sha256', model]) },
    { name: 'limit: dd past the cache, synced', before, run: () => measure(write) },
  ];
}

const SMALL_FILE = 10_000;

/** So many files of 10 kB in one directory, each a layer of its own. */
async function writeSmallFiles(directory, count) {
  mkdirSync(directory);
  const names = Array.from({ length: count }, (_, index) => `f${String(index).padStart(6, '0')}.txt`);
  const chunks = [];
  for await (const chunk of noise(count * SMALL_FILE)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  for (const [index, name] of names.entries())
    writeFileSync(join(directory, name), bytes.subarray(index * SMALL_FILE, (index + 1) * SMALL_FILE));
  return names;
}

function manyPushCommand(directory) {
  const how = ['--format', 'oras', '--allow-no-weights', '--include', '**', '--progress', 'none'];
  return [...cli, 'push', directory, `${host}/bench/many:v1`, ...how];
}

function manyPushCases(directory, names) {
  return pushing([
    { name: 'slipway push of small files', command: manyPushCommand(directory) },
    {
      name: 'oras push of small files',
      command: [peer('oras'), 'push', '--plain-http', '--no-tty', `${host}/bench/many:v1`, ...names],
      cwd: directory,
    },
  ]);
}

function manyPullCases() {
  const reference = `${host}/bench/many:v1`;
  const theirs = [peer('oras'), 'pull', '--plain-http', '--no-tty', '-o'];
  const cases = [
    {
      name: 'slipway pull of small files',
      run: () => measure([...cli, 'pull', reference, folder('many-ours'), '--progress', 'none']),
    },
    { name: 'oras pull of small files', run: () => measure([...theirs, folder('many-oras'), reference]) },
  ];
  return peer('oras') === undefined ? cases.slice(0, 1) : cases;
}

/** The way from the Hub to the registry in one go, and its two halves: with our own commands, and as curl goes them. */
async function chainCases(model, hub) {
  const digest = await fileDigest(model);
  const config = join(scratch, 'chain.yaml');
  writeFileSync(
    config,
    `name: chain\nstore: none\nstages:\n  - download: { from: hf://bench/model }\n  - pack: {}\n  - push: { to: ${host}/bench/chain }\n`,
  );
  const [downloaded, upload] = [join(scratch, 'downloaded'), `http://${host}/v2/bench/plain/blobs/uploads/`];
  const env = { HF_ENDPOINT: hub.url, PIPELINE_HOME: join(scratch, 'home') };
  return [
    {
      name: 'slipway run (Hub to registry)',
      before: freshRegistry,
      run: () => measure([...cli, 'run', config, '--progress', 'none', '--no-resume'], { env }),
    },
    {
      name: 'slipway download',
      run: () =>
        measure([...cli, 'download', 'hf://bench/model', '-o', folder('fetched'), '--progress', 'none'], { env }),
    },
    {
      name: 'slipway push',
      before: freshRegistry,
      run: () => measure([...cli, 'push', model, `${host}/bench/half:v1`, '--progress', 'none']),
    },
    {
      name: 'curl from the Hub',
      run: () => measure(['curl', '-sfL', '-o', downloaded, `${hub.url}/bench/model/resolve/main/model.gguf`]),
    },
    {
      name: 'curl to the registry',
      before: freshRegistry,
      run: async () => {
        const begun = await fetch(upload, { method: 'POST' });
        const place = new URL(begun.headers.get('location'), upload);
        place.searchParams.set('digest', digest);
        return measure(['curl', '-sf', '-T', model, '-H', 'content-type: application/octet-stream', place.href]);
      },
    },
  ];
}

async function fileDigest(path) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

function chainVerdict([chain, ...halves]) {
  for (const [whose, pair] of Object.entries({ 'our own': halves.slice(0, 2), curl: halves.slice(2) })) {
    const slower = Math.max(...pair.map((half) => half.seconds));
    console.log(`the chain takes ${(chain.seconds / slower).toFixed(2)}x the slower half, ${whose}`);
  }
}

function table(rows, moved = bytes) {
  const [ours] = rows;
  for (const row of rows) {
    const speed = (moved / 2 ** 20 / row.seconds).toFixed(0).padStart(6);
    const ratio = row === ours ? '' : `   ours is ${(row.seconds / ours.seconds).toFixed(2)}x as fast`;
    console.log(
      `${row.name.padEnd(30)} ${row.seconds.toFixed(2).padStart(7)} s ${speed} MiB/s   peak ${mebibytes(row.peak).padStart(9)}${ratio}`,
    );
  }
}

if (peer('registry') === undefined) {
  console.log('no `registry` (distribution) found: run test/support/install-peers.sh DIR and pass --peers DIR');
  process.exit(0);
}
try {
  console.log(JSON.stringify(machineFacts()));
  const model = join(scratch, 'model', 'model.gguf');
  mkdirSync(dirname(model));
  await writeModel(model);
  const rounds = Number(values.rounds);
  console.log(`\npush ${values.size} GiB to distribution on loopback, ${rounds} rounds in turn`);
  const pushes = await interleave(pushCases(model), rounds);
  table(pushes);
  console.log(`\npush ${values.size} GiB from an OCI layout`);
  const layout = folder('layout');
  await measure([...cli, 'push', model, `layout:${layout}:v1`, '--progress', 'none']);
  const copies = await interleave(layoutCases(layout), rounds);
  rmSync(layout, { recursive: true });
  table(copies);
  await freshRegistry();
  await measure([...cli, 'push', model, `${host}/bench/ours:v1`, '--progress', 'none']);
  console.log(`\npull ${values.size} GiB`);
  const pulls = await interleave([...pullCases(), ...pullLimits(model, await fileDigest(model))], rounds);
  table(pulls);
  const count = Number(values.files);
  console.log(`\n${count} files of 10 kB`);
  const names = await writeSmallFiles(join(scratch, 'many'), count);
  const many = await interleave(manyPushCases(join(scratch, 'many'), names), rounds);
  table(many, count * SMALL_FILE);
  await freshRegistry();
  await measure(manyPushCommand(join(scratch, 'many')));
  const manyPulls = await interleave(manyPullCases(), rounds);
  table(manyPulls, count * SMALL_FILE);
  console.log(`\nHub to registry, ${values.size} GiB`);
  const hub = await startHub('bench/model', { folder: dirname(model) });
  // The Hub knows its files' digests; the one here finds them out when it is first asked.
  await fetch(`${hub.url}/bench/model/resolve/main/model.gguf`, { method: 'HEAD' });
  const chain = await interleave(await chainCases(model, hub), rounds);
  hub.stop();
  table(chain);
  chainVerdict(chain);
  publish('transfer', [...pushes, ...copies, ...pulls, ...many, ...manyPulls, ...chain], { bytes });
} finally {
  await server?.stop();
  rmSync(scratch, { recursive: true, force: true });
}
