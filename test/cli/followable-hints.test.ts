import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { flagsOf, withFollowableHints } from '../../src/cli/program/followable-hints.js';
import { SlipwayError } from '../../src/core/index.js';

const program = new Command('pipeline').option('--timeout <time>');
program.command('inspect').option('--key <name>').option('--no-color-of-it');
program.command('convert').option('--exclude <glob>').command('part').option('--index <number>');

function kept(path: readonly string[], hints: string | readonly string[]): unknown {
  const error = new SlipwayError('LFS_POINTER', 'x', {
    where: 'w',
    try: typeof hints === 'string' ? hints : [...hints],
  });
  const told = withFollowableHints(error, flagsOf(program, path));
  return SlipwayError.is(told) ? [told.message, told.details.where, told.details.try] : told;
}

describe('hints with flags', () => {
  test.each<[string[], string | string[], string | string[] | undefined]>([
    [['inspect'], ['git lfs pull', "or leave out what is not needed: --exclude 'x'"], ['git lfs pull']],
    [
      ['convert'],
      ['git lfs pull', "or leave it out: --exclude 'x'"],
      ['git lfs pull', "or leave it out: --exclude 'x'"],
    ],
    [['inspect'], '--fallback allow', undefined],
    [['inspect'], 'pipeline convert x --exclude y', 'pipeline convert x --exclude y'],
    [['inspect'], 'kubectl apply --server-side', 'kubectl apply --server-side'],
    [['inspect'], '--timeout 2h', '--timeout 2h'],
    [['inspect'], 'leave --no-color-of-it out', 'leave --no-color-of-it out'],
    [['convert', 'part'], ['--index 3', '--exclude x'], ['--index 3']],
    [['inspect'], 'is it running there? check the host', 'is it running there? check the host'],
    [[], '--fallback allow', '--fallback allow'],
  ])('%j: %j', (path, hints, expected) => {
    expect(kept(path, hints)).toEqual(['x', 'w', expected]);
  });

  test('what is no error of ours stays', () => {
    expect(withFollowableHints('x', new Set())).toBe('x');
  });
});
