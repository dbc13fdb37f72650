import { link, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { memoryFile } from '../../src/files/index.js';
import { localExternalFiles, readOnnx, type ExternalFile } from '../../src/onnx/index.js';
import { elsewhere, message, model, tensor } from './protobuf.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-onnx-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const content = model(message(5, tensor('w', [4], elsewhere('model.onnx_data', 16, 16))));

async function beside(): Promise<readonly ExternalFile[]> {
  return localExternalFiles(folder, await readOnnx(memoryFile('model.onnx', content)));
}

test('data of 32 bytes that is there', async () => {
  await writeFile(join(folder, 'model.onnx_data'), new Uint8Array(32));
  expect(await beside()).toEqual([{ path: 'model.onnx_data', needed: 32, size: 32 }]);
});

test.each<[string, (place: string) => Promise<unknown>]>([
  ['missing', async () => undefined],
  ['too short', async (place) => writeFile(place, new Uint8Array(31))],
  ['a symbolic link', async (place) => symlink('/etc/hostname', place)],
  [
    'a hard link',
    async (place) => {
      await writeFile(join(folder, 'other'), new Uint8Array(32));
      await link(join(folder, 'other'), place);
    },
  ],
])('data that is %s', async (problem, prepare) => {
  await prepare(join(folder, 'model.onnx_data'));
  expect(await beside()).toMatchObject([{ path: 'model.onnx_data', problem }]);
});
