import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readWhole } from '../../src/files/index.js';
import { openLayout, openRegistry } from '../../src/registry/index.js';
import { buildLlama, startTestRegistry, type TestRegistry } from '../../src/testing/index.js';
import { pipelineCommand, type Outcome } from './fake-terminal.js';

// What the flags of package, push, repackage, pull and copy make of an artifact.

let cwd: string;
let registry: TestRegistry;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-flags-'));
  registry = await startTestRegistry();
  process.chdir(cwd);
  for (const file of buildLlama({ layers: 1, seed: 7 })) {
    await writeFile(join(cwd, file.path), await readWhole(file, 1e8));
  }
  await pipe('convert', '.', '--quantize', 'Q8_0', '-o', 'tiny-Q8_0.gguf');
  await writeFile(join(cwd, 'template.txt'), '{{ .Prompt }}');
});
afterAll(async () => {
  process.chdir(tmpdir());
  await registry.close();
  await rm(cwd, { recursive: true, force: true });
});

async function pipe(...argv: readonly string[]): Promise<Outcome> {
  return pipelineCommand(argv, cwd);
}

async function done(...argv: readonly string[]): Promise<void> {
  const { code, stderr } = await pipe(...argv, '--progress', 'none');
  expect([code, stderr]).toEqual([0, '']);
}

interface Stored {
  readonly artifactType?: string;
  readonly config: { readonly digest: `sha256:${string}`; readonly size: number };
  readonly layers: readonly { mediaType: string; digest: `sha256:${string}`; size: number; annotations?: object }[];
}

async function manifest(tag: string): Promise<Stored> {
  const { bytes } = await openLayout(join(cwd, 'out')).readManifest(tag);
  return JSON.parse(Buffer.from(bytes).toString()) as Stored;
}

async function blob({ digest, size }: { digest: `sha256:${string}`; size: number }): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of openLayout(join(cwd, 'out')).readBlob({ digest, size })) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('packaging', () => {
  test('a file that no kind matches is left out by name, and taken when it is asked for', async () => {
    await mkdir(join(cwd, 'whole'));
    for (const name of ['model.bin.txt', 'data.bin', 'run.xyz']) await writeFile(join(cwd, 'whole', name), name);
    const titles = async (tag: string): Promise<unknown[]> =>
      (await manifest(tag)).layers.map(
        ({ annotations }) => (annotations as Record<string, string>)['org.opencontainers.image.title'],
      );
    for (const format of ['oras', 'modelpack', 'kitops']) {
      const argv = ['push', './whole', `layout:./out:whole-${format}`, '--format', format, '--allow-no-weights'];
      const told = await pipe(...argv);
      expect([told.code, told.stderr]).toEqual([0, expect.stringContaining("2 files of 'whole' left out")]);
      expect(told.stderr).toContain('data.bin, run.xyz');
      expect(await titles(`whole-${format}`)).toHaveLength(1);
      expect((await pipe(...argv, '--dry-run')).stdout).toContain('data.bin, run.xyz');
      await done(...argv, '--include', '**');
      expect(await titles(`whole-${format}`)).toHaveLength(3);
      await done(...argv, '--exclude', '*.xyz', '--exclude', '*.bin');
    }
    await writeFile(join(cwd, 'whole', 'rows.npz'), '');
    const danger = await pipe('push', './whole', 'layout:./out:danger', '--format', 'oras');
    expect(danger.stderr).toContain('data.bin, run.xyz; that can run code: rows.npz');
    const advised = /--include '\*\*' --exclude '\*\.npz'/.test(danger.stderr);
    expect(advised).toBe(true);
    await done('push', './whole', 'layout:./out:danger', '--format', 'oras', '--include', '**', '--exclude', '*.npz');
    expect(await titles('danger')).toHaveLength(3);
    const artifact = await pipe('push', 'layout:./out:whole-oras', 'layout:./other:x', '--include', '**');
    expect([artifact.code, artifact.stderr]).toEqual([2, expect.stringContaining('--include is for models')]);
  });

  test('Ollama: template from a file, system prompt, parameters', async () => {
    const parameters = ['num_ctx=4096', 'temperature=0.25', 'stop=<a>', 'stop=<b>'];
    const flags = parameters.flatMap((parameter) => ['--ollama-parameters', parameter]);
    const texts = ['--ollama-template', '@template.txt', '--ollama-system', 'You are brief.'];
    await done('package', 'tiny-Q8_0.gguf', 'layout:./out:ollama', '--format', 'ollama', ...texts, ...flags);
    const layers = new Map(
      (await manifest('ollama')).layers.map((layer) => [layer.mediaType.split('.').at(-1), layer]),
    );
    const text = async (kind: string): Promise<string> => {
      const layer = layers.get(kind);
      return layer === undefined ? 'none' : blob(layer);
    };
    expect(await text('template')).toBe('{{ .Prompt }}');
    expect(await text('system')).toBe('You are brief.');
    expect(JSON.parse(await text('params'))).toMatchObject({ num_ctx: 4096, temperature: 0.25, stop: ['<a>', '<b>'] });
  });

  test.each([
    ['num_ctx=many', 'needs a whole number'],
    ['temperature=', 'needs a number'],
    ['temprature=1', "did you mean 'temperature'"],
    ['stop', 'is no parameter'],
  ])('Ollama: the parameter %s is refused', async (parameter, says) => {
    const argv = [
      'package',
      'tiny-Q8_0.gguf',
      'layout:./out:x',
      '--format',
      'ollama',
      '--ollama-parameters',
      parameter,
    ];
    const { code, stderr } = await pipe(...argv);
    expect([code, stderr]).toEqual([2, expect.stringContaining(says)]);
  });

  test('KitOps, ORAS, modelcar and ModelPack take their own flags', async () => {
    const flags = [
      '--kitops-layers',
      'raw',
      '--oras-artifact-type',
      'application/x.model',
      '--model-spec-file-metadata',
    ];
    const formats = ['kitops', 'oras', 'modelcar', 'modelpack'].flatMap((format) => ['--format', format]);
    const more = ['--modelcar-architecture', 'arm64', '--name', 'called'];
    await done('package', 'tiny-Q8_0.gguf', 'layout:./out:v1', ...formats, ...flags, ...more);
    expect((await manifest('v1')).layers[0]?.mediaType).toBe('application/vnd.kitops.modelkit.model.v1.raw');
    expect((await manifest('v1-oras')).artifactType).toBe('application/x.model');
    const image = JSON.parse(await blob((await manifest('v1-modelcar')).config)) as object;
    expect(image).toMatchObject({ architecture: 'arm64' });
    const annotations = (await manifest('v1-modelpack')).layers[0]?.annotations;
    expect(Object.keys(annotations ?? {}).join()).toContain('file.metadata+json');
  });

  test('push packages with the same flags, and refuses them for an artifact', async () => {
    await done('push', 'tiny-Q8_0.gguf', `${registry.host}/m/a:v1`, '--format', 'oras', '--split', 'never');
    const { bytes } = await openRegistry(`${registry.host}/m/a`).readManifest('v1');
    expect(Buffer.from(bytes).toString()).toContain('tiny-Q8_0.gguf');
    for (const [flag, value] of [
      ['--format', 'oras'],
      ['--split', 'never'],
      ['--kitops-layers', 'raw'],
    ] as const) {
      const { code, stderr } = await pipe('push', 'layout:./out:v1', `${registry.host}/m/b:v1`, flag, value);
      expect([code, stderr]).toEqual([2, expect.stringContaining(`${flag} is for models`)]);
    }
  });

  test('repackage with flags of the new format', async () => {
    const kit = ['--format', 'kitops', '--kitops-layers', 'raw'];
    await done('repackage', 'layout:./out:v1-modelpack', 'layout:./out:again', ...kit);
    expect((await manifest('again')).layers[0]?.mediaType).toBe('application/vnd.kitops.modelkit.model.v1.raw');
  });
});

describe('taking part of it', () => {
  test('pull by kind', async () => {
    await done('package', '.', 'layout:./out:whole', '--exclude', '*.gguf');
    await done('pull', 'layout:./out:whole', 'weights', '--kind', 'weight');
    expect(await readdir(join(cwd, 'weights'))).toEqual(['model.safetensors']);
    await done('pull', 'layout:./out:whole', 'rest', '--kind', 'weight.config', '--kind', 'doc');
    expect(await readdir(join(cwd, 'rest'))).toContain('config.json');
    expect(await readdir(join(cwd, 'rest'))).not.toContain('model.safetensors');
    const none = await pipe('pull', 'layout:./out:whole', 'none', '--kind', 'dataset');
    expect([none.code, none.stderr]).toEqual([4, expect.stringContaining('is of the kind dataset')]);
    const unknown = await pipe('pull', 'layout:./out:whole', 'none', '--kind', 'wheights');
    expect(unknown.code).toBe(2);
  });

  test('copy every tag, further tags, and one platform of an index', async () => {
    const to = `${registry.host}/m/copied`;
    await done('copy', 'layout:./out', to, '--all-tags');
    expect(await openRegistry(to).tags()).toEqual(await openLayout(join(cwd, 'out')).tags());
    await done('copy', 'layout:./out:v1', `${registry.host}/m/two:a`, '--tag', 'b');
    expect(await openRegistry(`${registry.host}/m/two`).tags()).toEqual(['a', 'b']);
    const wrong = await pipe('copy', 'layout:./out:v1', to, '--all-tags');
    expect(wrong.code).toBe(2);
    await imageIndex();
    for (let time = 0; time < 2; time++) {
      const one = `${registry.host}/m/arm:v1`;
      await done('copy', 'layout:./out:image', one, '--platform', 'linux/arm64', '--no-overwrite');
      const { mediaType } = await openRegistry(one).resolve('v1');
      expect(mediaType).toBe('application/vnd.oci.image.manifest.v1+json');
    }
  });
});

test('cache gc removes from a layout what no tag leads to', async () => {
  await done('package', 'tiny-Q8_0.gguf', 'layout:./old:v1', '--format', 'oras');
  await done('package', 'tiny-Q8_0.gguf', 'layout:./old:v1', '--format', 'modelpack', '--name', 'other');
  await openLayout(join(cwd, 'old')).deleteManifest('v1');
  await done('package', 'tiny-Q8_0.gguf', 'layout:./old:v2', '--format', 'modelpack', '--name', 'other');
  expect((await pipe('cache', 'gc', 'layout:./old')).stdout).toMatch(/^removed [1-9]\d* blobs, /);
  expect((await pipe('cache', 'gc', 'layout:./old')).stdout).toBe('removed 0 blobs, 0 B\n');
  await done('pull', 'layout:./old:v2', 'kept');
  expect((await pipe('cache', 'gc', 'layout:./old:v2')).code).toBe(2);
  expect((await pipe('cache', 'gc', `${registry.host}/m/a`)).code).toBe(2);
});

test('a variant that is not named is asked for', async () => {
  const config = `name: two\nstages:\n  - download: { from: ., exclude: ['*.gguf'] }\n  - convert: { quantize: [Q4_0, Q8_0], fallback: allow }\n  - pack: { index: true }\n  - push: { to: 'layout:./two', tags: [v1] }\n`;
  await writeFile(join(cwd, 'two.yaml'), config);
  await done('run', 'two.yaml', '-q');
  const shown = await pipe('inspect', 'layout:./two:v1');
  expect(shown.stdout).toMatch(/^ {2}Q4_0 +[\d.]+ [kM]B {2}sha256:.*\n {2}Q8_0 /m);
  const { code, stderr } = await pipe('pull', 'layout:./two:v1', 'x', '--progress', 'none');
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/2 variants: one has to be named\n.*Q4_0, Q8_0\n.*--variant Q4_0/),
  ]);
});

test('a variant of what has none is refused: another quantization would be handed out in its place', async () => {
  await done('package', 'tiny-Q8_0.gguf', 'layout:./one:v1');
  for (const line of [
    ['pull', 'layout:./one:v1', 'x', '--variant', 'Q4_K_M'],
    ['readers', 'layout:./one:v1', '--variant', 'Q4_K_M'],
  ]) {
    const { code, stderr } = await pipe(...line, '--progress', 'none');
    expect([code, stderr]).toEqual([2, expect.stringContaining('no index to choose')]);
  }
});

test('what an artifact is called in JSON is what a deployment should name', async () => {
  await done('package', 'tiny-Q8_0.gguf', 'layout:./one:v1');
  for (const command of ['inspect', 'readers']) {
    const { stdout } = await pipe(command, 'layout:./one:v1', '--json');
    const { reference } = JSON.parse(stdout) as { reference: string };
    expect(reference).toMatch(/^layout:\.\/one:v1@sha256:[0-9a-f]{64}$/);
  }
});

test.each([
  [[], 'no'],
  [['--model-spec-file-metadata'], 'yes'],
] as const)('RamaLama reads a ModelPack with %j: %s', async (flags, verdict) => {
  await done('package', 'tiny-Q8_0.gguf', 'layout:./rama:v1', ...flags);
  const { stdout } = await pipe('readers', 'layout:./rama:v1', '--json');
  const { readers } = JSON.parse(stdout) as { readers: { reader: string; verdict: string }[] };
  expect(readers.find(({ reader }) => reader === 'RamaLama')?.verdict).toBe(verdict);
});

/** An index over the modelcar, for arm64 alone. */
async function imageIndex(): Promise<void> {
  const layout = openLayout(join(cwd, 'out'));
  const { digest, size, mediaType } = await layout.resolve('v1-modelcar');
  const type = 'application/vnd.oci.image.index.v1+json';
  const platform = { os: 'linux', architecture: 'arm64' };
  const index = { schemaVersion: 2, mediaType: type, manifests: [{ mediaType, digest, size, platform }] };
  const descriptor = await layout.pushManifest(Buffer.from(JSON.stringify(index)), type);
  await layout.tag(descriptor, 'image');
}

test('limits are flags of every command, and win over the environment', async () => {
  const config = 'name: x\nstages:\n  - download: { from: ., include: [tiny-Q8_0.gguf] }\n  - save: { to: ./saved }\n';
  await writeFile(join(cwd, 'x.yaml'), config);
  const argv = ['plan', 'x.yaml', '--json', '--memory', '128MiB', '--concurrency', '2', '--threads', '3'];
  const { stdout } = await pipelineCommand(argv, cwd, { PIPELINE_THREADS: '9' });
  expect(JSON.parse(stdout)).toMatchObject({ limits: { memory: 128 * 2 ** 20, concurrency: 2, threads: 3 } });
  const wrong = await pipe('--memory', 'lots', 'plan', 'x.yaml');
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--memory 2GiB')]);
  expect(await readFile(join(cwd, 'x.yaml'), 'utf8')).toBe(config);
});
