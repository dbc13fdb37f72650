// Pushing and pulling one large file, side by side with oras and crane, against a real registry on loopback.
//   npm run bench:transfer -- [--size GiB] [--rounds N] [--peers DIR]
// Peers: oras, crane and the distribution registry (`registry`) on PATH or in DIR (test/support/install-peers.sh).
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { ggufFile } from 'slipway';
import { interleave, machineFacts, measure, mebibytes, publish } from './harness.mjs';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    peers: { type: 'string', default: process.env.SLIPWAY_PEERS ?? '' },
    port: { type: 'string', default: '5999' },
  },
});
const peer = (name) =>
  [values.peers, ...(process.env.PATH ?? '').split(delimiter)].map((folder) => join(folder, name)).find(existsSync);
const cli = [process.execPath, join(import.meta.dirname, '../dist/src/cli/main.js')];
const scratch = mkdtempSync(join(tmpdir(), 'slipway-transfer-'));
const host = `127.0.0.1:${values.port}`;
const bytes = Math.round(Number(values.size) * 2 ** 30);

/** A GGUF of bytes that no compression or sparse file makes cheaper: a xorshift stream, seeded. */
async function writeModel(path) {
  const length = Math.floor(bytes / 4);
  const tensor = { name: 'weights', dimensions: [length], type: 'F32', read: () => noise(length * 4) };
  const metadata = new Map([['general.architecture', { type: 'STRING', value: 'llama' }]]);
  const file = ggufFile('model.gguf', { metadata, tensors: [tensor] });
  await pipeline(Readable.from(file.read()), createWriteStream(path));
}

async function* noise(size) {
  const words = new Uint32Array(256 * 1024);
  let state = 0x9e3779b9;
  for (let left = size; left > 0; left -= words.byteLength) {
    for (let index = 0; index < words.length; index += 1) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[index] = state;
    }
    yield new Uint8Array(words.slice().buffer, 0, Math.min(left, words.byteLength));
  }
}

let server;
async function freshRegistry() {
  await stopRegistry();
  const root = join(scratch, 'registry');
  rmSync(root, { recursive: true, force: true });
  const config = join(scratch, 'registry.yml');
  writeFileSync(
    config,
    `version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: ${root}}}\nhttp: {addr: "${host}", secret: benchmark}\n`,
  );
  server = spawn(peer('registry'), ['serve', config], {
    stdio: 'ignore',
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
  });
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (
      await fetch(`http://${host}/v2/`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the registry does not answer');
}

async function stopRegistry() {
  if (server === undefined) return;
  const gone = new Promise((resolve) => server.once('exit', resolve));
  server.kill();
  await gone;
  server = undefined;
}

const folder = (name) => {
  const path = join(scratch, name);
  rmSync(path, { recursive: true, force: true });
  return path;
};

function pushCases(model) {
  const cases = [
    {
      name: 'slipway push',
      before: freshRegistry,
      run: () => measure([...cli, 'push', model, `${host}/bench/ours:v1`, '--progress', 'none']),
    },
  ];
  if (peer('oras') !== undefined) {
    cases.push({
      name: 'oras push',
      before: freshRegistry,
      run: () =>
        measure(
          [
            peer('oras'),
            'push',
            '--plain-http',
            '--no-tty',
            `${host}/bench/oras:v1`,
            'model.gguf:application/octet-stream',
          ],
          {
            cwd: scratch,
          },
        ),
    });
  }
  return cases;
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

function table(rows) {
  const [ours] = rows;
  for (const row of rows) {
    const speed = (bytes / 2 ** 20 / row.seconds).toFixed(0).padStart(6);
    const ratio = row === ours ? '' : `   ours is ${(row.seconds / ours.seconds).toFixed(2)}x as fast`;
    console.log(
      `${row.name.padEnd(26)} ${row.seconds.toFixed(2).padStart(7)} s ${speed} MiB/s   peak ${mebibytes(row.peak).padStart(9)}${ratio}`,
    );
  }
}

if (peer('registry') === undefined) {
  console.log('no `registry` (distribution) found: run test/support/install-peers.sh DIR and pass --peers DIR');
  process.exit(0);
}
try {
  console.log(JSON.stringify(machineFacts()));
  const model = join(scratch, 'model.gguf');
  await writeModel(model);
  const rounds = Number(values.rounds);
  console.log(`\npush ${values.size} GiB to distribution on loopback, ${rounds} rounds in turn`);
  const pushes = await interleave(pushCases(model), rounds);
  table(pushes);
  await freshRegistry();
  await measure([...cli, 'push', model, `${host}/bench/ours:v1`, '--progress', 'none']);
  console.log(`\npull ${values.size} GiB`);
  const pulls = await interleave(pullCases(), rounds);
  table(pulls);
  publish('transfer', [...pushes, ...pulls], { bytes });
} finally {
  await stopRegistry();
  rmSync(scratch, { recursive: true, force: true });
}
