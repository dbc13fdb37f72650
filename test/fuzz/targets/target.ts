import type { ModelFile } from '../../../src/files/index.js';
import type { Random } from '../mutate.js';

/** Programs of others that read the same format: what they refuse is not to be accepted here. */
export type ReferenceReader = 'safetensors' | 'gguf-py' | 'ggml' | 'python-json' | 'sentencepiece';

/** A reader of strangers' bytes. What it throws has to be a SlipwayError. */
export interface FuzzTarget {
  readonly name: string;
  readonly seeds: () => Promise<readonly Uint8Array[]>;
  read(input: Uint8Array): unknown;
  /** Makes inputs that are nearly right; half of them come from it. */
  readonly generate?: (random: Random) => Uint8Array;
  /** What is asked about everything that was accepted. */
  readonly references?: readonly ReferenceReader[];
}

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
export const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
export const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

export async function bytesOf(file: Pick<ModelFile, 'read'>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function drained(content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of content);
}

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

export const SOURCE = { kind: 'directory', name: 'model', url: 'file:///model', revision: 'sha256:0' } as const;
