import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Random } from './random.js';

/** A file system of some megabytes that can be full, where the account may mount one; else a directory that never is. */
export class SmallDisk {
  readonly path: string;
  readonly isReal: boolean;

  constructor(megabytes: number) {
    this.path = mkdtempSync(join(tmpdir(), 'slipway-chaos-'));
    this.isReal = mounted(this.path, megabytes);
  }

  /** Leaves so many bytes free. */
  fill(free: number): void {
    if (!this.isReal) return;
    const { bavail, bsize } = statfsSync(this.path);
    const size = Math.max(0, bavail * bsize - free);
    execFileSync('fallocate', ['-l', String(Math.max(1, size)), join(this.path, 'filler')]);
  }

  relieve(): void {
    rmSync(join(this.path, 'filler'), { force: true });
  }

  close(): void {
    if (this.isReal) execFileSync('umount', ['-l', this.path]);
    rmSync(this.path, { recursive: true, force: true });
  }
}

function mounted(path: string, megabytes: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'slipway-chaos', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Changes a byte of a file below a folder; false when there is none. */
export function rot(folder: string, random: Random): boolean {
  const files = filesBelow(folder);
  if (files.length === 0) return false;
  const path = random.pick(files);
  const bytes = readFileSync(path);
  if (bytes.length === 0) return false;
  const at = random.below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  writeFileSync(path, bytes);
  return true;
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(folder, entry.name))
      .sort();
  } catch {
    return [];
  }
}

/** Whether a registry of distribution on this disk has a file of content that is empty: of a manifest that it could not write. */
export function holdsEmptyBlob(disk: SmallDisk): boolean {
  const blobs = join(disk.path, 'data/docker/registry/v2/blobs');
  const entries = readdirSync(disk.path, { recursive: true, withFileTypes: true });
  return entries.some(({ name, parentPath }) => {
    const path = join(parentPath, name);
    return name === 'data' && path.startsWith(blobs) && statSync(path).size === 0;
  });
}
