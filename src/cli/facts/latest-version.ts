import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SlipwayError } from '../../core/index.js';

const run = promisify(execFile);
const WAIT_MS = 30_000;
const VERSION = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/**
 * The version that npm would install now. npm itself is asked, so that the registry, the proxy and the account are those of
 * the user. Throws `NOT_FOUND` (no npm, or a registry that does not have the package) and `NET_UNAVAILABLE`.
 */
export async function latestVersion(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string> {
  const answer = await run('npm', ['view', name, 'version', '--json'], {
    env,
    signal,
    timeout: WAIT_MS,
    // npm is a script there, which only a shell starts; every argument is ours.
    shell: process.platform === 'win32',
  }).catch((error: unknown) => {
    throw unanswered(name, error);
  });
  const version: unknown = parsed(answer.stdout);
  if (typeof version === 'string' && VERSION.test(version)) return version;
  throw new SlipwayError('NET_UNAVAILABLE', `npm does not say which version of '${name}' is the latest`, {
    got: answer.stdout.trim().slice(0, 120) || 'nothing',
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unanswered(name: string, cause: unknown): unknown {
  const { code, name: kind, stderr = '' } = cause as NodeJS.ErrnoException & { readonly stderr?: string };
  if (kind === 'AbortError') return cause;
  if (code === 'ENOENT') {
    return new SlipwayError('NOT_FOUND', 'there is no npm to ask which version is the latest', {
      try: 'install npm, or look where this program came from',
    });
  }
  const npmLines = [...stderr.matchAll(/^npm (?:error|ERR!) +(.*)$/gm)].map(([, line = '']) => line.trim());
  const got = npmLines.find((line) => line !== '' && !line.startsWith('code ')) ?? 'no answer';
  if (stderr.includes('E404')) {
    return new SlipwayError('NOT_FOUND', `the registry that npm asks has no '${name}'`, {
      got,
      try: 'npm config get registry',
    });
  }
  return new SlipwayError('NET_UNAVAILABLE', 'npm could not ask which version is the latest', {
    got,
    try: `npm view ${name} version`,
  });
}

/** Whether a version comes after another (semver.org, 11): numbers first, then a release after what precedes it. */
export function isLater(version: string, than: string): boolean {
  const [a, b] = [partsOf(version), partsOf(than)];
  for (let index = 0; index < 3; index += 1) {
    const [mine = 0, other = 0] = [a.numbers[index], b.numbers[index]];
    if (mine !== other) return mine > other;
  }
  if (a.before === b.before) return false;
  if (a.before === '' || b.before === '') return a.before === '';
  return a.before.localeCompare(b.before, 'en', { numeric: true }) > 0;
}

function partsOf(version: string): { readonly numbers: readonly number[]; readonly before: string } {
  const [, major, minor, patch, before = ''] = VERSION.exec(version) ?? [];
  return { numbers: [major, minor, patch].map(Number), before };
}
