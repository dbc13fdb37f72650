import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XetStore } from '../../src/testing/index.js';

const DIRECTORY = join(import.meta.dirname, '../fixtures/xet');

type Part = readonly [kind: 'noise' | 'text' | 'floats', name: string, size: number];

interface FixtureFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  /** The file's hash in the Xet storage. */
  readonly xet: string;
  readonly parts: readonly Part[];
}

/** What hf-xet uploaded (`test/oracle/xet_storage.py`): the files, by their recipe. */
export const XET_FILES: readonly FixtureFile[] = (
  JSON.parse(readFileSync(join(DIRECTORY, 'index.json'), 'utf8')) as { readonly files: FixtureFile[] }
).files;

/** The xorbs and shards that it sent, `changed` on the way. */
export function xetFixture(changed: (xorb: Uint8Array, hash: string) => Uint8Array = (xorb) => xorb): XetStore {
  const store = new XetStore();
  for (const name of readdirSync(DIRECTORY)) {
    const bytes = new Uint8Array(readFileSync(join(DIRECTORY, name)));
    const [stem = '', kind] = name.split('.');
    if (kind === 'xorb') store.addXorb(stem, changed(bytes, stem));
    if (kind === 'shard') store.addShard(bytes);
  }
  return store;
}

/** The content of the files, made from their recipe. */
export function xetContents(): Record<string, Uint8Array> {
  return Object.fromEntries(XET_FILES.map(({ path, parts }) => [path, Buffer.concat(parts.map(part))]));
}

/** The same bytes as `part` of xet_storage.py. */
function part([kind, name, size]: Part): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let index = 0, length = 0; length < size; index++) {
    const piece = PIECES[kind](name, index);
    pieces.push(piece);
    length += piece.byteLength;
  }
  return Buffer.concat(pieces).subarray(0, size);
}

const PIECES: Readonly<Record<Part[0], (name: string, index: number) => Uint8Array>> = {
  noise: (name, index) => createHash('sha256').update(`${name}:${index}`).digest(),
  text: (name, index) => Buffer.from(`line ${index * index} of the text ${name}\n`),
  floats: (_name, index) => {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(1 + index / 4_194_304);
    return bytes;
  },
};
