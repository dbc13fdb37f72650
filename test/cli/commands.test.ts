import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/files/index.js';
import {
  buildLlama,
  startTestHub,
  startTestRegistry,
  type TestHub,
  type TestRegistry,
} from '../../src/testing/index.js';
import { runCommandLine } from '../../src/cli/program/command-line.js';
import { FakeTerminal, pipelineCommand, type Outcome } from './fake-terminal.js';

const TOKEN = 'hf_MARKERsecret5f1c';
const PASSWORD = 'MARKERpassword5f1c';

let cwd: string;
let hub: TestHub;
let registry: TestRegistry;
const outputs: string[] = [];

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-commands-'));
  hub = await startTestHub({ token: TOKEN, repositories: { 'acme/tiny': buildLlama({ layers: 1, seed: 7 }) } });
  registry = await startTestRegistry({ auth: 'basic', users: { ci: PASSWORD } });
  process.chdir(cwd);
});
afterAll(async () => {
  process.chdir(tmpdir());
  await hub.close();
  await registry.close();
  await rm(cwd, { recursive: true, force: true });
});

function variables(): Record<string, string> {
  const prefix = `PIPELINE_REGISTRY_${registry.host.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
  return { HF_ENDPOINT: hub.url, HF_TOKEN: TOKEN, [`${prefix}_USERNAME`]: 'ci', [`${prefix}_PASSWORD`]: PASSWORD };
}

async function pipe(...argv: readonly string[]): Promise<Outcome> {
  const outcome = await pipelineCommand(argv, cwd, variables());
  outputs.push(outcome.stdout, outcome.stderr);
  return outcome;
}

async function json(...argv: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await pipe(...argv, '--json');
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  // One document and one line break: nothing else may be on stdout.
  const value = JSON.parse(stdout) as Record<string, unknown>;
  expect(stdout.endsWith('\n') && !stdout.endsWith('\n\n')).toBe(true);
  return value;
}

describe('one step at a time', () => {
  test('download', async () => {
    const result = await json('download', 'hf://acme/tiny', '-o', 'tiny');
    expect(result['ok']).toBe(true);
    expect(await readdir(join(cwd, 'tiny'))).toContain('model.safetensors');
  });

  test('convert, to one file and to several', async () => {
    const { code, stdout } = await pipe('convert', './tiny', '--outtype', 'f16', '-o', 'tiny-f16.gguf');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^tiny-f16\.gguf {2}[\d.]+ MB {2}[\d.]+ bits per weight {2}sha256:[0-9a-f]{64}\n$/),
    ]);
    const both = await pipe(
      'convert',
      'hf://acme/tiny',
      '--quantize',
      'Q8_0',
      '--quantize',
      'q4_k_m',
      '-o',
      'out',
      '-q',
    );
    expect(both.stdout.split('\n').filter(Boolean).toSorted()).toEqual(['out/tiny-Q4_K_M.gguf', 'out/tiny-Q8_0.gguf']);
    const wrong = await pipe('convert', './tiny', '--quantize', 'Q8_0', '--quantize', 'Q4_0', '-o', 'one.gguf');
    expect(wrong.code).toBe(2);
    expect(existsSync(join(cwd, 'one.gguf'))).toBe(false);
  });

  test('quantize gives what converting and quantizing at once gives', async () => {
    const bf16 = await pipe('convert', './tiny', '--outtype', 'bf16', '-o', 'tiny-bf16.gguf');
    expect(bf16.code).toBe(0);
    expect((await pipe('quantize', 'tiny-bf16.gguf', 'q8_0', '-o', 'q8.gguf')).code).toBe(0);
    expect(sha256(await readFile('q8.gguf'))).toBe(sha256(await readFile('out/tiny-Q8_0.gguf')));
  });

  test('package, push, copy and pull keep the bytes', async () => {
    const packaged = await pipe('package', 'q8.gguf', 'layout:./models:v1', '--annotation', 'org.example=yes');
    expect(packaged.stdout).toMatch(/^layout:\.\/models:v1@sha256:[0-9a-f]{64}\n$/);
    const digest = packaged.stdout.trim().split('@')[1] ?? '';
    const pushed = await pipe('push', 'layout:./models:v1', `${registry.host}/team/tiny:v1`, '--tag', 'latest');
    expect(pushed.stdout).toBe(
      `${registry.host}/team/tiny:v1@${digest}\n${registry.host}/team/tiny:latest@${digest}\n`,
    );
    const copied = await json('copy', `${registry.host}/team/tiny:v1`, 'layout:./mirror:v2');
    expect(copied).toMatchObject({ ok: true, copied: [{ digest }] });
    expect((await pipe('pull', `${registry.host}/team/tiny@${digest}`, 'pulled')).code).toBe(0);
    expect(sha256(await readFile('pulled/q8.gguf'))).toBe(sha256(await readFile('q8.gguf')));
  });

  test('push packages a model on the way, and moves no tag it must not move', async () => {
    const first = await pipe('push', 'tiny-f16.gguf', `${registry.host}/team/f16:v1`);
    expect([first.code, first.stdout]).toEqual([0, expect.stringContaining(`${registry.host}/team/f16:v1@sha256:`)]);
    const second = await pipe('push', 'layout:./models:v1', `${registry.host}/team/f16:v1`, '--no-overwrite');
    expect(second.code).toBe(11);
    expect(second.stderr).toContain('error[TAG_EXISTS]');
  });

  test('inspect', async () => {
    const gguf = await json('inspect', 'q8.gguf', '--tensors');
    expect(gguf).toMatchObject({ kind: 'gguf', version: 3, tensorCount: 12 });
    expect((gguf['metadata'] as Record<string, unknown>)['general.architecture']).toBe('llama');
    expect((gguf['tensors'] as unknown[]).length).toBe(12);
    const files = await json('inspect', 'hf://acme/tiny');
    expect(files).toMatchObject({ kind: 'files', architectures: ['LlamaForCausalLM'], tensorCount: 12 });
    expect(await json('inspect', 'tiny/model.safetensors')).toMatchObject({ kind: 'files', tensorCount: 12 });
    expect(await json('inspect', `${registry.host}/team/tiny:v1`, '--tensors')).toMatchObject({
      kind: 'artifact',
      gguf: { tensorCount: 12 },
    });
    expect(await json('inspect', `${registry.host}/team/tiny`)).toMatchObject({ tags: ['latest', 'v1'] });
    const text = await pipe('inspect', 'q8.gguf', '--tensors');
    expect(text.stdout).toContain('blk.0.attn_q.weight');
  });

  test('inspect of a remote model reads headers only', async () => {
    const before = hub.requests.length;
    await json('inspect', 'hf://acme/tiny', '--tensors');
    const weights = hub.requests.slice(before).filter(({ url }) => url.includes('model.safetensors'));
    const { size } = await stat('tiny/model.safetensors');
    expect(weights.length).toBeGreaterThan(0);
    expect(size).toBeGreaterThan(64 * 1024);
    for (const { host, range } of weights) if (host === 'storage') expect(range).toMatch(/^bytes=\d+-\d+$/);
  });
});

describe('the whole chain', () => {
  const config = `
name: tiny
stages:
  - download: { from: hf://acme/tiny }
  - convert: { quantize: [Q4_K_M, Q8_0] }
  - pack
  - push: { to: '\${env:TARGET}' }
`;
  let target: string;
  const chain = async (...argv: readonly string[]): Promise<Outcome> => {
    const outcome = await pipelineCommand(argv, cwd, { ...variables(), TARGET: target });
    outputs.push(outcome.stdout, outcome.stderr);
    return outcome;
  };

  beforeAll(async () => {
    target = `${registry.host}/team/chain`;
    await writeFile(join(cwd, 'chain.yaml'), config);
  });

  test('plan says what would happen, and nothing happens', async () => {
    const { code, stdout } = await chain('plan', 'chain.yaml', '--tensors');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^tiny\n {2}download +http/);
    expect(stdout).toMatch(/Q4_K_M.*bits per weight/);
    expect(stdout).toMatch(/needs +disk/);
    expect(stdout).toContain('blk.0.ffn_down.weight');
    expect(registry.repositories()).not.toContain('team/chain');
    const plan = JSON.parse((await chain('run', 'chain.yaml', '--dry-run', '--json')).stdout) as { stages: unknown[] };
    expect(plan).toMatchObject({ ok: true, name: 'tiny', needs: { memory: expect.any(Number) } });
    expect(plan.stages.length).toBeGreaterThanOrEqual(5);
  });

  test('run pushes, records, and does it again from the store', async () => {
    const { code, stdout, stderr } = await chain('run', 'chain.yaml');
    expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
    const lines = stdout.trimEnd().split('\n').toSorted();
    expect(lines).toEqual([
      expect.stringMatching(/\/team\/chain:q4_k_m@sha256:[0-9a-f]{64}$/),
      expect.stringMatching(/\/team\/chain:q8_0@sha256:[0-9a-f]{64}$/),
    ]);
    expect(stderr).toMatch(/done in .* report: \.pipeline\/runs\/[0-9A-Z]{16}\/report\.html/);
    const before = hub.requests.filter(({ url }) => url.includes('model.safetensors')).length;
    const again = JSON.parse((await chain('run', 'chain.yaml', '--json')).stdout) as {
      artifacts: { digest: string }[];
    };
    expect(new Set(again.artifacts.map(({ digest }) => digest))).toEqual(
      new Set(lines.map((line) => line.split('@')[1])),
    );
    const after = hub.requests.filter(({ url }) => url.includes('model.safetensors'));
    expect(after.slice(before).filter(({ method }) => method === 'GET').length).toBeLessThanOrEqual(1);
  });

  test('--quiet prints the references only, --progress ndjson events only', async () => {
    const quiet = await chain('run', 'chain.yaml', '-q');
    expect(quiet.stderr).toBe('');
    expect(quiet.stdout.trimEnd().split('\n')).toHaveLength(2);
    const events = await chain('run', 'chain.yaml', '--progress', 'ndjson');
    const types = events.stderr
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect([types[0], types.at(-1)]).toEqual(['run.start', 'run.end']);
  });

  test('a typo in the configuration stops it before anything happens', async () => {
    await writeFile(join(cwd, 'typo.yaml'), config.replace('Q4_K_M', 'Q4_KM').replace('download:', 'dowload:'));
    const { code, stderr } = await chain('run', 'typo.yaml');
    expect(code).toBe(3);
    expect(stderr).toContain("did you mean 'download'?");
  });

  test('no network is said so, with what to do', async () => {
    const offline = await chain('run', 'chain.yaml', '--offline', '--no-resume');
    expect(offline.code).toBe(6);
    expect(offline.stderr).toMatch(/error\[OFFLINE\]/);
  });

  test('a wrong password is said so', async () => {
    const outcome = await pipelineCommand(['run', 'chain.yaml'], cwd, {
      ...variables(),
      TARGET: target,
      [`PIPELINE_REGISTRY_${registry.host.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_PASSWORD`]: 'not it',
    });
    expect(outcome.code).toBe(5);
    expect(outcome.stderr).toMatch(/error\[OCI_(UNAUTHORIZED|DENIED)\]/);
  });

  test('interrupted, it keeps what it has and says how to go on', async () => {
    await writeFile(
      join(cwd, 'slow.mjs'),
      `export default { name: 'slow', pipeline: { name: 'wait', run: (_input, { signal }) =>
         new Promise((resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))) } };`,
    );
    const terminal = new FakeTerminal(cwd);
    const running = runCommandLine(['run', 'slow.mjs', '--set', 'limits.threads=1'], terminal);
    while (!terminal.stderr.text.includes('start wait')) await new Promise((resolve) => setTimeout(resolve, 10));
    terminal.signal?.('SIGINT');
    expect(await running).toBe(130);
    expect(terminal.stderr.text).toContain('stopping; Ctrl-C again stops at once');
    expect(terminal.stderr.text).toMatch(
      /interrupted\n {2}kept .*\n {2}try {5}pipeline run slow\.mjs --set limits\.threads=1\n.*--no-resume/,
    );
    expect(terminal.exits).toEqual([]);
  });

  test.each([
    ['while it downloads', /"item.progress","stage":"download"/],
    ['at the first tensor', /"type":"tensor"/],
    ['while it pushes', /"type":"item.end"[^}]*"stage":"push"/],
    ['when the first artifact is there', /"type":"artifact"/],
  ])('interrupted %s and run again, it ends with the same digests', async (_when, moment) => {
    const home = await mkdtemp(join(cwd, 'home-'));
    const given = { ...variables(), PIPELINE_HOME: home, TARGET: `layout:${home}/models` };
    const terminal = new FakeTerminal(cwd, given);
    let fired = false;
    terminal.stderr.onWrite = (text) => {
      if (fired || !moment.test(text)) return;
      fired = true;
      terminal.signal?.('SIGINT');
    };
    const code = await runCommandLine(['run', 'chain.yaml', '--progress', 'ndjson'], terminal);
    expect([fired, [0, 130].includes(code)]).toEqual([true, true]);
    const again = await pipelineCommand(['run', 'chain.yaml', '-q'], cwd, given);
    expect([again.code, again.stderr]).toEqual([0, '']);
    const whole = await chain('run', 'chain.yaml', '-q');
    const digests = (text: string): string[] => [...text.matchAll(/sha256:[0-9a-f]{64}/g)].map(([digest]) => digest);
    expect(new Set(digests(again.stdout))).toEqual(new Set(digests(whole.stdout)));
  });

  test('interrupted twice, it ends at once', async () => {
    const terminal = new FakeTerminal(cwd);
    await writeFile(
      join(cwd, 'deaf.mjs'),
      `export default { name: 'deaf', store: 'none', pipeline: { name: 'wait', run: () => new Promise((resolve) => { globalThis.endDeaf = resolve; }) } };`,
    );
    const running = runCommandLine(['run', 'deaf.mjs'], terminal);
    while (!terminal.stderr.text.includes('start wait')) await new Promise((resolve) => setTimeout(resolve, 10));
    terminal.signal?.('SIGINT');
    terminal.signal?.('SIGINT');
    expect(terminal.exits).toEqual([130]);
    (globalThis as unknown as { endDeaf: () => void }).endDeaf();
    await running;
  });
});

describe('around it', () => {
  test.each(['types', 'archs', 'env', 'version'])('%s prints a table, or one JSON document', async (name) => {
    expect((await pipe(name)).stdout.trim()).not.toBe('');
    expect(await json(name)).toBeTruthy();
  });

  test('init writes a configuration that loads, and replaces none', async () => {
    await mkdir(join(cwd, 'fresh'));
    const made = await pipe('init', 'fresh', '--from', 'hf://acme/tiny', '--to', 'layout:./out', '--format', 'yaml');
    expect(made.stdout).toBe('fresh/pipeline.config.yaml\n');
    expect((await pipe('plan', 'fresh/pipeline.config.yaml')).code).toBe(0);
    expect((await pipe('init', 'fresh', '--from', 'x', '--format', 'yaml')).code).toBe(11);
    const ts = await pipe('init', 'fresh', '--from', 'hf://acme/tiny');
    expect(ts.code).toBe(0);
    expect((await pipe('plan', 'fresh/pipeline.config.ts')).code).toBe(0);
    expect(await readFile(join(cwd, 'fresh', 'pipeline.config.ts'), 'utf8')).toContain('Pin a commit');
    await mkdir(join(cwd, 'local'));
    await pipe('init', 'local', '--from', './tiny', '--format', 'yaml');
    expect(await readFile(join(cwd, 'local', 'pipeline.config.yaml'), 'utf8')).not.toContain('commit');
    const asked = await pipe('init', 'elsewhere');
    expect(asked.code).toBe(11);
    expect(asked.stderr).toContain('pipeline init --from hf://');
  });

  test('login keeps a token that the Hub knows, and no other', async () => {
    const path = join(cwd, 'hub-token');
    const login = async (token: string, ...flags: string[]): Promise<Outcome> => {
      const terminal = new FakeTerminal(cwd, { HF_ENDPOINT: hub.url, HF_TOKEN_PATH: path });
      terminal.stdin.end(`${token}\n`);
      const code = await runCommandLine(['login', 'huggingface.co', '--password-stdin', ...flags], terminal);
      return { code, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
    };
    const refused = await login('hf_nobody');
    expect([refused.code, existsSync(path)]).toEqual([5, false]);
    expect(refused.stderr).toContain('refuses this token');
    expect(refused.stderr).not.toContain('hf_nobody');
    expect((await login('hf_nobody', '--no-check')).code).toBe(0);
    expect((await login(TOKEN)).code).toBe(0);
    expect((await readFile(path, 'utf8')).trim()).toBe(TOKEN);
    await rm(path);
  });

  test('login keeps credentials that the registry accepts, and no others', async () => {
    const login = async (password: string): Promise<Outcome> => {
      const terminal = new FakeTerminal(cwd);
      terminal.stdin.end(`${password}\n`);
      const code = await runCommandLine(['login', registry.host, '--username', 'ci', '--password-stdin'], terminal);
      outputs.push(terminal.stdout.text, terminal.stderr.text);
      return { code, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
    };
    const wrong = await login('wrong');
    expect([wrong.code, existsSync(join(cwd, '.config/slipway/auth.json'))]).toEqual([5, false]);
    const right = await login(PASSWORD);
    expect([right.code, right.stdout]).toEqual([0, expect.stringContaining(`logged in to ${registry.host}`)]);
    const { mode } = await stat(join(cwd, '.config/slipway/auth.json'));
    expect(mode & 0o777).toBe(0o600);
    const without = await pipelineCommand(['inspect', `${registry.host}/team/tiny`], cwd);
    expect(without.code).toBe(0);
    expect((await pipelineCommand(['logout', registry.host], cwd)).stdout).toBe(`logged out of ${registry.host}\n`);
    expect((await pipelineCommand(['inspect', `${registry.host}/team/tiny`], cwd)).code).toBe(5);
    const path = join(cwd, '.docker/config.json');
    await mkdir(join(cwd, '.docker'));
    await writeFile(path, JSON.stringify({ auths: { [registry.host]: { auth: btoa('ci:other') } } }));
    const others = await pipelineCommand(['logout', registry.host], cwd);
    expect(others.stdout).toBe(`nothing was kept for ${registry.host}\n`);
    expect(others.stderr).toContain(`${path} still has credentials for ${registry.host}`);
    await rm(join(cwd, '.docker'), { recursive: true });
  });

  test('login for a part of a registry serves what lies below, and no more', async () => {
    const login = async (place: string, password: string): Promise<Outcome> =>
      pipelineCommand(['login', place, '--username', 'ci', '--password-stdin'], cwd, {}, `${password}\n`);
    expect((await login(`${registry.host}/team`, 'wrong')).code).toBe(5);
    const kept = await login(`${registry.host}/team`, PASSWORD);
    expect([kept.code, kept.stderr]).toEqual([0, expect.stringContaining('credential helpers keep whole hosts only')]);
    const codes = async (): Promise<number[]> => [
      (await pipelineCommand(['inspect', `${registry.host}/team/tiny`], cwd)).code,
      (await pipelineCommand(['inspect', `${registry.host}/other/tiny`], cwd)).code,
    ];
    expect(await codes()).toEqual([0, 5]);
    // The credentials of the host come in where those of the part are gone.
    await login(registry.host, PASSWORD);
    const out = await pipelineCommand(['logout', `${registry.host}/team`], cwd);
    expect([out.stdout, out.stderr]).toEqual([
      `logged out of ${registry.host}/team\n`,
      expect.stringContaining('is asked with the credentials of its host now'),
    ]);
    expect((await codes())[0]).toBe(0);
    await pipelineCommand(['logout', registry.host], cwd);
    expect(await codes()).toEqual([5, 5]);
    expect((await login(`${registry.host}/Not A Path`, PASSWORD)).code).toBe(2);
  });

  test('doctor checks this machine and the registries of a configuration', async () => {
    const outcome = await pipelineCommand(['doctor', 'chain.yaml', '--json'], cwd, {
      ...variables(),
      TARGET: `${registry.host}/team/chain`,
    });
    const report = JSON.parse(outcome.stdout) as { checks: { name: string; state: string }[] };
    const states = Object.fromEntries(report.checks.map(({ name, state }) => [name, state]));
    expect(states).toMatchObject({ node: 'ok', kernels: 'ok', store: 'ok', configuration: 'ok' });
  });

  test.each([
    ['yaml', "name: x\nstages:\n  - download: { from: hf://acme/tiny }\n  - pack\n  - push: { to: 'HOST/team/x' }\n"],
    [
      'mjs',
      "export default { name: 'x', pipeline: { name: 'mine', stages: [{ name: 'push', target: 'HOST/team/x', run: async () => {} }], run: async () => {} } };",
    ],
  ])('doctor finds the registry in a configuration in %s', async (kind, text) => {
    await writeFile(join(cwd, `doctor.${kind}`), text.replace('HOST', registry.host));
    const { stdout } = await pipelineCommand(['doctor', `doctor.${kind}`, '--json'], cwd, variables());
    const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string }[] };
    expect(checks.at(-1)).toMatchObject({ name: `registry ${registry.host}`, state: 'ok' });
  });
});

test('no secret was printed or recorded anywhere', async () => {
  const written: string[] = [...outputs];
  const files = await readdir(join(cwd, '.pipeline/runs'), { recursive: true, withFileTypes: true });
  for (const file of files) if (file.isFile()) written.push(await readFile(join(file.parentPath, file.name), 'utf8'));
  expect(written.length).toBeGreaterThan(40);
  expect(written.filter((text) => text.includes('5f1c') && /MARKER/.test(text))).toEqual([]);
});
