import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
/** The built program: `npm test` builds before it tests. */
const MAIN = join(ROOT, 'dist/lib/cli/main.js');

/** util-linux's tool that runs a command in a terminal of its own. */
const PSEUDO_TERMINAL = 'script';

let cwd: string;
beforeAll(async () => {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: npm run build`);
  cwd = await mkdtemp(join(tmpdir(), 'slipway-process-'));
  await writeFile(
    join(cwd, 'quick.mjs'),
    `const emit = async (context) => {
       context.emit({ type: 'item.start', stage: 'work', id: 'a', name: 'a', total: 10 });
       await new Promise((resolve) => setTimeout(resolve, 250));
       context.emit({ type: 'item.end', stage: 'work', id: 'a', name: 'a', size: 10, durationMs: 1 });
       context.emit({ type: 'artifact', reference: 'layout:./x:y', digest: 'sha256:${'0'.repeat(64)}', mediaType: 'm', size: 10 });
     };
     export default { name: 'quick', store: 'none', pipeline: { name: 'work', run: async (_input, context) => emit(context) } };`,
  );
  await writeFile(
    join(cwd, 'slow.mjs'),
    `export default { name: 'slow', store: 'none', pipeline: { name: 'wait', run: async (_input, { signal }) => {
       const timer = setInterval(() => {}, 1000);
       try { await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))); }
       finally { clearInterval(timer); }
     } } };`,
  );
});
afterAll(async () => rm(cwd, { recursive: true, force: true }));

function env(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: cwd, LANG: 'C.UTF-8', TERM: 'xterm', ...more };
}

function shell(
  command: string,
  more: Record<string, string> = {},
): { status: number | null; stdout: string; stderr: string } {
  const script = command.replaceAll('pipeline ', `${process.execPath} ${MAIN} `);
  return spawnSync('sh', ['-c', script], { cwd, env: env(more), encoding: 'utf8' });
}

describe('starting', () => {
  test.skipIf(process.platform === 'win32')(
    'the built file is a command: a link to it that npm made goes on working',
    () => {
      const { status, stdout } = spawnSync(MAIN, ['--version'], { encoding: 'utf8' });
      expect([status, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
    },
  );

  /** Packages that a module loads together with all that it imports. */
  function packagesOf(
    entry: string,
    quote: string,
    source: (path: string) => string,
  ): { packages: string[]; files: number } {
    const packages = new Set<string>();
    const seen = new Set<string>();
    const visit = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      const imports = new RegExp(
        `^(?:import|export) (?!type\\b)(?:[^;]*?from )?${quote}([^${quote}]+)${quote};`,
        'gms',
      );
      for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(imports)) {
        if (specifier.startsWith('.')) visit(source(join(dirname(file), specifier)));
        else if (!specifier.startsWith('node:')) packages.add(specifier);
      }
    };
    visit(entry);
    return { packages: [...packages].toSorted(), files: seen.size };
  }

  test('loads no package', () => {
    // The entry imports the second when Node has its cache of compiled code.
    for (const file of ['main.ts', 'program/command-line.ts']) {
      const loaded = packagesOf(join(ROOT, 'src/cli', file), "'", (path) => path.replace(/\.js$/, '.ts'));
      expect(loaded.packages).toEqual([]);
      expect(loaded.files).toBeLessThanOrEqual(8);
    }
  });

  /** The file that the build has put a module in. */
  function chunkWith(module: string): string {
    const folder = join(ROOT, 'dist/lib/shared');
    const found = readdirSync(folder).find(
      (name) => name.endsWith('.js') && readFileSync(join(folder, name), 'utf8').includes(`// dist/src/${module}.js\n`),
    );
    return join(folder, found ?? module);
  }

  test('as built, what everything needs brings nothing else along', () => {
    expect(packagesOf(chunkWith('core/package-facts'), '"', (path) => path).packages).toEqual([]);
  });

  test('as built, a conversion loads what it needs: no schemas, no network, no threads', () => {
    const { packages } = packagesOf(chunkWith('cli/commands/convert'), '"', (path) => path);
    expect(packages).toContain('commander');
    const unneeded = ['zod', 'undici', '@huggingface/hub', 'piscina', 'jiti', '@noble/ciphers/salsa.js'];
    expect(packages.filter((name) => unneeded.includes(name))).toEqual([]);
  });
});

describe('a terminal', () => {
  const inTerminal = (
    command: string,
    more: Record<string, string> = {},
  ): { output: string; status: number | null } => {
    const { stdout, status } = spawnSync(
      PSEUDO_TERMINAL,
      ['-qec', `stty cols 80 rows 24; ${process.execPath} ${MAIN} ${command}`, '/dev/null'],
      { cwd, env: env(more), encoding: 'utf8' },
    );
    return { output: stdout, status };
  };

  test('gets a live region and its cursor back', () => {
    const { output, status } = inTerminal('run quick.mjs');
    expect(status).toBe(0);
    const [hidden, shown] = ['\u001b[?25l', '\u001b[?25h'].map((sequence) => output.lastIndexOf(sequence));
    expect(hidden).toBeGreaterThan(-1);
    expect(shown).toBeGreaterThan(hidden ?? 0);
    expect(output).toMatch(/✔.*work/);
    expect(output).toContain(`layout:./x:y@sha256:${'0'.repeat(64)}`);
  });

  test('that is dumb gets plain lines', () => {
    const { output } = inTerminal('run quick.mjs', { TERM: 'dumb' });
    // oxlint-disable-next-line no-control-regex -- escape sequences are what must not be there
    expect(output).not.toMatch(/\u001b/);
    expect(output).toMatch(/\d\d:\d\d:\d\d done +work/);
  });

  test('gets its cursor back after a failure', () => {
    const { output, status } = inTerminal('run slow.mjs & sleep 1; kill -INT $!; wait $!');
    expect([130, 0]).toContain(status);
    if (output.includes('\u001b[?25l')) expect(output).toContain('\u001b[?25h');
  });

  test('has colours unless NO_COLOR says otherwise', () => {
    expect(inTerminal('run --nonsense').output).toContain('\u001b[31m');
    expect(inTerminal('run --nonsense', { NO_COLOR: '1' }).output).not.toContain('\u001b[31m');
    expect(inTerminal('run --nonsense --color always', { NO_COLOR: '1' }).output).toContain('\u001b[31m');
  });
});

describe('pipes', () => {
  test('a reader that has seen enough is no error', () => {
    const { status, stdout, stderr } = shell('pipeline types --json | head -1');
    expect([status, stdout, stderr]).toEqual([0, '[\n', '']);
  });

  test.skipIf(!existsSync('/dev/full'))(
    'a result that cannot be written is a failure: the disk under it is full',
    () => {
      for (const words of ['types --json', 'run quick.mjs --quiet', '--version']) {
        const { status, stderr } = shell(`pipeline ${words} > /dev/full`);
        expect([words, status]).toEqual([words, 10]);
        expect(stderr).toContain("error[DISK_SPACE]: no space left on the device: 'stdout'");
      }
    },
  );

  test('stdout is the result alone, whatever stderr says', () => {
    const { status, stdout, stderr } = shell('pipeline run quick.mjs --json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, artifacts: [{ size: 10 }] });
    expect(stderr).toContain('done  work');
  });

  test('a closed stderr loses the story, not the result', () => {
    const { status, stdout } = shell('pipeline run quick.mjs --quiet 2>&-');
    expect([status, stdout]).toEqual([0, `layout:./x:y@sha256:${'0'.repeat(64)}\n`]);
  });
});

describe('signals', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s stops cleanly with %d', async (signal, expected) => {
    const child = spawn(process.execPath, [MAIN, 'run', 'slow.mjs'], {
      cwd,
      env: env(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    const ended = new Promise<number | null>((done) => child.on('close', (code) => done(code)));
    await new Promise<void>((ready) =>
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString();
        if (stderr.includes('start wait')) ready();
      }),
    );
    child.kill(signal);
    expect(await ended).toBe(expected);
    expect(stderr).toMatch(/(interrupted|terminated)\n {2}kept/);
  });
});
