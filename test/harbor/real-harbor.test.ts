import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpClient, type HttpClient } from '../../src/http/index.js';
import { familyFor, openHarbor, startScan, type Harbor } from '../../src/harbor/index.js';
import { variablePrefix } from '../../src/registry/index.js';
import { startTestRegistry, type TestRegistry } from '../../src/testing/index.js';
import { pipelineCommand, type Outcome } from '../cli/fake-terminal.js';
import { failure, login } from './harbors.js';

/*
 * Against a Harbor that runs, made of the environment:
 *   SLIPWAY_HARBOR=http://127.0.0.1:8080   its address; nothing here runs without it
 *   SLIPWAY_HARBOR_USERNAME, _PASSWORD     a system administrator; admin and Harbor's own default unless given
 *   SLIPWAY_HARBOR_SECOND=http://…         a registry to copy to, as that Harbor reaches it; one in this process, on
 *                                          loopback, unless given: right for a Harbor on this machine
 * Everything is made in one new project and removed again.
 */
const ADDRESS = process.env['SLIPWAY_HARBOR'] ?? '';
const USERNAME = process.env['SLIPWAY_HARBOR_USERNAME'] ?? 'admin';
const PASSWORD = process.env['SLIPWAY_HARBOR_PASSWORD'] ?? 'Harbor12345';
if (ADDRESS === '') console.log('skipped: no Harbor to test against (set SLIPWAY_HARBOR to its address)');

describe.skipIf(ADDRESS === '')('a real Harbor', () => {
  const host = ADDRESS === '' ? '' : new URL(ADDRESS).host;
  const project = `slipway-test-${randomBytes(4).toString('hex')}`;
  const mirror = `${project}-mirror`;
  let cwd: string;
  let http: HttpClient;
  let harbor: Harbor;
  let second: TestRegistry | undefined;
  let secondUrl: string;
  let format: string;

  const credentials = (username: string, password: string): Record<string, string> => ({
    [`${variablePrefix(host)}_USERNAME`]: username,
    [`${variablePrefix(host)}_PASSWORD`]: password,
  });
  const as =
    (env: Record<string, string>) =>
    async (...argv: readonly string[]): Promise<Outcome> =>
      pipelineCommand([...argv, '--insecure-http', host], cwd, env);
  const admin = as(credentials(USERNAME, PASSWORD));

  const robotFile = async (): Promise<{ name: string; secret: string }> =>
    JSON.parse(await readFile(join(cwd, 'robot.json'), 'utf8')) as { name: string; secret: string };

  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'slipway-real-harbor-'));
    http = createHttpClient({ attempts: 2 });
    harbor = openHarbor({ url: ADDRESS, credential: login(USERNAME, PASSWORD), http });
    secondUrl = process.env['SLIPWAY_HARBOR_SECOND'] ?? '';
    if (secondUrl === '') {
      second = await startTestRegistry();
      secondUrl = `http://${second.host}`;
    }
    format = familyFor(await harbor.version());
    await mkdir(join(cwd, 'model'));
    await writeFile(join(cwd, 'model', 'README.md'), '# A model\n');
    await writeFile(join(cwd, 'model', 'LICENSE'), 'Apache License\n');
    await writeFile(join(cwd, 'model', 'config.json'), '{}');
    const lines = [
      `project: ${project}`,
      'quota: 1 MiB',
      "immutable: [{ tags: 'v*' }, { exceptTags: 'dev-*', repositories: 'frozen/**' }]",
      "retention: { schedule: '0 0 3 * * *', rules: [{ keep: latestPushedK, count: 10 }, { keep: always, tags: 'v*' }] }",
      "labels: [{ name: approved, color: '#0065AB' }]",
      'robots: [{ name: ci, days: 1 }]',
      'replication:',
      `  - { to: { name: ${mirror}, type: docker-registry, url: '${secondUrl}' }, name: ${mirror}, when: manual }`,
    ];
    await writeFile(join(cwd, 'project.yaml'), `${lines.join('\n')}\n`);
  });

  afterAll(async () => {
    await cleanUp(harbor, project, mirror);
    await Promise.all([http.close(), second?.close()]);
    await rm(cwd, { recursive: true, force: true });
  });

  test('a project with everything is applied, and a second time changes nothing', async () => {
    const first = await admin('harbor', 'apply', host, 'project.yaml', '--json');
    expect([first.code, first.stderr]).toEqual([0, expect.any(String)]);
    const { robots, changed } = JSON.parse(first.stdout) as {
      robots: { name: string; secret: string }[];
      changed: number;
    };
    expect(changed).toBeGreaterThan(6);
    expect(robots.map(({ name }) => name)).toEqual([`robot$${project}+ci`]);
    await writeFile(join(cwd, 'robot.json'), JSON.stringify(robots[0]));
    const again = await admin('harbor', 'apply', host, 'project.yaml', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ ok: true, changed: 0, robots: [] });
  });

  test('the robot alone pushes, is read back to, and pulls; it may do nothing else', async () => {
    const { name, secret } = await robotFile();
    const robot = as(credentials(name, secret));
    const reference = `${host}/${project}/tiny:latest`;
    const pushed = await robot('push', 'model', reference, '--format', format, '--progress', 'none');
    expect([pushed.code, pushed.stderr]).toEqual([0, '']);
    const shown = await robot('harbor', 'show', reference, '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({
      artifact: { type: 'CNAI' },
      readme: { shown: true },
      license: { shown: true },
      missing: [],
    });
    expect((await robot('harbor', 'read', reference, 'readme')).stdout).toBe('# A model\n');
    expect((await robot('pull', reference, 'pulled', '--progress', 'none')).code).toBe(0);
    expect((await readdir(join(cwd, 'pulled'))).sort()).toEqual(['LICENSE', 'README.md', 'config.json']);
    expect((await robot('harbor', 'project', 'create', host, `${project}-more`)).code).toBe(5);
    expect((await as(credentials(name, 'wrong'))('harbor', 'show', reference)).code).toBe(5);
  });

  test('an immutable tag and a quota refuse, and say so', async () => {
    const reference = `${host}/${project}/fixed:v1`;
    expect((await admin('push', 'model', reference, '--format', 'oras', '--progress', 'none')).code).toBe(0);
    const other = await admin('push', 'model', reference, '--format', 'cnai', '--progress', 'none');
    expect([other.code, other.stderr]).toEqual([11, expect.stringContaining('immutable')]);
    await mkdir(join(cwd, 'large'));
    await writeFile(join(cwd, 'large', 'weights.bin.txt'), randomBytes(3 * 1024 * 1024));
    const large = `${host}/${project}/large:v1`;
    // Asked beforehand, also by the robot, and not: then Harbor says it when the file has arrived.
    const { name, secret } = await robotFile();
    for (const account of [admin, as(credentials(name, secret))]) {
      const full = await account('push', 'large', large, '--format', 'oras', '--progress', 'none');
      expect([full.code, full.stderr]).toEqual([10, expect.stringMatching(/got +3 MiB to send, .* free of 1 MiB/)]);
    }
    const late = await admin('push', 'large', large, '--format', 'oras', '--progress', 'none', '--no-quota-check');
    expect([late.code, late.stderr]).toEqual([10, expect.stringContaining('raise the quota of the project')]);
  });

  test('the retention policy, as a trial, keeps all that its rules name', async () => {
    const trial = await admin('harbor', 'retain', host, project, '--dry-run', '--json');
    expect([trial.code, trial.stderr]).toEqual([0, '']);
    const run = JSON.parse(trial.stdout) as { repositories: { repository: string }[]; deleted: number };
    expect(run.repositories.map(({ repository }) => repository)).toContain('fixed');
    expect(run.deleted).toBe(0);
  });

  test('a label, and a scan without a scanner', async () => {
    const reference = `${host}/${project}/tiny:latest`;
    expect((await admin('harbor', 'label', reference, 'approved')).code).toBe(0);
    expect((await admin('harbor', 'label', reference, 'approved')).code).toBe(0);
    expect((await admin('harbor', 'ls', `${host}/${project}/tiny`)).stdout).toContain('approved');
    expect((await admin('harbor', 'ls', `${host}/${project}-none/tiny`)).code).toBe(4);
    const name = { project, repository: 'tiny', reference: 'latest' };
    expect((await failure(startScan(harbor, name))).code).toMatch(/^HARBOR_(REFUSED|INVALID)$/);
  });

  test('a replication rule copies to the second registry', async () => {
    const run = await admin('harbor', 'replicate', host, mirror, '--wait', '--json');
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(JSON.parse(run.stdout)).toMatchObject({ status: 'Succeed', failed: 0 });
    if (second !== undefined) expect([...second.tags(`${project}/tiny`).keys()]).toContain('latest');
  });
});

/** Removes what the tests made, in the order in which Harbor lets go of it. */
async function cleanUp(harbor: Harbor, project: string, mirror: string): Promise<void> {
  const remove = async (path: string): Promise<void> =>
    harbor.api.change({ method: 'DELETE', path, doing: `clean up ${path}` });
  const named = async (path: string, name: string): Promise<number[]> => {
    const rows = await harbor.api.list({ path, doing: 'clean up' });
    return rows.filter((row) => row['name'] === name).map((row) => Number(row['id']));
  };
  for (const id of await named('/replication/policies', mirror)) await remove(`/replication/policies/${id}`);
  for (const id of await named('/registries', mirror)) await remove(`/registries/${id}`);
  const repositories = await harbor.api.list({ path: `/projects/${project}/repositories`, doing: 'clean up' });
  const rules = await harbor.api.list({ path: `/projects/${project}/immutabletagrules`, doing: 'clean up' });
  for (const rule of rules) await remove(`/projects/${project}/immutabletagrules/${Number(rule['id'])}`);
  for (const { name } of repositories) {
    await remove(`/projects/${project}/repositories/${encodeURIComponent(String(name).slice(project.length + 1))}`);
  }
  await remove(`/projects/${project}`);
}
