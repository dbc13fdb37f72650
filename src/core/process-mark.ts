import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

const MARK = /^([0-9a-f]{12})-(\d{1,10})-(\d{1,20})$/;

let machine: string | undefined;
let own: string | undefined;

/**
 * What tells this process from every other that may use the same directory: its machine (with its last start and its
 * namespace of process ids, so that containers are told apart), its id, and when it started (ids are used again).
 */
export function ownMark(): string {
  own ??= `${thisMachine()}-${process.pid}-${startOf(process.pid)}`;
  return own;
}

/**
 * Whether the process of a mark has ended for certain. Of a process on another machine or in another container nothing is
 * known: whether it still holds something is for a lease to say.
 */
export function isGone(mark: string): boolean {
  const [, where, id, start] = MARK.exec(mark) ?? [];
  if (where !== thisMachine()) return false;
  const pid = Number(id);
  return !isAlive(pid) || (start !== '0' && startOf(pid) !== start);
}

function thisMachine(): string {
  machine ??= createHash('sha256')
    .update(
      [
        hostname(),
        quietly(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
        quietly(() => readlinkSync('/proc/self/ns/pid')),
      ].join('\0'),
    )
    .digest('hex')
    .slice(0, 12);
  return machine;
}

/** Field 22 of /proc/PID/stat (proc(5)), in clock ticks since the machine's start; `0` where there is no such file. */
function startOf(pid: number): string {
  const text = quietly(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The program's name stands in parentheses and may hold spaces and parentheses itself.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function quietly(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
