import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/index.js';
import { createContext, pipeline } from '../../src/core/index.js';
import { openLayout } from '../../src/registry/index.js';
import { planPipeline, runPipeline } from '../../src/run/index.js';
import { copy, download, pack, push } from '../../src/stages/index.js';

let directory: string;
let from: string;
const to = (name: string): string => `layout:${join(directory, name)}`;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-copy-stage-'));
  for (const [name, text] of [
    ['one', 'first'],
    ['two', 'second'],
  ] as const) {
    const model = join(directory, name);
    await mkdir(model);
    await writeFile(join(model, 'README.md'), text);
    await run(pipeline(download(model), pack({ formats: ['oras'] }), push(to('source'), { tags: [name] })));
  }
  from = to('source');
});
afterAll(async () => rm(directory, { recursive: true, force: true }));

async function run(stage: Parameters<typeof runPipeline>[0]['pipeline']): ReturnType<typeof runPipeline> {
  return runPipeline({ name: 'copy', pipeline: stage, store: 'none' }, { env: {} });
}

const digestOf = async (address: string, tag: string): Promise<string> =>
  (await openLayout(address.slice('layout:'.length)).resolve(tag)).digest;

test('a copy is a stage: what it would do is planned, and what it did is the run’s result', async () => {
  const stage = copy(`${from}:one`, `${to('mirror')}:v1`, { tags: ['latest'] });
  const digest = await digestOf(from, 'one');
  const plan = await planPipeline({ name: 'copy', pipeline: stage }, createContext());
  expect(plan.stages[0]).toMatchObject({ stage: 'copy', summary: expect.stringContaining('tags v1 new, latest new') });
  const { artifacts, output } = await run(stage);
  expect(artifacts.map((artifact) => artifact.digest)).toEqual([digest, digest]);
  expect(output).toMatchObject([{ tags: ['v1'] }, { tags: ['latest'] }]);
  expect([await digestOf(to('mirror'), 'v1'), await digestOf(to('mirror'), 'latest')]).toEqual([digest, digest]);
});

test('a configuration may copy', async () => {
  const path = join(directory, 'copy.yaml');
  await writeFile(path, `name: mirror\nstages:\n  - copy: { from: '${from}', to: '${to('all')}', allTags: true }\n`);
  const { config } = await loadConfig(path, { directory, env: {}, mode: 'run' });
  await runPipeline(config, { env: {} });
  expect(await digestOf(to('all'), 'two')).toBe(await digestOf(from, 'two'));
});

test('a tag that stands for something else is refused with `overwrite: false`, and nothing moves', async () => {
  await run(copy(`${from}:one`, `${to('kept')}:v1`));
  const refused = run(copy(`${from}:two`, `${to('kept')}:v1`, { overwrite: false }));
  await expect(refused).rejects.toMatchObject({
    code: 'TAG_EXISTS',
    message: `'${to('kept')}:v1' already points to a different artifact`,
  });
  expect(await digestOf(to('kept'), 'v1')).toBe(await digestOf(from, 'one'));
  // The same again is no other.
  await run(copy(`${from}:one`, `${to('kept')}:v1`, { overwrite: false }));
});

test('all tags go with addresses that name none', async () => {
  await expect(run(copy(`${from}:one`, to('x'), { allTags: true }))).rejects.toMatchObject({ code: 'USAGE' });
  await expect(run(copy(from, `${to('x')}:v1`, { allTags: true }))).rejects.toMatchObject({ code: 'USAGE' });
});
