import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Validator, type Schema } from '@cfworker/json-schema';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryFile, readWhole } from '../../src/files/index.js';
import {
  buildLlama,
  startTestHub,
  startTestRegistry,
  type TestHub,
  type TestRegistry,
} from '../../src/testing/index.js';
import { lint } from '../../src/stages/index.js';
import { pipelineCommand, type Outcome } from './fake-terminal.js';

let cwd: string;
let hub: TestHub;
let registry: TestRegistry;
const BROKEN = '{% for m in messages %}{{ m.content }';

async function write(folder: string, template?: string): Promise<void> {
  for (const file of buildLlama({ layers: 1, seed: 7 })) {
    let bytes: Uint8Array = await readWhole(file, 1e8);
    if (template !== undefined && file.path === 'tokenizer_config.json') {
      const config = JSON.parse(Buffer.from(bytes).toString()) as object;
      bytes = Buffer.from(JSON.stringify({ ...config, chat_template: template }));
    }
    await writeFile(join(folder, file.path), bytes);
  }
}

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-lint-'));
  registry = await startTestRegistry();
  hub = await startTestHub({
    repositories: {
      'acme/pickled': [
        memoryFile('pytorch_model.bin', 'PK\u0003\u0004'),
        memoryFile('Config.json', '{}'),
        memoryFile('config.json', '{}'),
      ],
    },
  });
  process.chdir(cwd);
  const { mkdir } = await import('node:fs/promises');
  for (const folder of ['good', 'bad']) await mkdir(join(cwd, folder));
  await write(join(cwd, 'good'));
  await write(join(cwd, 'bad'), BROKEN);
  for (const folder of ['good', 'bad'])
    await pipe('convert', folder, '--quantize', 'Q8_0', '-o', `${folder}-Q8_0.gguf`);
  await pipe('push', 'bad', `${registry.host}/m/bad:v1`, '--lint', 'off');
  await pipe('package', 'good', 'layout:./models:good');
});
afterAll(async () => {
  process.chdir(tmpdir());
  await registry.close();
  await hub.close();
  await rm(cwd, { recursive: true, force: true });
});

async function pipe(...argv: readonly string[]): Promise<Outcome> {
  return pipelineCommand(argv, cwd, hub.env);
}

describe('pipeline lint', () => {
  test.each([
    ['./good', 0],
    ['good-Q8_0.gguf', 0],
    ['layout:./models:good', 0],
    ['./bad', 1],
    ['bad-Q8_0.gguf', 1],
  ])('%s ends with %i', async (what, code) => {
    const outcome = await pipe('lint', what, '--json');
    expect([outcome.code, outcome.stderr]).toEqual([code, '']);
    const report = JSON.parse(outcome.stdout) as {
      ok: boolean;
      findings: { code: string; where: string; why: string; try: string }[];
    };
    expect(report.ok).toBe(code === 0);
    expect(report.findings.some((one) => one.code === 'template-syntax')).toBe(code === 1);
  });

  test('a reference, and a repository that nothing else would open', async () => {
    const pushed = await pipe('lint', `${registry.host}/m/bad:v1`);
    expect(pushed.code).toBe(1);
    expect(pushed.stdout).toContain('error[template-syntax] tokenizer_config.json chat_template');
    const pickled = await pipe('lint', 'hf://acme/pickled', '--json');
    expect(pickled.code).toBe(1);
    const { findings } = JSON.parse(pickled.stdout) as { findings: { code: string; where: string }[] };
    expect(findings.map(({ code, where }) => `${code} ${where}`)).toEqual(
      expect.arrayContaining([
        'code-pickle pytorch_model.bin',
        'name-collision config.json',
        'weights-missing hf://acme/pickled',
      ]),
    );
  });

  test('what is not there is no finding, and warnings count when that is asked for', async () => {
    expect((await pipe('lint', './nowhere')).code).toBe(4);
    await rm(join(cwd, 'good/LICENSE'));
    await writeFile(join(cwd, 'good/README.md'), '---\nlicense: llama3.1\n---\n');
    expect((await pipe('lint', './good')).code).toBe(0);
    expect((await pipe('lint', './good', '--strict')).code).toBe(1);
  });

  test('--sarif is a log of the schema, with files as the repository has them', async () => {
    const { code, stdout } = await pipe('lint', './bad', '--sarif');
    expect(code).toBe(1);
    const log = JSON.parse(stdout) as { runs: { results: { ruleId: string; level: string; locations: object[] }[] }[] };
    const schema = JSON.parse(
      gunzipSync(await readFile(join(import.meta.dirname, '../fixtures/sarif/sarif-2.1.0.json.gz'))).toString(),
    ) as Schema;
    const validator = new Validator(schema, '7', false);
    expect(validator.validate(log).errors).toEqual([]);
    expect(validator.validate({ ...log, runs: [{}] }).valid).toBe(false);
    const result = log.runs[0]?.results.find(({ ruleId }) => ruleId === 'template-syntax');
    expect(result).toMatchObject({
      level: 'error',
      locations: [{ physicalLocation: { artifactLocation: { uri: 'bad/tokenizer_config.json' } } }],
    });
  });
});

describe('--lint', () => {
  test('error refuses before anything is sent; warn and off send', async () => {
    const refused = await pipe('push', './bad', `${registry.host}/m/refused:v1`, '--lint', 'error');
    expect(refused.code).toBe(11);
    expect(refused.stderr).toContain('error[LINT_FAILED]');
    expect(refused.stderr).toContain('template-syntax');
    expect((await pipe('ls', `${registry.host}/m/refused`)).stdout).not.toContain('v1');
    const warned = await pipe('push', './bad', `${registry.host}/m/warned:v1`, '--lint', 'warn');
    expect([warned.code, warned.stderr]).toEqual([0, expect.stringContaining('template-syntax')]);
    const quiet = await pipe('push', './bad', `${registry.host}/m/quiet:v1`, '--lint', 'off');
    expect([quiet.code, quiet.stderr]).toEqual([0, expect.not.stringContaining('template-syntax')]);
  });

  test('an artifact that is sent on is looked at too', async () => {
    const sent = await pipe('push', `oci://${registry.host}/m/bad:v1`, `${registry.host}/m/on:v1`, '--lint', 'error');
    expect([sent.code, sent.stderr]).toEqual([11, expect.stringContaining('template-syntax')]);
  });

  test('plan and run take it over what the configuration says', async () => {
    const config = `name: x\nstages:\n  - download: { from: ./bad }\n  - pack\n  - push: { to: ${registry.host}/m/config, tags: [v1], lint: off }\n`;
    await writeFile(join(cwd, 'c.yaml'), config);
    expect((await pipe('plan', 'c.yaml')).stdout).not.toContain('template-syntax');
    expect((await pipe('plan', 'c.yaml', '--lint', 'warn')).stdout).toContain('template-syntax');
    expect((await pipe('plan', 'c.yaml', '--lint', 'error')).code).toBe(11);
    expect((await pipe('run', 'c.yaml', '--lint', 'error')).code).toBe(11);
    expect((await pipe('run', 'c.yaml')).code).toBe(0);
  });
});

test('the library gives the same report', async () => {
  const report = await lint('./bad');
  expect(report).toMatchObject({ v: 1, ok: false, name: './bad' });
  expect(report.findings[0]).toMatchObject({ code: 'template-syntax', level: 'error' });
});
