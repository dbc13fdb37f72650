import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pipelineCommand } from './fake-terminal.js';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-completion-'));
  await writeFile(join(cwd, 'models.yaml'), '');
  await mkdir(join(cwd, 'kept', 'deep'), { recursive: true });
  await writeFile(join(cwd, 'kept', 'deep', 'oci-layout'), '{}');
  await mkdir(join(cwd, '.docker'));
  const auths = {
    'harbor.example.com': { auth: 'bm90Om1lLmV4YW1wbGUuY29t' },
    'https://index.docker.io/v1/': {},
    'localhost:5000': {},
  };
  const config = { auths, credHelpers: { 'gcr.io': 'gcloud' }, HttpHeaders: { 'User-Agent': 'x' } };
  await writeFile(join(cwd, '.docker', 'config.json'), JSON.stringify(config));
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
  ['pipeline login ', ['harbor.example.com', 'docker.io', 'gcr.io', 'localhost:5000'], ['User-Agent', 'auths']],
  ['pipeline harbor ls har', ['harbor.example.com/'], []],
  ['pipeline push ./x har', ['harbor.example.com/'], ['gcr.io/']],
  ['pipeline copy ', ['layout:./kept/deep', 'harbor.example.com/', 'models.yaml'], []],
];

function offeredByBash(text: string, line: string): string[] {
  const words = line.split(' ');
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const program = `${text}\nCOMP_WORDS=(${quoted})\nCOMP_CWORD=${words.length - 1}\nCOMP_LINE='${line}'\nCOMP_POINT=${line.length}\n_pipeline\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  const done = spawnSync('bash', ['--noprofile', '--norc', '-c', program], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: cwd },
  });
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

test.skipIf(!have('bash')).each([
  // What bash makes of the words: a colon begins a new one, and only what follows it is replaced.
  ['layout:./kept/d', ['layout', ':', './kept/d'], './kept/deep'],
  ['localhost:50', ['localhost', ':', '50'], '5000'],
])('bash completes behind a colon: %s', async (typed, words, expected) => {
  const line = `pipeline ${typed.startsWith('layout') ? 'inspect' : 'login'} ${typed}`;
  const all = ['pipeline', line.split(' ')[1] ?? '', ...words].map((word) => `'${word}'`).join(' ');
  const program = `${await script('bash')}\nCOMP_WORDS=(${all})\nCOMP_CWORD=4\nCOMP_LINE='${line}'\nCOMP_POINT=${line.length}\n_pipeline\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  const done = spawnSync('bash', ['--noprofile', '--norc', '-c', program], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: cwd },
  });
  expect([done.stderr, done.stdout.split('\n')]).toEqual(['', expect.arrayContaining([expected])]);
});
