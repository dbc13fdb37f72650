import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { convertContent, type OutputType } from '../../src/convert/index.js';
import { digestOf, readRange, sha256, type ModelFile, type Snapshot } from '../../src/files/index.js';
import { ggufFile, type GgufContent } from '../../src/gguf/index.js';
import { createLocalEncoder, quantizeContent } from '../../src/quantize/index.js';
import { OrderedFiles } from '../../src/source/index.js';
import { buildRepository, buildTarget, readRecipes, recipeFamilies } from '../convert/recipe.js';

const encoder = createLocalEncoder();
const MIB = 1024 * 1024;

/** A server of bytes that counts what it gives, and gives a wrong one where it is told to. */
class Origin {
  bytes = 0;
  requests = 0;
  lieAt: number | undefined;
  /** Which requests lie; all unless given. */
  lies: (request: number) => boolean = () => true;
  readonly #chunk: number;

  constructor(chunk = 64 * 1024) {
    this.#chunk = chunk;
  }

  file(path: string, content: Uint8Array, digest = sha256(content)): ModelFile {
    const size = content.byteLength;
    return {
      path,
      size,
      digest,
      read: (range = { start: 0, end: size }) => this.#serve(content, range.start, range.end, (this.requests += 1)),
    };
  }

  async *#serve(content: Uint8Array, start: number, end: number, request: number): AsyncGenerator<Uint8Array> {
    for (let at = start; at < end; at += this.#chunk) {
      const chunk = content.slice(at, Math.min(end, at + this.#chunk));
      const lie = this.lieAt === undefined ? -1 : this.lieAt - at;
      if (lie >= 0 && lie < chunk.byteLength && this.lies(request)) chunk[lie] = 255 - (chunk[lie] ?? 0);
      this.bytes += chunk.byteLength;
      yield chunk;
    }
  }
}

type Golden = Readonly<Record<string, Readonly<Record<string, { readonly sha256: string }>>>>;

const noise = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, at) => (at * 2654435761) >>> 13);

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function asBytes(file: ModelFile): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A repository whose weights are served by an origin, and read in order. */
async function served(
  repository: Snapshot,
  origin: Origin,
  files: OrderedFiles,
): Promise<{ readonly snapshot: Snapshot; readonly weights: number }> {
  let weights = 0;
  const wrapped: ModelFile[] = [];
  for (const file of repository.files) {
    if (!file.path.endsWith('.safetensors')) wrapped.push(file);
    else {
      weights += file.size;
      wrapped.push(files.add(origin.file(file.path, await asBytes(file))));
    }
  }
  return { snapshot: { ...repository, files: wrapped }, weights };
}

async function write(content: GgufContent, files: OrderedFiles, bigEndian = false): Promise<string> {
  const file = ggufFile('model.gguf', content, { bigEndian });
  const order = file.sources ?? [];
  await files.expect(order);
  const { digest } = await digestOf(file.read());
  return digest;
}

describe('every byte of a repository is fetched once', () => {
  test.each(recipeFamilies())('%s', async (family) => {
    const golden = JSON.parse(
      readFileSync(new URL(`../fixtures/golden/convert-${family}.json`, import.meta.url), 'utf8'),
    ) as Golden;
    const recipes = readRecipes(family).filter(({ options }) => options?.vocabOnly !== true);
    // Two of each family: what reading costs depends on its rules, not on its sizes.
    for (const recipe of recipes.slice(0, 2)) {
      const [outtype, expected] = Object.entries(golden[recipe.name] ?? {})[0] ?? [];
      if (expected === undefined) continue;
      const origin = new Origin();
      const files = new OrderedFiles({ room: 192 * MIB });
      const { snapshot, weights } = await served(buildRepository(recipe), origin, files);
      const { content } = await convertContent(snapshot, {
        outtype: outtype as OutputType,
        encoder,
        asReference: true,
        targetModel: buildTarget(recipe),
        ...recipe.options,
        ...(recipe.pre === undefined ? {} : { pre: recipe.pre }),
      });
      expect(await write(content, files, recipe.bigEndian === true), recipe.name).toBe(`sha256:${expected.sha256}`);
      await files.audit();
      expect(origin.bytes / Math.max(1, weights), recipe.name).toBeLessThanOrEqual(1.02);
    }
  });
});

describe('a model of twelve layers, whose names are sorted as text', () => {
  const tensors = {
    'model.embed_tokens.weight': [256, 64],
    'model.layers.{0-11}.input_layernorm.weight': [64],
    'model.layers.{0-11}.mlp.down_proj.weight': [64, 256],
    'model.layers.{0-11}.mlp.gate_proj.weight': [256, 64],
    'model.layers.{0-11}.mlp.up_proj.weight': [256, 64],
    'model.layers.{0-11}.post_attention_layernorm.weight': [64],
    'model.layers.{0-11}.self_attn.k_proj.weight': [64, 64],
    'model.layers.{0-11}.self_attn.o_proj.weight': [64, 64],
    'model.layers.{0-11}.self_attn.q_proj.weight': [64, 64],
    'model.layers.{0-11}.self_attn.v_proj.weight': [64, 64],
    'model.norm.weight': [64],
  };
  const [base] = readRecipes('llama');
  if (base === undefined) throw new Error('no recipe');
  const recipe = {
    ...base,
    dtype: 'BF16' as const,
    shards: 1,
    tensors,
    config: {
      ...base.config,
      vocab_size: 256,
      hidden_size: 64,
      intermediate_size: 256,
      num_hidden_layers: 12,
      num_attention_heads: 4,
      num_key_value_heads: 4,
      tie_word_embeddings: true,
      head_dim: 16,
    },
  };

  async function run(options: { readonly room: number; readonly spill?: string }): Promise<{
    readonly digest: string;
    readonly ratio: number;
    readonly planned: number;
    readonly requests: number;
  }> {
    const origin = new Origin(10_000);
    const files = new OrderedFiles(options);
    const { snapshot, weights } = await served(buildRepository(recipe), origin, files);
    const { content } = await convertContent(snapshot, { encoder });
    const quantized = quantizeContent(content, 'Q8_0', { encoder }).content;
    const planned = files.outlook(ggufFile('model.gguf', quantized).sources ?? []).twice;
    const digest = await write(quantized, files);
    await files.audit();
    await files.close();
    return { digest, ratio: origin.bytes / weights, planned: planned / weights, requests: origin.requests };
  }

  test('with room for what is passed, each byte comes once; without, the plan says what comes twice', async () => {
    const roomy = await run({ room: 192 * MIB });
    expect(roomy.ratio).toBe(1);
    expect(roomy.requests).toBeLessThanOrEqual(3);
    expect(roomy.planned).toBe(0);
    const narrow = await run({ room: 1 });
    expect(narrow.digest).toBe(roomy.digest);
    expect(narrow.planned).toBeGreaterThan(0.2);
    const some = await run({ room: 300_000 });
    expect(some.digest).toBe(roomy.digest);
    expect(some.planned).toBeLessThan(narrow.planned);
  });

  test('what has no room is put aside in a directory, and nothing is left there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-spill-'));
    folders.push(folder);
    const roomy = await run({ room: 192 * MIB });
    const spilled = await run({ room: 1, spill: folder });
    expect(spilled).toMatchObject({ digest: roomy.digest, ratio: 1, planned: 0 });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('the proof', () => {
  const content = noise(3 * MIB + 12_345);
  const size = content.byteLength;
  const range = fc.tuple(fc.nat(size), fc.nat(size)).map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));

  test('any ranges in any order, expected or not, have the bytes of the file', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(range, { minLength: 1, maxLength: 8 }),
        fc.nat(10),
        fc.constantFrom(1, 300_000, 64 * MIB),
        async (ranges, isExpected, room) => {
          const files = new OrderedFiles({ room });
          const file = files.add(new Origin(50_000).file('w', content));
          if (isExpected > 2) await files.expect(ranges.slice(0, isExpected).map((part) => ({ file, ...part })));
          for (const part of ranges) {
            expect(Buffer.compare(await readRange(file, part), content.subarray(part.start, part.end))).toBe(0);
          }
          await files.audit();
          await files.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  test('one wrong byte in any of the readings is found before the end of the audit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(range, { minLength: 1, maxLength: 6 }),
        fc.nat(size - 1),
        fc.nat(8),
        fc.boolean(),
        async (ranges, lieAt, request, isExpected) => {
          const origin = new Origin(50_000);
          origin.lieAt = lieAt;
          let hasLied = false;
          origin.lies = (index) => index === request + 1 && (hasLied = true);
          const files = new OrderedFiles({ room: 200_000 });
          const file = files.add(origin.file('w', content));
          if (isExpected) await files.expect(ranges.map((part) => ({ file, ...part })));
          let isWrong = false;
          try {
            for (const part of ranges) {
              const bytes = await readRange(file, part);
              isWrong ||= Buffer.compare(bytes, content.subarray(part.start, part.end)) !== 0;
            }
            await files.audit();
          } catch (error) {
            expect(error).toMatchObject({ code: 'DIGEST_MISMATCH' });
            return;
          }
          // What was not found out was never handed out, and is no part of what was hashed.
          expect(isWrong).toBe(false);
          if (hasLied) expect(ranges.every(({ start, end }) => start === end || end <= size)).toBe(true);
        },
      ),
      { numRuns: 120 },
    );
  });

  test('a server that lies in the same way every time is found by the announced digest', async () => {
    const origin = new Origin();
    origin.lieAt = 50;
    const files = new OrderedFiles({ room: MIB });
    const file = files.add(origin.file('w', content));
    const use = async (): Promise<void> => {
      await readRange(file, { start: MIB, end: MIB + 10 });
      await files.audit();
    };
    await expect(use()).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  test('a whole reading ends before its last byte when the file is another', async () => {
    const origin = new Origin();
    origin.lieAt = 50;
    const files = new OrderedFiles({ room: MIB });
    const file = files.add(origin.file('w', content));
    let read = 0;
    const all = async (): Promise<void> => {
      for await (const chunk of file.read()) read += chunk.byteLength;
    };
    await expect(all()).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(read).toBeLessThan(size);
  });

  test('files of which nothing was handed out are not read', async () => {
    const origin = new Origin();
    const files = new OrderedFiles({ room: MIB });
    files.add(origin.file('w', content));
    await files.audit();
    expect(origin.bytes).toBe(0);
  });

  test('what is sent again is compared leaf by leaf, and nothing else is read for it', async () => {
    const origin = new Origin();
    const files = new OrderedFiles({ room: MIB });
    const file = files.add(origin.file('w', content));
    await files.expect([{ file, start: 0, end: size }]);
    await asBytes(file);
    expect(origin.bytes).toBe(size);
    await readRange(file, { start: 2 * MIB, end: size });
    await files.audit();
    expect(origin.bytes).toBe(size + size - 2 * MIB);
    origin.lieAt = MIB + 7;
    await expect(readRange(file, { start: MIB, end: MIB + 100 })).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });
});
