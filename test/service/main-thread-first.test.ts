import { readdirSync, readFileSync } from 'node:fs';
import { constants, getPriority } from 'node:os';
import { describe, expect, test } from 'vitest';
import { createDigester } from '../../src/files/index.js';
import { createSlipway } from '../../src/service/index.js';

/** Priorities of this process's threads (proc(5): the nineteenth field of stat). */
function priorities(): number[] {
  return readdirSync('/proc/self/task').map((thread) => {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
  });
}

describe.runIf(process.platform === 'linux')('threads that compute', () => {
  test('let the main thread of a service go first', async () => {
    const own = getPriority();
    await using _slipway = createSlipway();
    const digester = createDigester(64 * 1024 * 1024);
    await digester.update(new Uint8Array([1]));
    await digester.digest();
    digester.close();
    expect(priorities()).toContain(Math.min(constants.priority.PRIORITY_LOW, own + 10));
    expect(getPriority()).toBe(own);
  });
});
