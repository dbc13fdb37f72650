import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/program/command-list.js';
import { buildProgram } from '../../src/cli/program/program.js';
import { completionTree } from '../../src/cli/completion/tree.js';
import { pipelineCommand } from './fake-terminal.js';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-usage-'));
});
afterAll(async () => rm(cwd, { recursive: true, force: true }));

const names = COMMANDS.map(({ name }) => name);
const whole = await buildProgram(COMMANDS, names, () => async () => {}, { writeOut: () => {} });
const tree = completionTree(whole);
const globals = new Set(tree[0]?.flags.map(({ name }) => name));
const flags = tree
  .filter(({ path }) => /^[a-z]+$/.test(path))
  .flatMap(({ path, flags: all }) =>
    all.filter(({ name }) => !globals.has(name)).map(({ name }) => [path, name] as const),
  );

/** A page of docs/cli: the help itself, so that the two cannot differ. `vitest run test/cli/usage.test.ts -u` writes them. */
function page(title: string, help: string): string {
  const more =
    title === 'pipeline' ? `\nPages: ${COMMANDS.map(({ name }) => `[${name}](${name}.md)`).join(', ')}.\n` : '';
  return `# ${title}\n\n\`\`\`text\n${help}\`\`\`\n${more}`;
}

describe('help', () => {
  test('of the program lists every command with a summary', async () => {
    const { code, stdout, stderr } = await pipelineCommand(['--help'], cwd);
    expect([code, stderr]).toEqual([0, '']);
    for (const { name, summary } of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${name} +${summary}$`, 'm'));
    await expect(page('pipeline', stdout)).toMatchFileSnapshot('../../docs/cli/README.md');
    expect((await pipelineCommand([], cwd)).stdout).toBe(stdout);
  });

  test.each(COMMANDS.map(({ name }) => name))('of %s has examples first, and fits 120 columns', async (name) => {
    const { code, stdout } = await pipelineCommand([name, '--help'], cwd);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples\n {2}\S/);
    expect(stdout.indexOf('Examples')).toBeLessThan(stdout.indexOf('Options'));
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(130);
    await expect(page(`pipeline ${name}`, stdout)).toMatchFileSnapshot(`../../docs/cli/${name}.md`);
    expect((await pipelineCommand(['help', name], cwd)).stdout).toBe(stdout);
  });
});

describe('typos', () => {
  test.each(flags)('%s: %s with a letter dropped is refused and corrected', async (name, flag) => {
    for (let drop = 3; drop < flag.length; drop += 1) {
      const typo = flag.slice(0, drop) + flag.slice(drop + 1);
      if (typo.endsWith('-') || typo.length < 5 || flags.some(([of, known]) => of === name && known === typo)) continue;
      if (globals.has(typo)) continue;
      const { code, stdout, stderr } = await pipelineCommand([name, typo], cwd);
      expect([typo, code, stdout]).toEqual([typo, 2, '']);
      expect(stderr).toContain(`error[USAGE_UNKNOWN_FLAG]: unknown option '${typo}'`);
      expect(stderr).toContain(` pipeline ${name} ${flag}\n`);
    }
  });

  test.each(COMMANDS.filter(({ name }) => name.length > 3).map(({ name }) => name))('%s misspelt', async (name) => {
    const typo = name.slice(0, 2) + name.slice(3);
    const { code, stderr } = await pipelineCommand([typo], cwd);
    expect(code).toBe(2);
    expect(stderr).toContain(`error[USAGE_UNKNOWN_COMMAND]: unknown command '${typo}'`);
    expect(stderr).toContain(`try     pipeline ${name}`);
  });

  test('names of what every object has are no commands', async () => {
    for (const word of ['constructor', '__proto__', 'toString']) {
      expect((await pipelineCommand([word], cwd)).code).toBe(2);
    }
  });
});

test.each([
  [['convert'], /missing required argument 'source'/],
  [['download', './x'], /required option '-o, --output <dir>' not specified/],
  [['run', 'a', 'b'], /too many arguments/],
  [['convert', './x', '-o', 'y', '--outtype', 'f61'], /--outtype.*Allowed choices are auto, f32/],
  [['run', '--set'], /--set <path=value>' argument missing/],
  [['run', '--progress', 'loud'], /Allowed choices are auto, tty/],
  [['completion', 'tcsh'], /Allowed choices are bash/],
  [['quantize', 'in.gguf'], /no type to quantize 'in.gguf' to/],
])('%j is a usage error', async (argv, message) => {
  const { code, stdout, stderr } = await pipelineCommand(argv, cwd);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/ {2}try {5}pipeline/);
});

test('usage errors are JSON when JSON was asked for', async () => {
  const { code, stdout } = await pipelineCommand(['run', '--dryrun', '--json'], cwd);
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    error: { code: 'USAGE_UNKNOWN_FLAG', hint: ['pipeline run --dry-run --json'] },
  });
});

test('global flags may stand on either side of the command', async () => {
  for (const argv of [
    ['--json', 'types'],
    ['types', '--json'],
    ['-C', cwd, 'types', '--json'],
  ]) {
    expect(JSON.parse((await pipelineCommand(argv, cwd)).stdout)).toBeInstanceOf(Array);
  }
  expect((await pipelineCommand(['--version'], cwd)).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect((await pipelineCommand(['-C', 'no/such/place', 'types'], cwd)).code).toBe(4);
});
