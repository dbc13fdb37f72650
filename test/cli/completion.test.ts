import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pipelineCommand } from './fake-terminal.js';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-completion-'));
  await writeFile(join(cwd, 'models.yaml'), '');
});
afterAll(async () => rm(cwd, { recursive: true, force: true }));

const script = async (shell: string): Promise<string> => (await pipelineCommand(['completion', shell], cwd)).stdout;
const have = (shell: string): boolean => {
  const found = spawnSync('sh', ['-c', `command -v ${shell}`]).status === 0;
  if (!found) console.log(`skipped: ${shell} is not installed`);
  return found;
};

/** A command line with the cursor behind it, and words that are offered there. */
const CASES: readonly (readonly [line: string, expected: readonly string[], never: readonly string[]])[] = [
  ['pipeline ', ['run', 'quantize', 'harbor'], ['apply']],
  ['pipeline qu', ['quantize'], ['run']],
  ['pipeline convert --', ['--outtype', '--quantize', '--json'], ['--format']],
  ['pipeline convert ./x --quantize Q4', ['Q4_K_M', 'Q4_0'], ['Q8_0']],
  ['pipeline convert ./x --outtype ', ['bf16', 'auto'], ['Q4_K_M']],
  ['pipeline quantize m.gguf Q8_0 IQ', ['IQ3_S', 'IQ4_XS'], ['Q4_K_M']],
  ['pipeline package ./x --format ', ['modelpack', 'ollama', 'modelcar'], ['yaml']],
  ['pipeline init --format ', ['ts', 'yaml'], ['modelpack']],
  ['pipeline pull h.example/m:v1 --kind ', ['weight', 'doc'], []],
  ['pipeline harbor ', ['apply', 'project', 'robot'], ['run', 'create']],
  ['pipeline harbor project ', ['create'], ['apply']],
  ['pipeline harbor robot create h p n --rights ', ['push', 'pull'], []],
  ['pipeline --progress ', ['plain', 'ndjson'], ['run']],
  ['pipeline --progress plain conv', ['convert'], []],
  ['pipeline convert --progress pl', ['plain'], ['tty']],
  ['pipeline completion ', ['bash', 'zsh'], []],
  ['slipway run mod', ['models.yaml'], []],
];

function offeredByBash(text: string, line: string): string[] {
  const words = line.split(' ');
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const program = `${text}\nCOMP_WORDS=(${quoted})\nCOMP_CWORD=${words.length - 1}\n_pipeline\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  const done = spawnSync('bash', ['--noprofile', '--norc', '-c', program], { cwd, encoding: 'utf8' });
  expect(done.stderr).toBe('');
  return done.stdout.split('\n');
}

const FISH = 'fish';

function offeredByFish(text: string, line: string): string[] {
  const program = `${text}\ncomplete -C '${line}'`;
  const done = spawnSync(FISH, ['--no-config', '-c', program], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, HOME: cwd },
  });
  expect(done.stderr).toBe('');
  return done.stdout.split('\n').map((one) => one.split('\t')[0] ?? '');
}

describe.each([
  ['bash', offeredByBash],
  [FISH, offeredByFish],
] as const)('%s', (shell, offered) => {
  test.skipIf(!have(shell)).each(CASES)('%s…', async (line, expected, never) => {
    const words = offered(await script(shell), line);
    expect(words).toEqual(expect.arrayContaining([...expected]));
    for (const word of never) expect(words).not.toContain(word);
  });
});

test.skipIf(!have('zsh'))('zsh reads its script', async () => {
  const done = spawnSync('zsh', ['-n'], { input: await script('zsh'), encoding: 'utf8' });
  expect([done.status, done.stderr]).toEqual([0, '']);
});

test.each(['bash', 'zsh', 'fish', 'powershell'])(
  '%s: every command, format and quantization is in the script',
  async (shell) => {
    const text = await script(shell);
    for (const word of ['repackage', 'dry-run', 'insecure-http', 'cnai', 'IQ4_XS', 'project', 'weight.config']) {
      expect(text).toContain(word);
    }
  },
);
