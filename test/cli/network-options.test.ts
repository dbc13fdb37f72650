import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { networkOptions } from '../../src/cli/options/network-options.js';

describe('what flags say about the network', () => {
  let directory: string;
  const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n';
  const KEY = '-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n';

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'slipway-network-'));
    await writeFile(join(directory, 'ca.pem'), CERTIFICATE);
    await writeFile(join(directory, 'client.pem'), CERTIFICATE);
    await writeFile(join(directory, 'client.key'), KEY);
    await writeFile(join(directory, 'notes.txt'), 'nothing');
  });
  afterAll(async () => rm(directory, { recursive: true, force: true }));

  test('certificates are read from files, relative to the directory', async () => {
    const flags = { caFile: 'ca.pem', clientCert: ['Harbor.Example.com:8443=client.pem,client.key'] };
    expect(await networkOptions(flags, {}, directory)).toEqual({
      insecureHosts: [],
      ca: CERTIFICATE,
      clientCertificates: [{ host: 'harbor.example.com:8443', cert: CERTIFICATE, key: KEY }],
    });
    expect(await networkOptions({}, { SSL_CERT_FILE: join(directory, 'ca.pem') }, '/')).toMatchObject({
      ca: CERTIFICATE,
    });
  });

  test.each([
    [{ caFile: 'missing.pem' }, 'cannot be read'],
    [{ caFile: 'notes.txt' }, 'holds no certificate authorities in PEM form'],
    [{ clientCert: ['harbor.example.com'] }, 'does not name a host, a certificate and its key'],
    [{ clientCert: ['h=client.pem'] }, 'does not name a host, a certificate and its key'],
    [{ clientCert: ['h=client.key,client.pem'] }, 'holds no client certificate in PEM form'],
    [{ clientCert: ['h=client.pem,notes.txt'] }, 'holds no key in PEM form'],
  ])('%j is refused', async (flags, message) => {
    await expect(networkOptions(flags, {}, directory)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(message),
    });
  });
});
