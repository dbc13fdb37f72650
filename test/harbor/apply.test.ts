import { describe, expect, test } from 'vitest';
import {
  applyHarbor,
  checkSettings,
  createImmutableRule,
  getProject,
  getQuota,
  getRetention,
  listImmutableRules,
  listRegistries,
  listReplication,
  listReplicationRuns,
  listRobots,
  openHarbor,
  quotaBytes,
  replicationRun,
  waitForReplication,
  startReplication,
  type HarborChange,
  type HarborSettings,
} from '../../src/harbor/index.js';
import { client, failure, fake, login, open, PASSWORD, pushTo } from './harbors.js';

const SETTINGS: HarborSettings = {
  project: 'models',
  public: false,
  quota: '2 TiB',
  scanOnPush: true,
  immutable: [{ tags: 'v*' }, { exceptTags: '*-dev', repositories: 'prod/**' }],
  retention: {
    schedule: '0 0 3 * * *',
    rules: [
      { keep: 'latestPushedK', count: 10 },
      { keep: 'nDaysSinceLastPull', count: 30, tags: 'q4_*' },
      { keep: 'always', tags: 'v*' },
    ],
  },
  robots: [
    { name: 'ci', rights: 'push', days: 90 },
    { name: 'serve', rights: 'pull', description: 'what the cluster pulls with' },
  ],
  labels: [{ name: 'approved', color: '#0065AB' }],
  replication: [
    {
      to: {
        name: 'mirror',
        url: 'https://mirror.example.com',
        type: 'harbor',
        username: 'sync',
        password: 'MARKERpass',
      },
    },
    {
      name: 'nightly',
      to: { name: 'mirror', url: 'https://mirror.example.com', type: 'harbor', username: 'sync' },
      tags: 'v*',
      when: '0 0 2 * * *',
      namespace: 'copies',
    },
  ],
  preheat: [{ name: 'warm', repositories: 'llama/**', tags: 'q4_*' }],
};

function states(changes: readonly HarborChange[]): Record<string, string> {
  return Object.fromEntries(changes.map(({ kind, name, change }) => [`${kind} ${name}`, change]));
}

describe('applying settings', () => {
  test('creates everything, and a second time changes nothing', async () => {
    const server = await fake({ providers: ['p2p'] });
    const first = await applyHarbor(open(server), SETTINGS);
    expect(states(first.changes)).toEqual({
      'project models': 'created',
      'immutable tags v* of all repositories': 'created',
      'immutable tags other than *-dev of prod/**': 'created',
      'retention models': 'created',
      'label approved': 'created',
      'registry mirror': 'created',
      'replication models-to-mirror': 'created',
      'replication nightly': 'created',
      'preheat warm': 'created',
      'robot ci': 'created',
      'robot serve': 'created',
    });
    expect(first.robots.map(({ name }) => name)).toEqual(['robot$models+ci', 'robot$models+serve']);
    const written = server.writes.length;
    const second = await applyHarbor(open(server), SETTINGS);
    expect(new Set(second.changes.map(({ change }) => change))).toEqual(new Set(['unchanged']));
    expect(second.changes.every(({ detail }) => detail === '')).toBe(true);
    expect(second.robots).toEqual([]);
    expect(server.writes.length).toBe(written);
  });

  test('sends what the API file says', async () => {
    const server = await fake({ providers: ['p2p'] });
    await applyHarbor(open(server), SETTINGS);
    const bodies = new Map(server.writes.map(({ path, body }) => [path.replace(/\/\d+$/, ''), body]));
    expect(bodies.get('/api/v2.0/projects')).toMatchObject({
      project_name: 'models',
      storage_limit: 2 * 2 ** 40,
      metadata: { public: 'false', auto_scan: 'true' },
    });
    expect(bodies.get('/api/v2.0/retentions')).toMatchObject({
      algorithm: 'or',
      scope: { level: 'project' },
      trigger: { kind: 'Schedule', settings: { cron: '0 0 3 * * *' } },
      rules: [
        { action: 'retain', template: 'latestPushedK', params: { latestPushedK: 10 } },
        {
          template: 'nDaysSinceLastPull',
          tag_selectors: [{ kind: 'doublestar', decoration: 'matches', pattern: 'q4_*' }],
        },
        { template: 'always', params: {} },
      ],
    });
    expect(bodies.get('/api/v2.0/projects/models/immutabletagrules')).toMatchObject({
      action: 'immutable',
      template: 'immutable_template',
      tag_selectors: [{ decoration: 'excludes', pattern: '*-dev' }],
      scope_selectors: { repository: [{ decoration: 'repoMatches', pattern: 'prod/**' }] },
    });
    expect(bodies.get('/api/v2.0/replication/policies')).toMatchObject({
      filters: [
        { type: 'name', value: 'models/**' },
        { type: 'tag', value: 'v*', decoration: 'matches' },
      ],
      trigger: { type: 'scheduled', trigger_settings: { cron: '0 0 2 * * *' } },
      dest_namespace: 'copies',
      dest_namespace_replace_count: 1,
      copy_by_chunk: true,
    });
    expect(bodies.get('/api/v2.0/projects/models/preheat/policies')).toMatchObject({
      filters: '[{"type":"repository","value":"llama/**"},{"type":"tag","value":"q4_*"}]',
      trigger: '{"type":"event_based","trigger_setting":{}}',
    });
    expect(bodies.get('/api/v2.0/robots')).toMatchObject({ level: 'project', duration: -1, disable: false });
  });

  test('a dry run asks and says the same, and writes nothing', async () => {
    const server = await fake({ providers: ['p2p'] });
    const planned = await applyHarbor(open(server), SETTINGS, { dryRun: true });
    expect(server.writes).toEqual([]);
    expect(planned.robots).toEqual([]);
    const done = await applyHarbor(open(server), SETTINGS);
    // The registry that two rules share is planned twice: nobody has created it in between.
    expect(states(planned.changes)).toEqual(states(done.changes));
  });

  test('changes what differs, and says what', async () => {
    const server = await fake({ providers: ['p2p'] });
    const harbor = open(server);
    await applyHarbor(harbor, SETTINGS);
    const changed = await applyHarbor(harbor, {
      ...SETTINGS,
      public: true,
      quota: 'unlimited',
      retention: { rules: [{ keep: 'latestPulledN', count: 3 }] },
      robots: [{ name: 'ci', rights: 'pull', days: 90 }],
      labels: [{ name: 'approved', color: '#FF0000' }],
      immutable: [{ tags: 'v*' }],
      replication: [{ to: { name: 'mirror', url: 'https://mirror2.example.com' }, when: 'manual' }],
      preheat: [{ name: 'warm' }],
    });
    const byName = new Map(changed.changes.map((change) => [`${change.kind} ${change.name}`, change]));
    expect(byName.get('project models')).toMatchObject({ change: 'updated', detail: 'public: false → true' });
    expect(byName.get('quota models')).toMatchObject({ change: 'updated', detail: 'limit: 2 TiB → unlimited' });
    expect(byName.get('retention models')?.detail).toContain('schedule: 0 0 3 * * * → none');
    expect(byName.get('robot ci')).toMatchObject({ change: 'updated' });
    expect(byName.get('label approved')).toMatchObject({ change: 'updated', detail: 'color: #0065AB → #FF0000' });
    expect(byName.get('immutable tags other than *-dev of prod/**')?.change).toBe('kept');
    expect(byName.get('registry mirror')?.change).toBe('updated');
    expect(byName.get('replication models-to-mirror')?.change).toBe('updated');
    expect(byName.get('preheat warm')?.change).toBe('updated');
    const project = await getProject(harbor, 'models');
    expect(project.public).toBe(true);
    expect((await getQuota(harbor, project.id)).limit).toBe(-1);
    expect((await getRetention(harbor, project))?.rules).toMatchObject([{ keep: 'latestPulledN', count: 3 }]);
    expect((await listRobots(harbor, project)).find(({ name }) => name.endsWith('+ci'))?.rights).toHaveLength(3);
    expect(await listRegistries(harbor)).toMatchObject([{ url: 'https://mirror2.example.com', username: 'sync' }]);
    expect(await listImmutableRules(harbor, 'models')).toHaveLength(2);
  });

  test('a robot whose rights changed keeps its password', async () => {
    const server = await fake();
    const harbor = open(server);
    const { robots } = await applyHarbor(harbor, { project: 'models', robots: [{ name: 'ci', rights: 'pull' }] });
    await applyHarbor(harbor, { project: 'models', robots: [{ name: 'ci', rights: 'push' }] });
    const [robot] = robots;
    const account = login(robot?.name, robot?.secret);
    const digest = await pushTo(server, 'models/x', 'v1', { configType: 'application/vnd.oci.empty.v1+json' }, account);
    expect(digest).toMatch(/^sha256:/);
  });

  test('what it was told to keep immutable stays so, and the same digest is refused too', async () => {
    const server = await fake();
    await applyHarbor(open(server), { project: 'models', immutable: [{ tags: 'v*' }] });
    const artifact = { configType: 'application/vnd.oci.empty.v1+json' };
    await pushTo(server, 'models/x', 'v1', artifact);
    await pushTo(server, 'models/x', 'dev', artifact);
    await pushTo(server, 'models/x', 'dev', artifact);
    const moved = { ...artifact, config: '{"other":1}' };
    await failure(pushTo(server, 'models/x', 'v1', moved));
    expect(server.registry.tags('models/x').get('v1')).toBe(server.registry.tags('models/x').get('dev'));
  });

  test('rules that are there twice, disabled or made by hand', async () => {
    const server = await fake({ projects: { models: false } });
    const harbor = open(server);
    await createImmutableRule(harbor, 'models', { tags: 'v*' });
    const { changes } = await applyHarbor(harbor, { project: 'models', immutable: [{ tags: 'v*' }, { tags: 'v*' }] });
    expect(changes.map(({ kind, change }) => `${kind} ${change}`)).toEqual([
      'project unchanged',
      'immutable unchanged',
    ]);
  });

  test('a proxy cache is settled at creation', async () => {
    const server = await fake({ projects: { plain: false } });
    const harbor = open(server);
    const proxyCache = { name: 'hub', url: 'https://hub.docker.com', type: 'docker-hub' };
    const first = await applyHarbor(harbor, { project: 'cache', proxyCache });
    expect(states(first.changes)).toEqual({ 'registry hub': 'created', 'project cache': 'created' });
    const second = await applyHarbor(harbor, { project: 'cache', proxyCache });
    expect(states(second.changes)).toEqual({ 'registry hub': 'unchanged', 'project cache': 'unchanged' });
    expect((await failure(applyHarbor(harbor, { project: 'plain', proxyCache }))).code).toBe('HARBOR_REFUSED');
    const other = { name: 'ghcr', url: 'https://ghcr.io', type: 'github-ghcr' };
    expect((await failure(applyHarbor(harbor, { project: 'cache', proxyCache: other }))).code).toBe('HARBOR_REFUSED');
  });

  test('a quota smaller than what is held is refused before anything changes', async () => {
    const server = await fake({ projects: { models: false } });
    const layers = [{ mediaType: 'text/plain', path: 'a', text: 'x'.repeat(5000), key: 'k' }];
    await pushTo(server, 'models/x', 'v1', { configType: 'application/vnd.oci.empty.v1+json', layers });
    const error = await failure(applyHarbor(open(server), { project: 'models', quota: 1000 }));
    expect([error.code, server.writes.length]).toEqual(['HARBOR_REFUSED', 0]);
    await applyHarbor(open(server), { project: 'models', quota: '10 KB' });
    const more = pushTo(server, 'models/y', 'v1', {
      configType: 'application/vnd.oci.empty.v1+json',
      layers: [{ mediaType: 'text/plain', path: 'a', text: 'y'.repeat(9000), key: 'k' }],
    });
    expect((await failure(more)).code).toBe('OCI_STORAGE_FULL');
  });

  test('somebody without rights is told so, and a missing provider is named', async () => {
    const server = await fake({ users: { admin: PASSWORD, ann: 'AnnsPassword1' }, providers: ['p2p'] });
    const ann = open(server, login('ann', 'AnnsPassword1'));
    expect((await failure(applyHarbor(ann, { project: 'models' }))).code).toBe('HARBOR_DENIED');
    const settings = { project: 'models', preheat: [{ name: 'warm', provider: 'kraken' }] };
    const error = await failure(applyHarbor(open(server), settings));
    expect([error.code, error.details.got]).toEqual(['HARBOR_NOT_FOUND', 'there are p2p']);
  });
});

test('a replication is started and looked at', async () => {
  const server = await fake();
  const harbor = open(server);
  await applyHarbor(harbor, { project: 'models', replication: [{ to: { name: 'm', url: 'https://m.example.com' } }] });
  const [policy] = await listReplication(harbor);
  const id = await startReplication(harbor, policy?.id ?? 0);
  expect(await replicationRun(harbor, id)).toMatchObject({ id, status: 'Succeed', total: 2, succeeded: 2 });
  expect(await listReplicationRuns(harbor, policy?.id ?? 0)).toHaveLength(1);
  expect((await failure(startReplication(harbor, 999))).code).toBe('HARBOR_NOT_FOUND');
  expect(await waitForReplication(harbor, id)).toMatchObject({ id, total: 2 });
});

test('a replication that Harbor started and could not carry out is an error that says why', async () => {
  const harbor = open(await fake());
  await applyHarbor(harbor, {
    project: 'models',
    replication: [{ to: { name: 'm', url: 'https://stopped.example.com' } }],
  });
  const [policy] = await listReplication(harbor);
  const error = await failure(waitForReplication(harbor, await startReplication(harbor, policy?.id ?? 0)));
  expect(error.code).toBe('HARBOR_UNAVAILABLE');
  expect(error.details.got).toMatch(/^Failed, 0 of 0 failed: failed to create adapter/);
});

test('a wait for a replication ends when it is cancelled', async () => {
  const server = await fake();
  const controller = new AbortController();
  const harbor = openHarbor({ host: server.host, credential: login(), http: client(), signal: controller.signal });
  await applyHarbor(harbor, {
    project: 'models',
    replication: [{ to: { name: 'm', url: 'https://slow.example.com' } }],
  });
  const [policy] = await listReplication(harbor);
  const id = await startReplication(harbor, policy?.id ?? 0);
  setTimeout(() => controller.abort(), 20);
  await expect(waitForReplication(harbor, id, 60_000)).rejects.toThrow();
});

test('a registry that several rules copy to is planned once', async () => {
  const to = { name: 'm', url: 'https://m.example.com' };
  const replication = [{ to }, { name: 'nightly', to, when: '0 0 4 * * *' }];
  const { changes } = await applyHarbor(open(await fake()), { project: 'models', replication }, { dryRun: true });
  expect(changes.filter(({ kind }) => kind === 'registry')).toHaveLength(1);
});

test.each([
  ['that does not answer', { url: 'https://unreachable.example.com' }, 'HARBOR_UNAVAILABLE', /reachable there\?$/],
  [
    'that refuses the password',
    { url: 'https://m.example.com', username: 's', password: 'wrong' },
    'HARBOR_INVALID',
    /was refused/,
  ],
])('a registry %s is told from a failure of Harbor', async (_, endpoint, code, advice) => {
  const settings = { project: 'models', replication: [{ to: { name: 'm', ...endpoint } }] };
  const error = await failure(applyHarbor(open(await fake()), settings));
  expect([error.code, error.details.try]).toEqual([code, expect.stringMatching(advice)]);
});

describe('settings', () => {
  test.each([
    [{ project: 'Models' }, 'project'],
    [{ project: 'm', pubic: true }, '(top level)'],
    [{ project: 'm', immutable: [{ tags: 'a', exceptTags: 'b' }] }, 'immutable.0'],
    [{ project: 'm', retention: { rules: [] } }, 'retention.rules'],
    [{ project: 'm', retention: { schedule: '0 3 * * *', rules: [{ keep: 'always' }] } }, 'retention.schedule'],
    [{ project: 'm', retention: { rules: [{ keep: 'latestPushedK' }] } }, 'retention.rules.0'],
    [{ project: 'm', retention: { rules: [{ keep: 'always', count: 3 }] } }, 'retention.rules.0'],
    [{ project: 'm', robots: [{ name: 'robot$m+ci' }] }, 'robots.0.name'],
    [{ project: 'm', robots: [{ name: 'ci', days: 0 }] }, 'robots.0.days'],
    [{ project: 'm', replication: [{ to: { name: 'x', url: 'https://u:p@h' } }] }, 'replication.0.to.url'],
    ['models', '(top level)'],
    [{ project: 'm', ['__proto__']: { public: true }, labels: [{ name: 'x', color: 'red' }] }, 'labels.0.color'],
  ])('%j is refused at %s', async (settings, at) => {
    const server = await fake();
    const error = await failure(applyHarbor(open(server), settings as unknown as HarborSettings));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.details.problems?.map((problem) => problem.at)).toContain(at);
    expect(server.requests).toEqual([]);
  });

  test('quotas', () => {
    expect(['unlimited', -1, 1000, '1000', '1 KB', '1.5 GiB', '2TiB'].map(quotaBytes)).toEqual([
      -1,
      -1,
      1000,
      1000,
      1000,
      1.5 * 2 ** 30,
      2 ** 41,
    ]);
    for (const wrong of ['', '0', 'much', '5 XB', '-5', '1e9', '99999999 TiB', Number.NaN]) {
      expect(() => quotaBytes(wrong)).toThrow(/quota/);
    }
    expect(() => checkSettings({ project: 'm', quota: 'much' })).toThrow(/quota/);
  });
});
