import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planDeployment, readServedModel } from '../../src/deploy/index.js';
import { openRegistry } from '../../src/registry/index.js';
import { havePeer, runPeer } from '../registry/peers.js';
import { digests, filesOf, openYard, type Yard } from './yard.js';

// KServe's own code that fetches a model: what the init container of `oci+fetch://` runs.

const PYTHON = 'kserve-storage/bin/python';
const DOWNLOAD = 'import sys; from kserve_storage import Storage; Storage.download(sys.argv[1], sys.argv[2])';
const present = ['registry', PYTHON].map(havePeer).every(Boolean);

describe.skipIf(!present)("KServe's storage", () => {
  let yard: Yard;
  beforeAll(async () => {
    yard = await openYard();
  });
  afterAll(async () => yard.close());

  async function fetched(uri: string, to: string): Promise<ReadonlyMap<string, Buffer>> {
    const env = { HOME: yard.directory, KSERVE_OCI_INSECURE_REGISTRY: 'true' };
    await runPeer(
      PYTHON,
      ['-c', DOWNLOAD, uri.replace('oci+fetch://', 'oci://'), join(yard.directory, to)],
      yard.directory,
      env,
    );
    return filesOf(join(yard.directory, to));
  }

  test('downloads a modelcar by the address that a deployment names, byte for byte', async () => {
    const digest = await yard.push('modelcar');
    const name = `${yard.host}/ours/modelcar`;
    const model = await readServedModel({ target: openRegistry(name), reference: digest, name });
    const { resources } = planDeployment(model, { cluster: { kserve: [0, 21, 0], kubernetes: [1, 30, 0] } }, 'kserve');
    const [, uri = ''] = /"(oci\+fetch:\/\/[^"]+)"/.exec(JSON.stringify(resources)) ?? [];
    expect(uri).toBe(`oci+fetch://${name}@${digest}`);
    expect(digests(await fetched(uri, 'by-digest'))).toEqual(digests(await filesOf(yard.model)));
  });

  test('refuses what is no image, as a deployment says beforehand', async () => {
    const digest = await yard.push('modelpack');
    const name = `${yard.host}/ours/modelpack`;
    const model = await readServedModel({ target: openRegistry(name), reference: digest, name });
    expect(() => planDeployment(model, {}, 'kserve')).toThrow(/KServe wants an image with \/models/);
    await expect(fetched(`oci://${name}@${digest}`, 'raw')).rejects.toThrow();
  });
});
