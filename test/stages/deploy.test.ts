import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContext, pipeline, SlipwayError } from '../../src/core/index.js';
import { convert, deploy, deploymentOf, download, pack, push } from '../../src/stages/index.js';
import { buildLlama, startTestRegistry, type TestRegistry } from '../../src/testing/index.js';
import { resourceProblems } from '../support/kubernetes-schemas.js';
import { parseAllDocuments } from 'yaml';
import { saveRepository } from '../support/save-repository.js';

let registry: TestRegistry;
let folder: string;

beforeAll(async () => {
  registry = await startTestRegistry();
  folder = await mkdtemp(join(tmpdir(), 'deploy-'));
  await saveRepository(
    buildLlama({ layers: 2, hidden: 256, heads: 4, kvHeads: 2, vocab: 512, seed: 3 }),
    join(folder, 'tiny'),
  );
});
afterAll(async () => {
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

const repository = (name: string): string => `${registry.host}/models/${name}`;

describe('deploy after push', () => {
  test('serves what was pushed: of several formats the one that the target can use', async () => {
    const to = join(folder, 'out');
    const stages = pipeline(
      download(join(folder, 'tiny')),
      convert({ quantize: ['Q8_0', 'Q4_0'] }),
      pack({ formats: ['modelpack', 'modelcar'] }),
      push(repository('tiny')),
      deploy({ target: 'deployment', to }),
    );
    const context = createContext();
    const written = await stages.run(undefined, context);
    expect(written.map(({ target }) => target)).toEqual(['deployment', 'deployment']);
    for (const [index, variant] of ['q8_0', 'q4_0'].entries()) {
      const text = await readFile(join(to, variant, 'deployment.yaml'), 'utf8');
      const [resource] = parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as unknown);
      expect(resourceProblems(resource)).toEqual([]);
      expect(text).toContain(`reference: ${written[index]?.reference}`);
      expect(text).toContain(`dev.slipway.quantization: ${variant.toUpperCase()}`);
    }
  });

  test('reads facts of an artifact from its manifest and the header of its model', async () => {
    const context = createContext();
    await pipeline(download(join(folder, 'tiny')), convert({ outtype: 'f16' }), pack(), push(repository('plain'))).run(
      undefined,
      context,
    );
    const { model, deployed } = await deploymentOf(`${repository('plain')}:f16`, {}, context);
    expect(model).toMatchObject({
      weights: 'gguf',
      task: 'generate',
      name: 'plain',
      quantization: 'F16',
      shape: 'modelpack-raw',
      tag: 'f16',
    });
    expect(model.pinned).toBe(`${repository('plain')}@${model.digest}`);
    expect(deployed.target).toBe('init');
  });

  test('safetensors go to vLLM, with the context that config.json tells', async () => {
    const context = createContext();
    await pipeline(download(join(folder, 'tiny')), pack({ formats: ['modelcar'] }), push(repository('whole'))).run(
      undefined,
      context,
    );
    const { model, deployed } = await deploymentOf(`${repository('whole')}:safetensors`, {}, context);
    expect(model.weights).toBe('safetensors');
    expect(deployed.server?.kind).toBe('vllm');
    expect(deployed.server?.args).toContain(String(model.contextLength));
  });

  test('a directory of this machine is refused, but for a command or another name', async () => {
    const context = createContext();
    const layout = `layout:${join(folder, 'layout')}`;
    await pipeline(download(join(folder, 'tiny')), convert({ outtype: 'f16' }), pack(), push(layout)).run(
      undefined,
      context,
    );
    const reference = `${layout}:f16`;
    const failure: unknown = await deploymentOf(reference, {}, context).catch((error: unknown) => error);
    expect(SlipwayError.is(failure) && failure.code).toBe('USAGE');
    expect((await deploymentOf(reference, { target: 'command' }, context)).rendered.text).toContain(
      'pipeline pull layout:',
    );
    const { model } = await deploymentOf(reference, { pullFrom: 'harbor.example.com/models/tiny' }, context);
    expect(model.pinned).toMatch(/^harbor\.example\.com\/models\/tiny@sha256:/);
  });
});
