import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { ArtifactFile } from '../../src/package/index.js';
import { membersOf } from '../../src/package/index.js';
import { FREE_BYTES, MOST_EXPANSION } from '../../src/package/layer-members.js';
import { MAX_ENTRIES, untar } from '../../src/files/tar/untar.js';

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('        0', 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function unpack(content: Buffer, annotations: Record<string, string> = {}): Promise<number> {
  const packed = gzipSync(content);
  const descriptor = { mediaType: 'application/x', digest: 'sha256:0', size: packed.byteLength, annotations };
  const layer = { path: 'layer.tar', kind: 'weight', form: 'tar+gzip', descriptor } as unknown as ArtifactFile;
  let bytes = 0;
  for await (const member of membersOf(layer, 'oras', once(packed))) {
    for await (const chunk of member.content()) bytes += chunk.byteLength;
  }
  return bytes;
}

describe('a layer that unpacks to much', () => {
  const tarOf = (size: number): Buffer =>
    Buffer.concat([header('x', size), Buffer.alloc(Math.ceil(size / 512) * 512 + 1024)]);

  test('passes up to 64 MiB, whatever the ratio', async () => {
    const size = FREE_BYTES - 4096;
    expect(await unpack(tarOf(size))).toBe(size);
  });

  test('is refused beyond when it is more than 200 times its size', async () => {
    expect(MOST_EXPANSION).toBe(200);
    await expect(unpack(tarOf(FREE_BYTES + 4096))).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });

  test('is refused when it is more than the manifest says of its file', async () => {
    const said = (size: number): Record<string, string> => ({
      'org.cncf.model.file.metadata+json': JSON.stringify({ name: 'x', size, typeflag: 0 }),
    });
    expect(await unpack(tarOf(4_000_000), said(4_000_000))).toBe(4_000_000);
    await expect(unpack(tarOf(4_000_000), said(2_000_000))).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });

  test('entries: ten thousand pass, one more is refused', async () => {
    const members = async (count: number): Promise<number> => {
      const archive = Buffer.concat([
        ...Array.from({ length: count }, (_, index) => header(`f${index}`, 0)),
        Buffer.alloc(1024),
      ]);
      let seen = 0;
      for await (const _ of untar(once(archive))) seen++;
      return seen;
    };
    expect(await members(MAX_ENTRIES)).toBe(MAX_ENTRIES);
    await expect(members(MAX_ENTRIES + 1)).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });
});
