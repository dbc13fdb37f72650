import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { variablePrefix } from '../../src/registry/index.js';
import { readRange } from '../../src/files/index.js';
import { buildLlama, type TestHarbor, type TestHarborOptions } from '../../src/testing/index.js';
import { pipelineCommand, type Outcome } from '../cli/fake-terminal.js';
import { fake, PASSWORD, pushTo } from './harbors.js';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-harbor-'));
});
afterEach(async () => rm(cwd, { recursive: true, force: true }));

type Run = (...argv: readonly string[]) => Promise<Outcome>;

async function start(options: TestHarborOptions = {}): Promise<{ server: TestHarbor; run: Run; pipeline: Run }> {
  const server = await fake(options);
  const prefix = variablePrefix(server.host);
  const env = { [`${prefix}_USERNAME`]: 'admin', [`${prefix}_PASSWORD`]: PASSWORD, MIRROR: 'MARKERsecret' };
  const pipeline: Run = async (...argv) => pipelineCommand(argv, cwd, env);
  return { server, pipeline, run: async (...argv) => pipeline('harbor', ...argv) };
}

async function writeModel(): Promise<void> {
  await mkdir(join(cwd, 'model'));
  for (const file of buildLlama({ layers: 1, hidden: 256, seed: 4 })) {
    await writeFile(join(cwd, 'model', file.path), await readRange(file, { start: 0, end: file.size }));
  }
}

test('a project and its robot: the password goes to stdout, once', async () => {
  const { server, run } = await start();
  const planned = await run('project', 'create', server.host, 'models', '--quota', '1GiB', '--dry-run');
  expect([planned.code, server.writes.length]).toEqual([0, 0]);
  expect(planned.stdout).toContain('to be created');
  expect((await run('project', 'create', server.host, 'models', '--quota', '1GiB')).code).toBe(0);
  const again = await run('project', 'create', server.host, 'models', '--quota', '1GiB', '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ ok: true, changed: 0 });
  expect((await run('robot', 'create', server.host, 'models', 'ci', '--dry-run')).stdout).toContain('would be created');
  const robot = await run('robot', 'create', server.host, 'models', 'ci', '--days', '90');
  expect(robot.stdout).toMatch(/^robot\$models\+ci\n[0-9a-f]{32}\n$/);
  expect(robot.stderr).not.toContain(robot.stdout.split('\n')[1]);
  const quiet = await run('robot', 'create', server.host, 'models', 'serve', '--rights', 'pull', '--quiet');
  expect(quiet.stdout).toMatch(/^[0-9a-f]{32}\n$/);
  const twice = await run('robot', 'create', server.host, 'models', 'ci');
  expect([twice.code, twice.stdout]).toEqual([11, '']);
  expect((await run('robot', 'create', server.host, 'models', 'x', '--days', 'many')).code).toBe(3);
});

test.each([
  [
    'models.yaml',
    "project: models\nimmutable:\n  - tags: 'v*'\nreplication:\n  - to: {name: m, url: 'https://m.example.com', username: s, password: '${env:MIRROR}'}\n",
  ],
  [
    'models.json',
    '{"project":"models","immutable":[{"tags":"v*"}],"replication":[{"to":{"name":"m","url":"https://m.example.com"}}]}',
  ],
  [
    'models.ts',
    "export default { project: 'models' as const, immutable: [{ tags: 'v*' }], replication: [{ to: { name: 'm', url: 'https://m.example.com' } }] };",
  ],
])('%s is applied, and a second time changes nothing', async (name, text) => {
  const { server, run } = await start();
  await writeFile(join(cwd, name), text);
  const first = await run('apply', server.host, name, '--json');
  expect(first.stderr).toBe('');
  expect(JSON.parse(first.stdout)).toMatchObject({ changed: 4 });
  expect(first.stdout + first.stderr).not.toContain('MARKERsecret');
  expect(JSON.parse((await run('apply', server.host, name, '--json')).stdout)).toMatchObject({ changed: 0 });
  expect((await run('immutable', server.host, 'models')).stdout).toBe('tags v* of all repositories\n');
  expect((await run('retention', server.host, 'models')).stdout).toBe('everything is kept: no policy\n');
  expect((await run('replication', server.host)).stdout).toContain('models-to-m  models/**  all tags  to m  push');
});

test.each([
  ['a user', 'admin', PASSWORD, 0],
  ['a wrong password', 'admin', 'wrongwrong', 5],
])('login to a Harbor with %s', async (_who, username, password, code) => {
  const { server } = await start();
  const config = { XDG_CONFIG_HOME: join(cwd, 'config') };
  const outcome = await pipelineCommand(
    ['login', server.host, '--username', username, '--password-stdin'],
    cwd,
    config,
    `${password}\n`,
  );
  expect(outcome.code).toBe(code);
  if (code !== 0) {
    expect(outcome.stderr).toContain(`error[OCI_UNAUTHORIZED]: '${server.host}' refuses the credentials of 'admin'`);
    // A probe's project is nobody's business.
    expect(outcome.stderr).not.toMatch(/project|login-probe/);
    return;
  }
  // What was kept is what the other commands use.
  const shown = await pipelineCommand(['harbor', 'project', 'create', server.host, 'models', '--dry-run'], cwd, config);
  expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining('to be created')]);
});

test('a robot logs in to a Harbor, although it is no user', async () => {
  const { server, run } = await start();
  await run('project', 'create', server.host, 'models');
  const [name = '', secret = ''] = (await run('robot', 'create', server.host, 'models', 'ci')).stdout.split('\n');
  const login = ['login', server.host, '--username', name, '--password-stdin'];
  const config = { XDG_CONFIG_HOME: join(cwd, 'config') };
  expect((await pipelineCommand(login, cwd, config, `${secret}\n`)).code).toBe(0);
  expect((await pipelineCommand(login, cwd, config, 'wrong-secret\n')).code).toBe(5);
  // What a shell makes of "robot$models+ci" in double quotes.
  const eaten = await pipelineCommand(login.with(3, 'robot+ci'), cwd, config, `${secret}\n`);
  expect([eaten.code, eaten.stderr]).toEqual([5, expect.stringContaining("quote a robot's name")]);
});

test('a pipeline sets the project up, says so, and records no password', async () => {
  const { server, pipeline } = await start();
  await writeFile(
    join(cwd, 'setup.yaml'),
    `name: setup
stages:
  - harbor:
      host: ${server.host}
      project: models
      robots: [{ name: ci }]
      robotsFile: ${join(cwd, 'robots.ndjson')}
      replication:
        - to: { name: m, url: 'https://m.example.com', username: s, password: MARKERliteral }
`,
  );
  const planned = await pipeline('run', 'setup.yaml', '--dry-run');
  expect(planned.stderr).toBe('');
  expect(planned.stdout).toMatch(/models: 4 to be created\n\s+project models to be created: private\n/);
  expect(server.writes).toEqual([]);
  const first = await pipeline('run', 'setup.yaml', '--progress', 'plain');
  expect([first.code, first.stdout]).toEqual([0, expect.stringMatching(/^created project models \(private\)\n/)]);
  expect(first.stderr).toMatch(/set {3}robot ci created/);
  expect(first.stderr).toMatch(/done {2}harbor .*models: 4 created/);
  const second = await pipeline('run', 'setup.yaml', '--json');
  expect(JSON.parse(second.stdout)).toMatchObject({ ok: true, changes: [] });
  const kept = (await readdir(cwd, { recursive: true, withFileTypes: true })).filter(
    (entry) => entry.isFile() && entry.name !== 'setup.yaml' && entry.name !== 'robots.ndjson',
  );
  const texts = await Promise.all(kept.map(async ({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')));
  const [, secret = 'none'] = /"secret":"([^"]+)"/.exec(await readFile(join(cwd, 'robots.ndjson'), 'utf8')) ?? [];
  for (const text of [...texts, first.stdout, first.stderr, second.stdout]) {
    expect(text).not.toContain('MARKERliteral');
    expect(text).not.toContain(secret);
  }
  expect(texts.length).toBeGreaterThan(3);
  expect(texts.some((text) => text.includes('<li>robot <b>ci</b> created'))).toBe(true);
});

test('artifacts are listed, read and labelled; a replication rule is started', async () => {
  const { server, run, pipeline } = await start();
  const settings =
    "project: models\nlabels: [{ name: approved }]\nreplication: [{ to: { name: m, url: 'https://m.example.com' } }]\n";
  await writeFile(join(cwd, 'models.yaml'), settings);
  expect((await run('apply', server.host, 'models.yaml')).code).toBe(0);
  const model = join(cwd, 'model');
  await mkdir(model);
  await writeFile(join(model, 'README.md'), '# A model\n');
  await writeFile(join(model, 'config.json'), '{}');
  const reference = `${server.host}/models/tiny:v1`;
  expect(
    (await pipeline('push', model, reference, '--allow-no-weights', '--format', 'cnai', '--progress', 'none')).code,
  ).toBe(0);
  expect((await run('label', reference, 'approved')).code).toBe(0);
  expect((await run('label', reference, 'approved')).code).toBe(0);
  const missing = await run('label', reference, 'aproved');
  expect([missing.code, missing.stderr]).toEqual([4, expect.stringContaining('approved')]);
  expect((await run('ls', `${server.host}/models/tiny`)).stdout).toMatch(/^v1 {2}CNAI {2}.* approved {2}sha256:/);
  expect((await run('ls', `${server.host}/models/none`)).stdout).toBe('there is nothing\n');
  expect((await run('read', reference, 'readme')).stdout).toBe('# A model\n');
  expect((await run('read', reference, 'files')).stdout).toContain('config.json');
  expect((await run('read', reference, 'license')).code).toBe(4);
  expect((await run('replicate', server.host, 'models-to-m')).stdout).toMatch(/^started, run \d+\n$/);
  expect((await run('replicate', server.host, 'models-to-m', '--wait')).stdout).toMatch(/^run \d+ copied 2 of 2\n$/);
  expect((await run('replicate', server.host, 'other')).code).toBe(4);
  const gone = await run('ls', `${server.host}/nope/tiny`);
  expect([gone.code, gone.stderr]).toEqual([4, expect.stringContaining("has no project 'nope'")]);
});

test('a push to a project that is not there says so, and how to make it', async () => {
  const { server, pipeline } = await start();
  await writeFile(join(cwd, 'config.json'), '{}');
  const { code, stderr } = await pipeline(
    'push',
    cwd,
    `${server.host}/nope/tiny:v1`,
    '--allow-no-weights',
    '--progress',
    'none',
  );
  expect(code).toBe(5);
  expect(stderr).toContain("shows this account no project 'nope'");
  expect(stderr).toContain(`pipeline harbor project create ${server.host} nope`);
});

test('a push with an account that is refused does not say that the project is missing', async () => {
  const { server } = await start({ projects: { models: false } });
  await writeFile(join(cwd, 'config.json'), '{}');
  const prefix = variablePrefix(server.host);
  const env = { [`${prefix}_USERNAME`]: 'robot$models+old', [`${prefix}_PASSWORD`]: 'x' };
  const reference = `${server.host}/models/tiny:v1`;
  const { code, stderr } = await pipelineCommand(
    ['push', cwd, reference, '--allow-no-weights', '--progress', 'none'],
    cwd,
    env,
  );
  expect(code).toBe(5);
  expect(stderr).toContain('refuses these credentials, or shows them no project');
  expect(stderr).toContain('has not expired');
});

test('a push without any credentials is told to log in, not that an account may have expired', async () => {
  const { server } = await start({ projects: { models: false } });
  await writeFile(join(cwd, 'config.json'), '{}');
  const { code, stderr } = await pipelineCommand(
    ['push', cwd, `${server.host}/models/tiny:v1`, '--allow-no-weights'],
    cwd,
  );
  expect(code).toBe(5);
  expect(stderr).toContain('shows no project without credentials');
  expect(stderr).toContain(`try     pipeline login ${server.host}`);
  expect(stderr).not.toContain('expired');
});

test('what a Harbor does not show is told once for all quantizations, before and after the push', async () => {
  const { server, pipeline } = await start({ projects: { models: false } });
  await writeModel();
  const to = `${server.host}/models/tiny`;
  const text = (formats: string): string =>
    `name: two\nstages:\n  - download: { from: '${join(cwd, 'model')}' }\n  - convert: { quantize: [Q4_0, Q8_0] }\n  - pack: {${formats}}\n  - push: { to: '${to}' }\n`;
  await writeFile(join(cwd, 'chosen.yaml'), text(' formats: [modelpack] '));
  expect((await pipeline('plan', 'chosen.yaml')).stdout).toContain(
    'a Harbor, which shows models of the format cnai only',
  );
  const { stderr } = await pipeline('run', 'chosen.yaml', '--progress', 'plain');
  expect(stderr.match(/warning\[HARBOR_VIEW\]/g)).toHaveLength(1);
  expect(stderr).toMatch(/Harbor, tiny:q4_0, tiny:q8_0: type: Harbor 2\.15 knows only/);
  await writeFile(join(cwd, 'any.yaml'), text(''));
  expect((await pipeline('plan', 'any.yaml')).stdout).toContain('as cnai, which this Harbor shows as a model');
  expect((await pipeline('run', 'any.yaml', '--progress', 'plain')).stderr).not.toContain('warning');
});

test('a model that is not quantized misses no quantization', async () => {
  const { server, pipeline } = await start({ projects: { models: false } });
  await writeModel();
  const { code, stderr } = await pipeline('push', './model', `${server.host}/models/tiny:v1`, '--progress', 'plain');
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('warning')]);
});

test('a registry that is no Harbor: the hint asks whether it is one', async () => {
  const { server, run } = await start();
  server.fail({ fault: { kind: 'status', status: 404 } });
  const { code, stderr } = await run('show', `${server.host}/models/tiny:v1`);
  expect([code, stderr]).toEqual([4, expect.stringContaining('a Harbor? it does not answer as one')]);
  server.clearFaults();
  expect((await run('show', `${server.host}/models/tiny:v1`)).stderr).not.toContain('a Harbor?');
});

test('an application that fails half-way says what it has done', async () => {
  const { server, run } = await start();
  await writeFile(join(cwd, 'warm.yaml'), 'project: models\nlabels:\n  - name: approved\npreheat:\n  - name: warm\n');
  const { code, stderr } = await run('apply', server.host, 'warm.yaml');
  expect(code).toBe(4);
  expect(stderr).toContain('no P2P provider');
  expect(stderr).toMatch(/kept +project models created, .*label approved created; the next application goes on/);
});

test('an account kept for one project is the one that looks at it, beside another for the whole Harbor', async () => {
  const { server, run, pipeline } = await start({ projects: { models: false } });
  await writeFile(join(cwd, 'config.json'), '{}');
  const reference = `${server.host}/models/tiny:v1`;
  expect(
    (await pipeline('push', cwd, reference, '--allow-no-weights', '--format', 'cnai', '--progress', 'none')).code,
  ).toBe(0);
  const [name = '', secret = ''] = (await run('robot', 'create', server.host, 'models', 'serve')).stdout.split('\n');
  const config = { XDG_CONFIG_HOME: join(cwd, 'config') };
  const keep = async (place: string, username: string, password: string): Promise<Outcome> =>
    pipelineCommand(['login', place, '--username', username, '--password-stdin', '--no-check'], cwd, config, password);
  expect((await keep(server.host, 'admin', 'outdated')).code).toBe(0);
  expect((await keep(`${server.host}/models`, name, secret)).code).toBe(0);
  for (const argv of [
    ['show', reference],
    ['ls', `${server.host}/models/tiny`],
    ['read', reference, 'files'],
  ])
    expect(await pipelineCommand(['harbor', ...argv], cwd, config)).toMatchObject({ code: 0, stderr: '' });
  // What belongs to the whole Harbor is asked with the account for it.
  expect((await pipelineCommand(['harbor', 'replication', server.host], cwd, config)).code).toBe(5);
  expect((await keep(server.host, 'admin', PASSWORD)).code).toBe(0);
  expect((await pipelineCommand(['harbor', 'replication', server.host], cwd, config)).code).toBe(0);
  // An administrator's account for one project alone sets it up.
  expect((await keep(`${server.host}/models`, 'admin', PASSWORD)).code).toBe(0);
  expect((await keep(server.host, 'admin', 'outdated')).code).toBe(0);
  for (const argv of [['immutable'], ['retention'], ['project', 'create'], ['robot', 'create', '--dry-run']]) {
    const names = [server.host, 'models', ...(argv[0] === 'robot' ? ['more'] : [])];
    expect(await pipelineCommand(['harbor', ...argv, ...names], cwd, config)).toMatchObject({ code: 0 });
  }
});

test('a retention policy runs when told to, as a trial first, and says how much it deletes', async () => {
  const { server, run, pipeline } = await start();
  const policy = "retention: { rules: [{ keep: always, tags: 'v*' }] }\n";
  await writeFile(join(cwd, 'models.yaml'), `project: models\n${policy}`);
  await writeFile(join(cwd, 'stuck.yaml'), `project: stuck\n${policy}`);
  for (const name of ['models', 'stuck']) expect((await run('apply', server.host, `${name}.yaml`)).code).toBe(0);
  expect((await run('retain', server.host, 'models')).stdout).toBe('there is nothing\n');
  for (const [index, tag] of ['v1', 'old'].entries()) {
    await writeFile(join(cwd, 'config.json'), `{"n":${index}}`);
    await pipeline('push', cwd, `${server.host}/models/tiny:${tag}`, '--allow-no-weights', '--progress', 'none');
  }
  const trial = await run('retain', server.host, 'models', '--dry-run');
  expect([trial.code, trial.stdout, trial.stderr]).toEqual([0, 'models/tiny  1 of 2 would be deleted\n', '']);
  const done = JSON.parse((await run('retain', server.host, 'models', '--json')).stdout) as unknown;
  const repositories = [{ repository: 'tiny', artifacts: 2, kept: 1 }];
  expect(done).toMatchObject({ ok: true, dryRun: false, deleted: 1, repositories });
  const asked = server.writes.filter(({ path }) => path.endsWith('/executions')).map(({ body }) => body);
  expect(asked).toEqual([{ dry_run: false }, { dry_run: true }, { dry_run: false }]);
  const failed = await run('retain', server.host, 'stuck');
  expect([failed.code, failed.stderr]).toEqual([6, expect.stringContaining("policy of 'stuck' failed")]);
  await run('project', 'create', server.host, 'bare');
  const bare = await run('retain', server.host, 'bare', '--dry-run');
  expect([bare.code, bare.stderr]).toEqual([4, expect.stringContaining('has no retention policy')]);
}, 20_000);

test('settings that are wrong are refused with their place', async () => {
  const { server, run } = await start();
  await writeFile(join(cwd, 'wrong.yaml'), 'project: models\nrobots:\n  - name: CI\n');
  const wrong = await run('apply', server.host, 'wrong.yaml');
  expect([wrong.code, wrong.stderr]).toEqual([3, expect.stringContaining('robots.0.name')]);
  expect((await run('apply', server.host, 'nothing.yaml')).code).toBe(3);
  expect((await run('apply', server.host, 'wrong.toml')).code).toBe(3);
});

test('an artifact as Harbor shows it, and a scan that it does not make', async () => {
  const { server, run } = await start({ projects: { models: false } });
  const reference = `${server.host}/models/a/tiny:v1`;
  await pushTo(server, 'models/a/tiny', 'v1', {
    artifactType: 'application/vnd.cncf.model.manifest.v1+json',
    configType: 'application/vnd.cncf.model.config.v1+json',
  });
  const shown = await run('show', reference);
  expect(shown.stdout).toMatch(/^type +MODEL$/m);
  expect(shown.stdout).toMatch(/^no type +Harbor 2\.15 knows only the cnai family/m);
  expect(JSON.parse((await run('show', reference, '--json')).stdout)).toMatchObject({ missing: [{ what: 'type' }] });
  const scan = await run('scan', reference);
  expect([scan.code, scan.stderr]).toEqual([3, expect.stringContaining('container images only')]);
  expect((await run('scan', reference, '--sbom', '--dry-run')).code).toBe(0);
  expect((await run('show', `${server.host}/models/a/tiny:v2`)).code).toBe(4);
  expect((await run('show', 'layout:./x:v1')).code).toBe(2);
});

test('help of every verb has an example; a verb that is none is refused', async () => {
  const { run } = await start();
  for (const verb of ['apply', 'project', 'robot', 'show', 'scan', 'immutable', 'retention', 'replication']) {
    const { code, stdout } = await run(verb, '--help');
    expect([code, stdout]).toEqual([0, expect.stringContaining('Examples\n  pipeline harbor')]);
  }
  expect((await run('shwo', 'x')).code).toBe(2);
});
