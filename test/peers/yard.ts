import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createContext, pipeline, type RunContext } from '../../src/core/index.js';
import { sha256 } from '../../src/files/index.js';
import type { ArtifactFormat } from '../../src/package/index.js';
import { openRegistry } from '../../src/registry/index.js';
import { convert, download, pack, push, save, type PackStageOptions } from '../../src/stages/index.js';
import { buildLlama } from '../../src/testing/index.js';
import { runPeer, startDistribution } from '../registry/peers.js';

/** Name of the model's file. */
export const GGUF = 'tiny-Q8_0.gguf';

/** A real registry, a directory with a model, and a home of its own for the programs of others. */
export interface Yard {
  readonly host: string;
  readonly directory: string;
  /** The model's directory: a GGUF, README.md, LICENSE. */
  readonly model: string;
  readonly context: RunContext;
  /** Packs the model in one format and pushes it to `host/ours/FORMAT:v1`; its digest. */
  push(format: ArtifactFormat, options?: PackStageOptions): Promise<string>;
  /** Pulls a reference with our own client; contents by path. */
  pull(reference: string): Promise<ReadonlyMap<string, Buffer>>;
  /** Runs a program of others in the directory. */
  run(program: string, ...arguments_: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

export async function openYard(): Promise<Yard> {
  const registry = await startDistribution();
  const directory = await mkdtemp(join(tmpdir(), 'slipway-peers-'));
  const model = join(directory, 'model');
  const context = createContext();
  await buildModel(directory, model, context);
  const { host } = registry;
  let pulls = 0;
  return {
    host,
    directory,
    model,
    context,
    push: async (format, options = {}) => {
      const packed = pack({ ...options, formats: [format] });
      const chain = pipeline(download(model), packed, push(`${host}/ours/${format}`, { tags: ['v1'] }));
      await chain.run(undefined, context);
      return (await openRegistry(`${host}/ours/${format}`).resolve('v1')).digest;
    },
    pull: async (reference) => {
      const to = join(directory, `pulled-${(pulls += 1)}`);
      await pipeline(download(`oci://${reference}`), save(to)).run(undefined, context);
      return filesOf(to);
    },
    run: async (program, ...arguments_) =>
      runPeer(program, arguments_, directory, {
        HOME: join(directory, 'home'),
        XDG_DATA_HOME: join(directory, 'home'),
        INSECURE_REGISTRY: 'true',
      }),
    close: async () => {
      await registry.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A small Llama as a Q8_0 GGUF with what goes beside it. */
async function buildModel(directory: string, model: string, context: RunContext): Promise<void> {
  const source = join(directory, 'source');
  for (const file of buildLlama({ seed: 5 })) {
    await mkdir(dirname(join(source, file.path)), { recursive: true });
    const chunks: Uint8Array[] = [];
    for await (const chunk of file.read()) chunks.push(chunk);
    await writeFile(join(source, file.path), Buffer.concat(chunks));
  }
  const chain = pipeline(download(source), convert({ quantize: 'Q8_0', modelName: 'tiny' }));
  const [variant] = await chain.run(undefined, context);
  const [weights] = variant?.weights ?? [];
  if (weights === undefined) throw new Error('nothing was converted');
  const chunks: Uint8Array[] = [];
  for await (const chunk of weights.read()) chunks.push(chunk);
  await mkdir(model, { recursive: true });
  await mkdir(join(directory, 'home'), { recursive: true });
  await writeFile(join(model, GGUF), Buffer.concat(chunks));
  await writeFile(join(model, 'README.md'), '---\nlicense: apache-2.0\n---\n# Tiny\n');
  await writeFile(join(model, 'LICENSE'), 'the text of a licence\n');
}

/** Every file below a directory, by its path in it. */
export async function filesOf(directory: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = new Map<string, Buffer>();
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(path.slice(directory.length + 1), await readFile(path));
  }
  return files;
}

/** Digests by path: what comparisons print is short. */
export function digests(files: ReadonlyMap<string, Buffer>): Record<string, string> {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([path, bytes]) => [path, sha256(bytes)]));
}
