import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfigs, loadValue } from '../src/config/index.js';
import { checkSettings } from '../src/harbor/index.js';
import { parsePolicy } from '../src/trust/index.js';

// What the documents show is read by what they document.

const root = join(import.meta.dirname, '..');
const env = { MIRROR_PASSWORD: 'secret' };
const pages = ['README.md', ...(await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md'))];

interface Example {
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

async function examplesOf(page: string): Promise<Example[]> {
  const text = await readFile(join(root, page === 'README.md' ? '' : 'docs', page), 'utf8');
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', example = '']) => ({
    page,
    language,
    text: example,
  }));
}

const examples = (await Promise.all(pages.map(examplesOf))).flat();
const pipelines = examples.filter(
  ({ language, text }) =>
    (language === 'yaml' && /^stages:/m.test(text)) || text.includes('export default defineConfig'),
);
const projects = examples.filter(({ language, text }) => language === 'yaml' && /^project:/m.test(text));
const policies = examples.filter(({ language, text }) => language === 'yaml' && /^identities:/m.test(text));

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-docs-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('examples in the documents', () => {
  test('there are some, and every YAML is of a kind that is checked here', () => {
    expect([pipelines.length > 1, projects.length > 0]).toEqual([true, true]);
    const known = new Set([...pipelines, ...projects, ...policies]);
    expect(examples.filter((example) => example.language === 'yaml' && !known.has(example))).toEqual([]);
  });

  test.each(pipelines.map((example, index) => ({ ...example, index })))(
    'the configuration in $page loads ($index)',
    async ({ text, language, index }) => {
      const name = `config-${index}.${language}`;
      await writeFile(join(directory, name), text);
      for (const { config } of await loadConfigs(name, { directory, env, mode: 'plan' })) {
        expect(config.pipeline.name).toMatch(/^(harbor → )?(download|copy)/);
      }
    },
  );

  test.each(projects.map((example, index) => ({ ...example, index })))(
    'the project in $page is one that harbor apply takes ($index)',
    async ({ text, index }) => {
      const name = `project-${index}.yaml`;
      await writeFile(join(directory, name), text);
      expect(checkSettings(await loadValue(name, { directory, env, mode: 'plan' }))).toMatchObject({
        project: 'models',
      });
    },
  );

  test.each(policies)('the policy in $page is one that verify takes', async ({ text }) => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFile(join(directory, 'release.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
    await expect(parsePolicy(text, join(directory, 'production.policy.yaml'), {})).resolves.toBeDefined();
  });
});
