import { describe, expect, test } from 'vitest';
import { getAddition, modelView, parseVersion, readBackFromHarbor, shownFiles } from '../../src/harbor/index.js';
import { createRobot } from '../../src/harbor/index.js';
import type { TestHarbor } from '../../src/testing/index.js';
import { failure, fake, login, open, pushTo, type TestArtifact } from './harbors.js';

const NAME = { project: 'models', repository: 'team/tiny', reference: 'q4_k_m' };

function model(
  family: 'cnai' | 'cncf',
  change: Partial<TestArtifact> = {},
  paths = ['README.md', 'LICENSE'],
): TestArtifact {
  const key = `org.${family}.model.filepath`;
  const weight = `application/vnd.${family}.model.weight.v1.raw`;
  const quantization =
    family === 'cnai' ? { quantization: 'Q4_K_M', puantization: 'Q4_K_M' } : { quantization: 'Q4_K_M' };
  return {
    artifactType: `application/vnd.${family}.model.manifest.v1+json`,
    configType: `application/vnd.${family}.model.config.v1+json`,
    config: JSON.stringify({ descriptor: { name: 'tiny' }, config: { format: 'gguf', ...quantization } }),
    layers: [
      { mediaType: weight, path: 'weights/tiny-Q4_K_M.gguf', text: 'GGUF', key },
      ...paths.map((path) => ({
        mediaType: `application/vnd.${family}.model.doc.v1.raw`,
        path,
        text: `# ${path}`,
        key,
      })),
    ],
    ...change,
  };
}

async function pushed(version: string, artifact: TestArtifact): Promise<TestHarbor> {
  const server = await fake({ version, projects: { models: false } });
  await pushTo(server, 'models/team/tiny', 'q4_k_m', artifact);
  return server;
}

describe('reading back', () => {
  test('a legacy artifact on 2.15: all there', async () => {
    const server = await pushed('v2.15.2', model('cnai'));
    const view = await readBackFromHarbor(open(server), NAME, {
      tags: ['q4_k_m'],
      quantization: 'Q4_K_M',
      files: ['weights/tiny-Q4_K_M.gguf', 'README.md'],
    });
    expect(view.artifact.type).toBe('CNAI');
    expect(view.artifact.additions).toEqual(['readme.md', 'license', 'files']);
    expect(view.readme).toEqual({ shown: true, size: 11 });
    expect(view.license.shown).toBe(true);
    expect(view.files.map(({ path }) => path)).toEqual([
      'weights/',
      'weights/tiny-Q4_K_M.gguf',
      'README.md',
      'LICENSE',
    ]);
    expect(view.quantization).toBe('Q4_K_M');
    expect(view.missing).toEqual([]);
    expect(server.requests.some(({ path }) => path.includes('team%252Ftiny'))).toBe(true);
  });

  test('ModelPack on 2.15: a MODEL without tabs, and what to do', async () => {
    const view = await readBackFromHarbor(open(await pushed('v2.15.2', model('cncf'))), NAME);
    expect(view.artifact.type).toBe('MODEL');
    expect([view.readme.shown, view.license.shown, view.files]).toEqual([false, false, []]);
    expect(view.missing).toEqual([
      {
        what: 'type',
        reason:
          "Harbor 2.15 knows only the cnai family of models, and this artifact is modelpack: push the format 'cnai' as well",
      },
    ]);
  });

  test('ModelPack on 2.16 lacks only the label, which its page reads from a misspelt key', async () => {
    const view = await readBackFromHarbor(open(await pushed('v2.16.0', model('cncf'))), NAME, {
      quantization: 'Q4_K_M',
    });
    expect(view.artifact.type).toBe('CNAI');
    expect(view.missing.map(({ what }) => what)).toEqual(['quantization']);
    expect(view.missing[0]?.reason).toContain('puantization');
  });

  test('names that Harbor does not look for', async () => {
    const server = await pushed('v2.15.2', model('cnai', {}, ['readme.md', 'docs/README.md', 'LICENSE.md']));
    const view = await readBackFromHarbor(open(server), NAME);
    expect(view.missing.map(({ what }) => what)).toEqual(['readme', 'license']);
    expect(view.missing[0]?.reason).toBe(
      'no doc layer is called exactly README.md or README (at the top, a raw or tar layer)',
    );
    const without = await readBackFromHarbor(open(server), NAME, { readme: false, license: false });
    expect(without.missing).toEqual([]);
  });

  test('a README that is too large, and a path that is both file and directory', async () => {
    const server = await pushed('v2.15.2', model('cnai', {}, ['README.md', 'LICENSE', 'a', 'a/b']));
    const view = await readBackFromHarbor(open(server), NAME);
    expect(view.missing).toEqual([{ what: 'files', reason: 'one path is both a file and a directory' }]);
    // A failure of the artifact's own is not asked for again.
    expect(server.requests.filter(({ path }) => path.endsWith('/files'))).toHaveLength(1);
    const key = 'org.cnai.model.filepath';
    const mediaType = 'application/vnd.cnai.model.doc.v1.raw';
    const large = { mediaType, path: 'README.md', text: 'x'.repeat(4 * 1024 * 1024 + 1), key };
    const second = await pushed('v2.15.2', model('cnai', { layers: [large] }));
    const reasons = (await readBackFromHarbor(open(second), NAME, { license: false })).missing.map(
      ({ reason }) => reason,
    );
    expect(reasons).toEqual(['the README is larger than the 4 MiB that Harbor shows']);
  });

  test('other formats have no model page to miss anything on', async () => {
    const docker = { configType: 'application/vnd.docker.ai.model.config.v0.1+json' };
    const view = await readBackFromHarbor(open(await pushed('v2.15.2', docker)), NAME);
    expect([view.artifact.type, view.missing]).toEqual(['UNKNOWN', []]);
  });

  test('another digest and a tag that is elsewhere', async () => {
    const server = await pushed('v2.15.2', model('cnai'));
    const digest = `sha256:${'0'.repeat(64)}`;
    const view = await readBackFromHarbor(open(server), NAME, { digest, tags: ['v1'] });
    expect(view.missing.map(({ what }) => what)).toEqual(['digest', 'tag']);
    expect((await failure(readBackFromHarbor(open(server), { ...NAME, reference: 'nothing' }))).code).toBe(
      'HARBOR_NOT_FOUND',
    );
    expect((await failure(readBackFromHarbor(open(server), { ...NAME, reference: '../x' }))).code).toBe('USAGE');
  });

  test('a robot without the right to read additions is told which one it lacks', async () => {
    const server = await pushed('v2.15.2', model('cnai'));
    const robot = await createRobot(open(server), 'models', { name: 'serve', rights: 'pull' });
    const view = await readBackFromHarbor(open(server, login(robot.name, robot.secret)), NAME);
    expect(view.missing.map(({ reason }) => reason).every((reason) => reason.includes('artifact-addition'))).toBe(true);
    const ci = await createRobot(open(server), 'models', { name: 'ci' });
    expect((await readBackFromHarbor(open(server, login(ci.name, ci.secret)), NAME)).missing).toEqual([]);
  });
});

// The rows of the measured table: what a real 2.15.2 and a real 2.16 said.
const CNAI = 'application/vnd.cnai.model.manifest.v1+json';
const CNCF = 'application/vnd.cncf.model.manifest.v1+json';
const ROWS: readonly [string, TestArtifact, string, string | undefined][] = [
  ['cnai', { artifactType: CNAI, configType: 'application/vnd.cnai.model.config.v1+json' }, 'CNAI', 'MODEL'],
  ['cncf', { artifactType: CNCF, configType: 'application/vnd.cncf.model.config.v1+json' }, 'MODEL', 'CNAI'],
  ['cncf config alone', { configType: 'application/vnd.cncf.model.config.v1+json' }, 'MODEL', undefined],
  ['cncf, empty config', { artifactType: CNCF, configType: 'application/vnd.oci.empty.v1+json' }, 'UNKNOWN', 'CNAI'],
  ['cnai, empty config', { artifactType: CNAI, configType: 'application/vnd.oci.empty.v1+json' }, 'CNAI', 'UNKNOWN'],
  ['KitOps', { configType: 'application/vnd.kitops.modelkit.config.v1+json' }, 'MODELKIT', 'MODELKIT'],
  ['Docker', { configType: 'application/vnd.docker.ai.model.config.v0.1+json' }, 'UNKNOWN', 'UNKNOWN'],
  ['Ollama', { configType: 'application/vnd.docker.container.image.v1+json' }, 'IMAGE', 'IMAGE'],
];

test.each(ROWS)('%s gets the type that was measured', async (_name, artifact, on215, on216) => {
  for (const [version, type] of [
    ['v2.15.2', on215],
    ['v2.16.0', on216],
  ] as const) {
    if (type === undefined) continue;
    const view = await readBackFromHarbor(open(await pushed(version, artifact)), NAME);
    expect([version, view.artifact.type]).toEqual([version, type]);
    expect(modelView(parseVersion(version), artifact.artifactType ?? '', artifact.configType).type).toBe(type);
  }
});

test('additions answer with the codes that were measured', async () => {
  const server = await pushed('v2.15.2', model('cnai', {}, []));
  expect(await getAddition(open(server), NAME, 'readme.md')).toEqual({ status: 404, text: '' });
  const unsupported = await pushed('v2.15.2', model('cncf'));
  expect((await getAddition(open(unsupported), NAME, 'license')).status).toBe(400);
});

test('a list of files from a stranger', () => {
  expect(shownFiles('null')).toEqual([]);
  expect(shownFiles('<html>')).toEqual([]);
  expect(shownFiles('[{"name":1},{"name":"a","type":"file","size":1e300}]')).toEqual([
    { path: '', size: undefined },
    { path: 'a', size: undefined },
  ]);
  const deep = `${'[{"name":"d","type":"directory","children":'.repeat(500)}[]${'}]'.repeat(500)}`;
  expect(shownFiles(deep).length).toBeLessThan(40);
});
