import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FakeTerminal, pipelineCommand, type Outcome } from './fake-terminal.js';
import { runCommandLine } from '../../src/cli/program/command-line.js';

const DIGEST = `sha256:${'ab'.repeat(32)}`;

/** Three pipelines: one that publishes, one that fails, one that warns and writes a file. */
const CONFIG = `
  const publish = async (_input, context) => {
    context.emit({ type: 'item.start', stage: 'push', id: 'b', name: 'blob', total: 1000 });
    context.emit({ type: 'item.end', stage: 'push', id: 'b', name: 'blob', size: 1000, durationMs: 5 });
    context.emit({ type: 'artifact', reference: 'localhost:5000/m|x:q8_0', digest: '${DIGEST}', mediaType: 'm', size: 1000 });
  };
  const fail = async () => { throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'EACCES', syscall: 'open', path: '/x' }); };
  const warn = async (_input, context) => {
    context.emit({ type: 'warning', code: 'ODD', message: '100% odd: a, b', hint: 'look' });
    return [{ path: '/tmp/out/model.gguf', size: 5, digest: '${DIGEST}' }];
  };
  const one = (name, stage, run) => ({ name, store: 'none', pipeline: { name: stage, run, plan: async () => ({ reports: [{ stage, summary: 'it', disk: 10 }] }) } });
  export default [one('good', 'push', publish), one('bad', 'read', fail), one('odd', 'save', warn)];
`;

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-several-'));
  await writeFile(join(cwd, 'three.mjs'), CONFIG);
});
afterAll(async () => rm(cwd, { recursive: true, force: true }));

const pipe = async (argv: readonly string[], env: Record<string, string> = {}): Promise<Outcome> =>
  pipelineCommand(argv, cwd, env);

describe('several pipelines', () => {
  test('each end by itself; the exit code is that of the first that failed', async () => {
    const { code, stdout, stderr } = await pipe(['run', 'three.mjs', '--json']);
    expect(code).toBe(10);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      exitCode: 10,
      pipelines: [
        { name: 'good', ok: true, exitCode: 0, artifacts: [{ digest: DIGEST }] },
        { name: 'bad', ok: false, exitCode: 10, error: { code: 'DISK_PERMISSION' } },
        { name: 'odd', ok: true, exitCode: 0, warnings: [{ code: 'ODD' }] },
      ],
    });
    expect(stderr).toMatch(/^good +ok, .*1 artifact\nbad +DISK_PERMISSION \(exit 10\): .*\nodd +ok/m);
  });

  test('none begins after one that failed, when that is asked for', async () => {
    const { code, stdout } = await pipe(['run', 'three.mjs', '--fail-fast', '--json']);
    const { pipelines } = JSON.parse(stdout) as { readonly pipelines: readonly object[] };
    expect([code, pipelines[2]]).toEqual([
      10,
      { name: 'odd', ok: false, exitCode: null, skipped: expect.any(String) as string },
    ]);
  });

  test('are planned as one', async () => {
    const { code, stdout } = await pipe(['plan', 'three.mjs', '--json']);
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { ok: true, needs: { disk: 30 }, pipelines: [{}, {}, {}] }]);
    expect((await pipe(['run', 'three.mjs', '--dry-run', '--only', 'good', '--json'])).stdout).not.toContain(
      'pipelines',
    );
  });

  test('one of them alone is told as one', async () => {
    const { code, stdout } = await pipe(['run', 'three.mjs', '--only', 'good']);
    expect([code, stdout]).toEqual([0, `localhost:5000/m|x:q8_0@${DIGEST}\n`]);
  });

  test('stop where they are when they are interrupted', async () => {
    const terminal = new FakeTerminal(cwd);
    terminal.stderr.onWrite = (text) => {
      if (text.includes('run   good')) terminal.signal?.('SIGINT');
    };
    expect(await runCommandLine(['run', 'three.mjs', '--json'], terminal)).toBe(130);
    expect(JSON.parse(terminal.stdout.text)).toMatchObject({
      pipelines: [{ exitCode: 130 }, { exitCode: null }, { exitCode: null }],
    });
  });
});

describe('in GitHub Actions', () => {
  let files: Record<'GITHUB_OUTPUT' | 'GITHUB_STEP_SUMMARY', string>;
  let counter = 0;
  beforeEach(async () => {
    counter += 1;
    files = { GITHUB_OUTPUT: join(cwd, `out-${counter}`), GITHUB_STEP_SUMMARY: join(cwd, `summary-${counter}`) };
    for (const file of Object.values(files)) await writeFile(file, '');
  });

  test('stages are groups, warnings and errors are annotations, without being asked for', async () => {
    const { stderr } = await pipe(['run', 'three.mjs'], { GITHUB_ACTIONS: 'true', ...files });
    expect(stderr).toContain('::group::push\n');
    expect(stderr.split('::group::')).toHaveLength(stderr.split('::endgroup::').length);
    expect(stderr).toContain('::warning title=ODD::100%25 odd: a, b%0Atry: look\n');
    expect(stderr).toMatch(/^::error title=DISK_PERMISSION::permission denied/m);
    expect((await pipe(['run', 'three.mjs', '--no-github'], { GITHUB_ACTIONS: 'true' })).stderr).not.toContain(
      '::group::',
    );
  });

  test('outputs and a page of the step are written', async () => {
    await pipe(['run', 'three.mjs', '--github'], files);
    const outputs = await readFile(files.GITHUB_OUTPUT, 'utf8');
    expect(outputs).toContain(`digest=${DIGEST}\nreference=localhost:5000/m|x:q8_0@${DIGEST}\n`);
    expect(outputs).toContain('ok=false\nexit-code=10\n');
    const page = await readFile(files.GITHUB_STEP_SUMMARY, 'utf8');
    expect(page).toContain(`| \`localhost:5000/m\\|x:q8_0\` | \`${DIGEST}\` | 1.00 kB |`);
    expect(page).toContain('### ❌ bad: failed: DISK\\_PERMISSION');
  });

  test('a configuration that is wrong is annotated at its line, and is on the page', async () => {
    await writeFile(join(cwd, 'wrong.yaml'), 'name: x\nstages:\n  - downlaod: { from: x }\n');
    const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: join(cwd, '..'), ...files };
    const { code, stderr } = await pipe(['run', 'wrong.yaml'], env);
    const file = `${cwd.split('/').at(-1) ?? ''}/wrong.yaml`;
    expect(code).toBe(3);
    expect(stderr).toContain(`::error title=CONFIG_INVALID,file=${file},line=3,col=`);
    expect(await readFile(files.GITHUB_STEP_SUMMARY, 'utf8')).toContain("unknown stage — did you mean 'download'?");
  });

  test('a stream of events stays one', async () => {
    const env = { GITHUB_ACTIONS: 'true', ...files };
    const { stderr } = await pipe(['run', 'three.mjs', '--progress', 'ndjson'], env);
    const events = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly type: string });
    expect(events.at(-1)?.type).toBe('run.end');
    expect(events.filter(({ type }) => type === 'run.end')).toHaveLength(3);
  });
});

test('in GitLab stages are sections, and a file of variables is written when it is asked for', async () => {
  const { stderr } = await pipe(['run', 'three.mjs', '--dotenv', 'job.env'], { GITLAB_CI: 'true' });
  const [, section = ''] = stderr.split('\u001b[0Ksection_start:');
  expect(section).toMatch(/^\d+:slipway_push\r/);
  expect(section).toContain('\u001b[0Kpush\n');
  expect(stderr.split('section_start')).toHaveLength(stderr.split('section_end').length);
  expect(await readFile(join(cwd, 'job.env'), 'utf8')).toContain(`SLIPWAY_DIGEST=${DIGEST}\n`);
});
