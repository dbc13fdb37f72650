import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { memoryFile } from '../../src/files/index.js';
import { buildLlama, startTestHub } from '../../src/testing/index.js';
import { LOCAL_BUILDER } from '../../src/trust/index.js';
import { pipelineCommand, type Outcome } from '../cli/fake-terminal.js';
import { hubAndRegistry, MODEL } from '../support/hub-and-registry.js';

// Each rule of a policy, through the command line: what satisfies it is accepted (0), what does not is refused (11).

const at = hubAndRegistry();
const pipe = async (...argv: readonly string[]): Promise<Outcome> =>
  pipelineCommand(argv, at.folder, { COSIGN_PASSWORD: 'secret', ...at.hub.env });
const here = (name: string): string => join(at.folder, name);

const SCORES = 'https://example.com/scores/v1';
const score = (rule: string): string => `[{ predicateType: ${SCORES}, metric: metrics.accuracy, ${rule} }]`;

/** A rule, a value of it that the artifact satisfies, one that it does not, and what is said then. */
const RULES: readonly (readonly [string, string, string, string])[] = [
  ['sources', "['hf://acme/*']", "['hf://other/*']", 'is none of hf://other/*'],
  ['baseModels', "['meta/*']", "['qwen/*']", 'is none of qwen/*'],
  ['licenses', '[APACHE-2.0, MIT]', '[MIT]', "'Apache-2.0' is none of MIT"],
  ['quantizations', '[q8_0, Q4_K_M]', '[Q4_K_M]', "'Q8_0' is none of Q4_K_M"],
  ['formats', '[modelpack]', '[kitops]', "'modelpack' is none of kitops"],
  ['evaluation', score('min: 0.5'), score('min: 0.9'), '0.7, wanted at least 0.9'],
  ['evaluation', score('max: 0.9, required: true'), score('max: 0.5'), '0.7, wanted at most 0.5'],
  ['maxAge', '1h', '1h', 'h ago, allowed 1 h'],
  ['builders', `['${LOCAL_BUILDER}']`, "['https://example.com/*']", 'is none of'],
  ['require', '[signature, slsa, cyclonedx]', '[signature, spdx]', 'not attested'],
  ['require', `['${SCORES}']`, "['https://example.com/other/v1']", 'not attested'],
];

async function publish(): Promise<string> {
  const card = '---\nlicense: apache-2.0\nbase_model: meta/big\n---\n# Tiny\n';
  const files = buildLlama({ layers: 1, hidden: 64, seed: 7 }).filter(({ path }) => path !== 'README.md');
  await at.hub.close();
  at.hub = await startTestHub({ repositories: { [MODEL]: [...files, memoryFile('README.md', Buffer.from(card))] } });
  expect((await pipe('key', 'generate', '--output-key-prefix', 'k')).code).toBe(0);
  const key = `{ key: { file: ${here('k.key')} } }`;
  const rows = [
    `download: { from: 'hf://${MODEL}' }`,
    'convert: { quantize: [Q8_0], fallback: allow }',
    'pack: { formats: [modelpack] }',
    `attest: ${key}`,
    `sign: ${key}`,
    `push: { to: ${at.registry.host}/m/tiny, tags: [v1] }`,
  ];
  await writeFile(here('c.yaml'), `name: t\nstages:\n${rows.map((row) => `  - ${row}\n`).join('')}`);
  const ran = await pipe('run', 'c.yaml');
  expect([ran.code, ran.code === 0 ? '' : ran.stderr]).toEqual([0, '']);
  const reference = `${at.registry.host}/m/tiny:v1`;
  await writeFile(here('scores.json'), JSON.stringify({ metrics: { accuracy: 0.7 } }));
  const said = ['--predicate', 'scores.json', '--type', SCORES, '--key', 'k.key'];
  expect((await pipe('attest', reference, ...said)).code).toBe(0);
  return reference;
}

describe('the rules of a policy', () => {
  test('each accepts what satisfies it and refuses what does not', async () => {
    const reference = await publish();
    for (const [rule, good, bad, reason] of RULES) {
      for (const [value, code] of [
        [good, 0],
        [bad, 11],
      ] as const) {
        // What was made a moment ago is old two hours later.
        if (rule === 'maxAge' && code === 11) vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 7_200_000 });
        await writeFile(here('p.yaml'), `identities:\n  - key: k.pub\n${rule}: ${value}\n`);
        const verified = await pipe('verify', reference, '--policy', 'p.yaml');
        expect([rule, value, verified.code, code === 0 ? '' : verified.stdout]).toEqual([
          rule,
          value,
          code,
          code === 0 ? '' : expect.stringContaining(reason),
        ]);
        vi.useRealTimers();
      }
    }
  });
});
