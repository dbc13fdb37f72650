import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  createProject,
  createRobot,
  detectHarbor,
  familyFor,
  findProject,
  getProject,
  listArtifacts,
  listProjects,
  listRobots,
  openHarbor,
  parseVersion,
  startScan,
} from '../../src/harbor/index.js';
import { startTestRegistry } from '../../src/testing/index.js';
import { client, failure, fake, login, open, PASSWORD, pushTo } from './harbors.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

describe('versions', () => {
  test.each([
    ['v2.13.0-abc', 'cnai'],
    ['v2.15.2-9fb1a5c7', 'cnai'],
    ['2.16.0', 'modelpack'],
    ['v2.16.0-build.1', 'modelpack'],
    ['v3.0.0', 'modelpack'],
    ['dev', 'cnai'],
    ['', 'cnai'],
  ])('%s shows %s', (version, family) => expect(familyFor(version)).toBe(family));

  test('a version is read with its numbers', () => {
    expect(parseVersion('v2.15.2-9fb1a5c7')).toEqual({ text: 'v2.15.2-9fb1a5c7', major: 2, minor: 15 });
    expect(parseVersion('2')).toBeUndefined();
  });
});

describe('an open Harbor', () => {
  test('says its version to accounts only, and answers a ping to anybody', async () => {
    const server = await fake({ version: 'v2.15.2-9fb1a5c7' });
    expect((await open(server).version())?.text).toBe('v2.15.2-9fb1a5c7');
    const anybody = openHarbor({ url: server.url, http: client() });
    expect(await anybody.version()).toBeUndefined();
    expect(await anybody.ping()).toBe(true);
  });

  test('keeps no cookies, so that it may write', async () => {
    const server = await fake();
    const harbor = open(server);
    await harbor.version();
    await createProject(harbor, { name: 'models' });
    expect(server.requests.every(({ headers }) => headers['cookie'] === undefined)).toBe(true);
    const response = await fetch(`${server.url}/api/v2.0/projects`, {
      method: 'POST',
      headers: { cookie: 'sid=1', authorization: `Basic ${btoa(`admin:${PASSWORD}`)}` },
      body: '{}',
    });
    expect(response.status).toBe(403);
  });

  test('knows users, robots and nobody apart, and refuses what only looks fine', async () => {
    const server = await fake({ users: { admin: PASSWORD, ann: 'AnnsPassword1' }, projects: { models: true } });
    expect(await open(server).checkCredential()).toEqual({ kind: 'user', name: 'admin', admin: true });
    expect(await open(server, login('ann', 'AnnsPassword1')).checkCredential()).toMatchObject({ admin: false });
    const robot = await createRobot(open(server), 'models', { name: 'ci' });
    expect(robot.name).toBe('robot$models+ci');
    expect(await open(server, login(robot.name, robot.secret)).checkCredential()).toMatchObject({ kind: 'robot' });
    expect(await openHarbor({ host: server.host, http: client() }).checkCredential()).toMatchObject({
      kind: 'anonymous',
    });
    // The listing answers 200 all the same: that is the trap.
    const wrong = open(server, login('admin', 'wrongwrong'));
    expect(await listProjects(wrong)).toHaveLength(1);
    expect((await failure(wrong.checkCredential())).code).toBe('HARBOR_UNAUTHORIZED');
    expect((await failure(open(server, login(robot.name, 'no')).checkCredential())).code).toBe('HARBOR_UNAUTHORIZED');
  });

  test('hints at the shell when the robot has lost its name', async () => {
    const error = await failure(open(await fake(), login('robot', 'x')).checkCredential());
    expect(error.details.try).toContain(
      "quote a robot's name so that the shell keeps its dollar: 'robot$project+name'",
    );
  });

  test.each([
    [{ host: 'harbor.example.com/path' }],
    [{ host: 'user@harbor.example.com' }],
    [{ url: 'ftp://harbor.example.com' }],
    [{ url: 'https://ann:MARKERsecret@harbor.example.com' }],
    [{}],
  ])('%j is no address', (place) => {
    const http = client();
    expect(() => openHarbor({ ...place, http })).toThrow(/named by its address or its host/);
    try {
      openHarbor({ ...place, http });
    } catch (error) {
      expect(JSON.stringify((error as { details: unknown }).details)).not.toContain('MARKERsecret');
    }
  });

  test('speaks HTTPS to hosts that are not this machine, and takes no token', async () => {
    expect(openHarbor({ host: 'harbor.example.com', http: client() }).url).toBe('https://harbor.example.com/');
    expect(openHarbor({ host: 'h:80', insecureHosts: ['h:80'], http: client() }).url).toBe('http://h/');
    expect(openHarbor({ url: 'https://example.com/harbor', http: client() }).url).toBe('https://example.com/harbor/');
    const token = { kind: 'token', token: 'abc', origin: 'a test' } as const;
    expect(() => openHarbor({ host: 'h', credential: token, http: client() })).toThrow(/not a token/);
  });
});

describe('detecting', () => {
  test('asks nobody first, and shows the password only to a Harbor', async () => {
    const server = await fake({ version: 'v2.16.0' });
    const detected = await detectHarbor(server.host, { http: client(), credential: login() });
    expect(detected).toMatchObject({ host: server.host, family: 'modelpack', version: { minor: 16 } });
    expect(server.requests.map(({ headers }) => headers['authorization'] !== undefined)).toEqual([false, true]);
  });

  test('without an account it is a Harbor of unknown version', async () => {
    const server = await fake();
    const anybody = await detectHarbor(server.host, { http: client() });
    expect(anybody).toEqual({ host: server.host, version: undefined, family: 'cnai' });
    const wrong = await detectHarbor(server.host, { http: client(), credential: login('admin', 'wrong') });
    expect(wrong).toEqual(anybody);
  });

  test('a plain registry, a login page, a redirect, silence and a public host are none', async () => {
    const registry = await startTestRegistry();
    const http = client();
    const options = { http, credential: login() };
    expect(await detectHarbor(registry.host, options)).toBeUndefined();
    expect(registry.requests.every(({ headers }) => headers['authorization'] === undefined)).toBe(true);
    await registry.close();
    expect(await detectHarbor(registry.host, options)).toBeUndefined();
    const server = await fake();
    for (const fault of [
      { kind: 'html' },
      { kind: 'redirect', to: 'https://login.example.com/' },
      { kind: 'truncate' },
      { kind: 'status', status: 500 },
    ] as const) {
      server.clearFaults();
      server.fail({ fault });
      expect(await detectHarbor(server.host, options)).toBeUndefined();
    }
    expect(server.requests).toHaveLength(4);
    expect(await detectHarbor('ghcr.io', { http: client() })).toBeUndefined();
    expect(await detectHarbor('not a host', options)).toBeUndefined();
  });

  test('an abort is thrown', async () => {
    const server = await fake();
    const stop = AbortSignal.abort();
    await expect(detectHarbor(server.host, { http: client(), signal: stop })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
});

describe('errors', () => {
  test.each([
    [400, 'HARBOR_INVALID'],
    [401, 'HARBOR_UNAUTHORIZED'],
    [403, 'HARBOR_DENIED'],
    [404, 'HARBOR_NOT_FOUND'],
    [409, 'HARBOR_EXISTS'],
    [412, 'HARBOR_REFUSED'],
    [418, 'HARBOR_PROTOCOL'],
    [422, 'HARBOR_INVALID'],
    [429, 'HARBOR_UNAVAILABLE'],
    [500, 'HARBOR_UNAVAILABLE'],
    [503, 'HARBOR_UNAVAILABLE'],
  ])('%d is %s', async (status, code) => {
    const server = await fake();
    server.fail({ fault: { kind: 'status', status } });
    const error = await failure(createProject(open(server), { name: 'models' }));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/create the project 'models'/);
    expect(error.details.where).toBe(`POST ${server.url}/api/v2.0/projects`);
    expect(error.details.retryable).toBe(status >= 429);
  });

  test('what Harbor says is shown, the password is not', async () => {
    const server = await fake({ projects: { models: false } });
    const exists = await failure(createProject(open(server), { name: 'models' }));
    expect(exists.code).toBe('HARBOR_EXISTS');
    expect(exists.details.got).toContain('CONFLICT The project named models already exists');
    const bad = await failure(createProject(open(server), { name: 'Models' }));
    expect(bad.code).toBe('HARBOR_INVALID');
    expect(JSON.stringify([exists.details, bad.details])).not.toContain(PASSWORD);
  });

  test('a missing project and one that may not be read are told apart', async () => {
    const server = await fake({ users: { admin: PASSWORD, ann: 'AnnsPassword1' }, projects: { secret: false } });
    const ann = open(server, login('ann', 'AnnsPassword1'));
    expect(await findProject(ann, 'nothing')).toBeUndefined();
    expect((await failure(findProject(ann, 'secret'))).code).toBe('HARBOR_DENIED');
    expect((await failure(getProject(open(server), 'nothing'))).code).toBe('HARBOR_NOT_FOUND');
  });

  test('a login page, a cut answer and a redirect are no Harbor', async () => {
    const server = await fake({ projects: { models: true } });
    const harbor = open(server);
    server.fail({ fault: { kind: 'html' }, times: 1 });
    expect((await failure(getProject(harbor, 'models'))).code).toBe('HARBOR_PROTOCOL');
    server.fail({ fault: { kind: 'truncate' }, times: 1 });
    expect((await failure(getProject(harbor, 'models'))).code).toBe('HARBOR_PROTOCOL');
    server.fail({ fault: { kind: 'redirect', to: 'https://elsewhere.example.com/login?token=MARKER' }, times: 1 });
    const redirected = await failure(getProject(harbor, 'models'));
    expect(redirected.code).toBe('HARBOR_PROTOCOL');
    expect(redirected.details.try).toEqual(['it redirects to https://elsewhere.example.com: use that address']);
  });
});

describe('listings', () => {
  test('are read to their end, a hundred at a time', async () => {
    const projects = Object.fromEntries(Array.from({ length: 230 }, (_, index) => [`p${index}`, true]));
    const server = await fake({ projects });
    expect(await listProjects(open(server))).toHaveLength(230);
    expect(server.requests.map(({ path }) => path)).toEqual(
      [1, 2, 3].map((page) => `/api/v2.0/projects?page=${page}&page_size=100`),
    );
  });

  test.each([0, 1, 99, 100, 101, 1_000_000])(
    'a total of %d that is a lie neither cuts nor hangs them',
    async (total) => {
      const projects = Object.fromEntries(Array.from({ length: 130 }, (_, index) => [`p${index}`, true]));
      const server = await fake({ projects });
      server.fail({ fault: { kind: 'total', total } });
      const found = await listProjects(open(server));
      expect(found.length).toBe(130);
      expect(server.requests.length).toBeLessThanOrEqual(3);
    },
  );

  test('that never end are given up', async () => {
    const server = await fake({ projects: { models: true } });
    server.fail({ fault: { kind: 'same-page' } });
    const same = await failure(listProjects(open(server)));
    expect([same.code, same.details.got]).toEqual(['HARBOR_PROTOCOL', 'page 2 is page 1 again']);
    server.clearFaults();
    server.fail({ fault: { kind: 'endless' } });
    const endless = await failure(listProjects(open(server)));
    expect([endless.code, endless.details.got]).toEqual(['HARBOR_PROTOCOL', 'more than 1000 pages']);
  });

  test('of a repository that does not exist are empty', async () => {
    const server = await fake({ projects: { models: true } });
    expect(await listArtifacts(open(server), 'models', 'a/b/c')).toEqual([]);
    expect(server.requests.at(-1)?.path).toContain('/repositories/a%252Fb%252Fc/artifacts?');
  });

  test('that are no list, or null', async () => {
    const answers = ['{"a":1}', 'null', '[1,"x",null,[]]'];
    const server = createServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(answers.shift()),
    );
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const harbor = openHarbor({ host: `127.0.0.1:${(server.address() as AddressInfo).port}`, http: client() });
    expect((await failure(listProjects(harbor))).code).toBe('HARBOR_PROTOCOL');
    expect(await listProjects(harbor)).toEqual([]);
    expect(await listProjects(harbor)).toEqual([]);
  });
});

describe('a robot', () => {
  test('for CI has the least rights that push and read back', async () => {
    const server = await fake({ projects: { models: false, other: false } });
    const admin = open(server);
    const robot = await createRobot(admin, 'models', { name: 'ci', rights: 'push' });
    const account = login(robot.name, robot.secret);
    const digest = await pushTo(
      server,
      'models/tiny',
      'v1',
      { configType: 'application/vnd.oci.empty.v1+json' },
      account,
    );
    expect((await listArtifacts(open(server, account), 'models', 'tiny')).map((one) => one.digest)).toEqual([digest]);
    expect((await failure(listArtifacts(open(server, account), 'other', 'tiny'))).code).toBe('HARBOR_DENIED');
    const elsewhere = pushTo(server, 'other/tiny', 'v1', { configType: 'application/vnd.oci.empty.v1+json' }, account);
    expect((await failure(elsewhere)).code).toBe('OCI_UNAUTHORIZED');
    expect((await failure(createRobot(open(server, account), 'models', { name: 'more' }))).code).toBe('HARBOR_DENIED');
    const [kept] = await listRobots(admin, await getProject(admin, 'models'));
    expect(JSON.stringify(kept)).not.toContain(robot.secret);
  });

  test('with a life of no days is refused by Harbor', async () => {
    const server = await fake({ projects: { models: false } });
    expect((await failure(createRobot(open(server), 'models', { name: 'ci', days: 0 }))).code).toBe('HARBOR_INVALID');
  });
});

test('only images are scanned, and the error says what to do instead', async () => {
  const server = await fake({ projects: { models: false } });
  const harbor = open(server);
  await pushTo(server, 'models/image', 'v1', { configType: 'application/vnd.oci.image.config.v1+json' });
  await pushTo(server, 'models/tiny', 'v1', { configType: 'application/vnd.oci.empty.v1+json' });
  await startScan(harbor, { project: 'models', repository: 'image', reference: 'v1' });
  await startScan(harbor, { project: 'models', repository: 'image', reference: 'v1' }, 'sbom');
  const [image] = await listArtifacts(harbor, 'models', 'image');
  expect(image).toMatchObject({ type: 'IMAGE', scan: { severity: 'High', total: 3, counts: { High: 1, Low: 2 } } });
  expect(image?.sbom?.status).toBe('Success');
  const refused = await failure(startScan(harbor, { project: 'models', repository: 'tiny', reference: 'v1' }));
  expect(refused.details.try).toMatch(/container images only/);
});

test('without a scanner the answer says so, not that a rule forbids it', async () => {
  const server = await fake({ projects: { models: false }, scanner: false });
  await pushTo(server, 'models/image', 'v1', { configType: 'application/vnd.oci.image.config.v1+json' });
  const refused = await failure(startScan(open(server), { project: 'models', repository: 'image', reference: 'v1' }));
  expect([refused.code, refused.message]).toEqual(['HARBOR_REFUSED', expect.stringContaining('has no scanner')]);
  expect(refused.details.try).toMatch(/New scanner/);
});
