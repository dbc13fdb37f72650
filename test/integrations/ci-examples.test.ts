import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  buildLlama,
  startTestHub,
  startTestRegistry,
  type TestHub,
  type TestRegistry,
} from '../../src/testing/index.js';

// The workflow and the job in examples/ci, their steps run one after another as the runners run them: a shell that stops at the
// first failure, files for outputs and for the page of the step, variables from one job to the next.

const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'dist/lib/cli/main.js');
const CI = join(ROOT, 'examples/ci');
const bash = process.platform !== 'win32' && spawnSync('bash', ['--version']).status === 0;

interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}
interface Workflow {
  readonly jobs: { readonly publish: { readonly env: Record<string, string>; readonly steps: readonly Step[] } };
}
interface Job {
  readonly script: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}

let folder: string;
let hub: TestHub;
let registry: TestRegistry;
beforeAll(async () => {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: npm run build`);
  folder = await mkdtemp(join(tmpdir(), 'slipway-ci-'));
  const model = (seed: number): ReturnType<typeof buildLlama> =>
    buildLlama({ layers: 1, hidden: 256, heads: 4, kvHeads: 2, vocab: 354, seed });
  hub = await startTestHub({ repositories: { 'acme/tiny-a': model(1), 'acme/tiny-b': model(2) } });
  // What a runner has on its path: npm, which has nothing to install here, and npx, which runs the project's command.
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin/npm'), '#!/bin/sh\ntest "$1" = ci\n');
  await writeFile(
    join(folder, 'bin/npx'),
    `#!/bin/sh\ntest "$1" = pipeline && shift && exec "${process.execPath}" "${MAIN}" "$@"\n`,
  );
  for (const name of ['npm', 'npx']) await chmod(join(folder, 'bin', name), 0o755);
});
afterAll(async () => {
  await hub.close();
  await rm(folder, { recursive: true, force: true });
});

let project: string;
let count = 0;
beforeEach(async () => {
  registry = await startTestRegistry();
  project = join(folder, `project-${count++}`);
  await mkdir(project);
  await copyFile(join(CI, 'models.yaml'), join(project, 'models.yaml'));
  return async () => registry.close();
});

interface Ended {
  readonly code: number | null;
  readonly log: string;
}

/** A shell as runners start it. Not synchronously: the registry lives in this process. */
async function shell(script: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    cwd: project,
    env: {
      PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`,
      HOME: project,
      CI: 'true',
      ...hub.env,
      ...env,
    },
  });
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, log };
}

const SECRETS: Readonly<Record<string, string>> = {
  HF_TOKEN: 'hf_test',
  REGISTRY_USERNAME: 'robot$ci',
  REGISTRY_PASSWORD: 'pass-of-the-robot',
};

/** `name=value`, and values of several lines between delimiters. */
function outputsIn(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const [, several, end] = /^([\w-]+)<<(.+)$/.exec(lines[at] ?? '') ?? [];
    if (several !== undefined && end !== undefined) {
      const stop = lines.indexOf(end, at);
      outputs[several] = lines.slice(at + 1, stop).join('\n');
      at = stop;
    } else {
      const [, name, value] = /^([\w-]+)=(.*)$/.exec(lines[at] ?? '') ?? [];
      if (name !== undefined) outputs[name] = value ?? '';
    }
  }
  return outputs;
}

describe.skipIf(!bash)('the workflow for GitHub Actions', () => {
  /** Runs the steps; ends at the first that fails. */
  async function runWorkflow(): Promise<{ steps: Map<string, Ended>; page: string; outputs: Record<string, string> }> {
    const { publish } = (parse(await readFile(join(CI, 'github-workflow.yml'), 'utf8')) as Workflow).jobs;
    const [summary, output] = [join(project, 'summary.md'), join(project, 'output.txt')];
    const outputs = new Map<string, Record<string, string>>();
    const filled = (text: string): string =>
      text.replaceAll(/\$\{\{\s*([\w.-]+)\s*\}\}/g, (_whole, path: string) => {
        const [kind, id = '', , name = ''] = path.split('.');
        if (kind === 'secrets') return SECRETS[id] ?? '';
        if (kind === 'vars') return registry.host;
        if (kind === 'runner') return project;
        return outputs.get(id)?.[name] ?? '';
      });
    const filledAll = (env: Readonly<Record<string, string>> = {}): Record<string, string> =>
      Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)]));
    await writeFile(summary, '');
    const steps = new Map<string, Ended>();
    for (const step of publish.steps) {
      if (step.run === undefined) continue;
      await writeFile(output, '');
      const files = {
        GITHUB_ACTIONS: 'true',
        GITHUB_WORKSPACE: project,
        GITHUB_STEP_SUMMARY: summary,
        GITHUB_OUTPUT: output,
      };
      const ended = await shell(filled(step.run), { ...files, ...filledAll(publish.env), ...filledAll(step.env) });
      steps.set(step.name ?? step.run, ended);
      if (step.id !== undefined) outputs.set(step.id, outputsIn(await readFile(output, 'utf8')));
      if (ended.code !== 0) break;
    }
    return { steps, page: await readFile(summary, 'utf8'), outputs: outputs.get('publish') ?? {} };
  }

  test('publishes every model in every type, and the last step sees what was published', async () => {
    const { steps, page, outputs } = await runWorkflow();
    expect([...steps].map(([name, { code }]) => [name, code])).toEqual([
      ['npm ci', 0],
      ['Log in', 0],
      ['Plan', 0],
      ['Publish', 0],
      ['Look at it', 0],
    ]);
    expect(outputs).toMatchObject({
      ok: 'true',
      'exit-code': '0',
      reference: expect.stringContaining(outputs['digest'] ?? 'none') as string,
    });
    expect(outputs['references']?.split('\n')).toHaveLength(4);
    expect(page.match(/^### ✅ /gm)).toHaveLength(4);
    expect(page).toContain(`| \`${outputs['digest'] ?? 'none'}\` |`);
    const { log = '' } = steps.get('Publish') ?? {};
    expect(log.split('::group::')).toHaveLength(log.split('::endgroup::').length);
    expect(await readFile(join(project, 'slipway.prom'), 'utf8')).toContain(
      'slipway_run_success{pipeline="tiny-b-Q8_0"} 1',
    );
    expect([...steps.values()].map(({ log: text }) => text).join('') + page).not.toContain('pass-of-the-robot');
  });

  test('stops where something is wrong, with an annotation at its line', async () => {
    const text = await readFile(join(project, 'models.yaml'), 'utf8');
    await writeFile(join(project, 'models.yaml'), text.replace('fallback: allow', 'fallbak: allow'));
    const { steps, page } = await runWorkflow();
    expect([...steps.keys()].at(-1)).toBe('Plan');
    expect(steps.get('Plan')).toMatchObject({
      code: 3,
      log: expect.stringMatching(/^::error title=CONFIG_INVALID,file=models\.yaml,line=8,col=\d+::/m) as string,
    });
    expect(page).toContain('unknown key');
  });
});

describe.skipIf(!bash)('the job for GitLab CI', () => {
  test('publishes, and hands its variables to the next job', async () => {
    const jobs = parse(await readFile(join(CI, 'gitlab-ci.yml'), 'utf8')) as {
      readonly publish: Job;
      readonly deploy: Job;
    };
    const predefined = { GITLAB_CI: 'true', CI_PROJECT_DIR: project, REGISTRY: registry.host, ...SECRETS };
    const variables = Object.fromEntries(
      Object.entries(jobs.publish.variables ?? {}).map(([name, value]) => [
        name,
        value.replace('$CI_PROJECT_DIR', project),
      ]),
    );
    const published = await shell(jobs.publish.script.join('\n'), { ...predefined, ...variables });
    expect(published.code, published.log).toBe(0);
    expect(published.log).toMatch(/section_start:\d+:slipway_push/);
    const dotenv = outputsIn(
      (await readFile(join(project, 'publish.env'), 'utf8')).replaceAll(/^SLIPWAY_/gm, 'SLIPWAY-'),
    );
    const handed = Object.fromEntries(
      Object.entries(dotenv).map(([name, value]) => [name.replace('SLIPWAY-', 'SLIPWAY_'), value]),
    );
    expect(handed['SLIPWAY_OK']).toBe('true');
    const deployed = await shell(jobs.deploy.script.join('\n'), { ...predefined, ...handed });
    expect(deployed.code, deployed.log).toBe(0);
  });
});
