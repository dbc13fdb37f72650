import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRange, readWhole, sha256 } from '../../src/files/index.js';
import { openSource, parseAddress, type SourceOptions } from '../../src/source/index.js';

/** moto's server speaks the protocol of S3 (`pip install moto[s3,server]`); install-peers.sh puts it among the peers. */
function findMoto(): string | undefined {
  const peers = process.env['SLIPWAY_PEERS'];
  const installed = peers === undefined ? '' : join(peers, 'moto', 'bin', 'moto_server');
  if (existsSync(installed)) return installed;
  return spawnSync('moto_server', ['--help']).error === undefined ? 'moto_server' : undefined;
}

const moto = findMoto();
if (moto === undefined) process.stderr.write('skipped: moto_server is not here, S3 is not read from a real server\n');

test.each([
  ['s3://models/acme/tiny', { bucket: 'models', prefix: 'acme/tiny' }],
  ['s3://models', { bucket: 'models', prefix: '' }],
  ['s3://models/acme/ggufs/:Q4_K_M', { bucket: 'models', prefix: 'acme/ggufs/', variant: 'Q4_K_M' }],
])('%s is an address', (address, expected) => {
  expect(parseAddress(address)).toEqual({ kind: 's3', ...expected });
});

test.each(['s3://', 's3:///x', 's3://UPPER/x'])('%s is none', (address) => {
  expect(() => parseAddress(address)).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
});

describe.skipIf(moto === undefined)('a bucket', () => {
  let server: ChildProcess;
  let endpoint = '';
  let client: S3Client;
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };

  const put = async (key: string, body: string, more: object = {}): Promise<void> => {
    await client.send(new PutObjectCommand({ Bucket: 'models', Key: key, Body: body, ...more }));
  };
  const options = (): SourceOptions => ({
    fetch,
    env: { AWS_ENDPOINT_URL_S3: endpoint, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' },
  });

  beforeAll(async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => probe.once('listening', done));
    const { port } = probe.address() as AddressInfo;
    await new Promise((done) => probe.close(done));
    endpoint = `http://127.0.0.1:${port}`;
    server = spawn(moto ?? '', ['-p', String(port), '-H', '127.0.0.1'], { stdio: 'ignore' });
    client = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true, credentials, maxAttempts: 40 });
    await client.send(new CreateBucketCommand({ Bucket: 'models' }));
    const versions = { Bucket: 'models', VersioningConfiguration: { Status: 'Enabled' as const } };
    await client.send(new PutBucketVersioningCommand(versions));
    await put('acme/tiny/config.json', '{}', { ChecksumAlgorithm: 'SHA256' });
    await put('acme/tiny/model.safetensors', 'weights of a model');
    await put('acme/tiny/run.py', 'x');
    for (const split of [1, 2]) await put(`acme/x-0000${split}-of-00002.gguf`, `GGUF ${split}`);
  });
  afterAll(() => void server.kill());

  test('is pinned by versions, entity tags and digests, and read by ranges', async () => {
    const { source, files, leftOut } = await openSource('s3://models/acme/tiny', options());
    expect(source).toMatchObject({ kind: 's3', name: 'tiny', url: 's3://models/acme/tiny' });
    expect(files.map(({ path }) => path)).toEqual(['config.json', 'model.safetensors']);
    expect(leftOut).toEqual([{ path: 'run.py', mayRunCode: false }]);
    const [config, weights] = files;
    if (config === undefined || weights === undefined) throw new Error('no files');
    expect(config.digest).toBe(sha256(Buffer.from('{}')));
    expect(Buffer.from(await readRange(weights, { start: 3, end: 7 })).toString()).toBe('ghts');
    // What is written over it is another version: the pinned one is read on.
    await put('acme/tiny/model.safetensors', 'weights of a modeL');
    expect(Buffer.from(await readWhole(weights, 100)).toString()).toBe('weights of a model');
    expect((await openSource('s3://models/acme/tiny', options())).source.revision).not.toBe(source.revision);
  });

  test('the first split stands for its set', async () => {
    const { files, source } = await openSource('s3://models/acme/x-00001-of-00002.gguf', options());
    expect(files.map(({ path }) => path)).toEqual(['x-00001-of-00002.gguf', 'x-00002-of-00002.gguf']);
    expect(source.name).toBe('x');
  });

  test.each(['s3://models/none', 's3://no-bucket/x'])('%s is not there', async (address) => {
    await expect(openSource(address, options())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
