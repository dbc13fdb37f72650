import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const MANIFEST = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  version: string;
  dependencies: Record<string, string>;
};

/** The package as npm would publish it, in a project that has nothing but it and its runtime dependencies. */
describe('the packed tarball', () => {
  let project = '';

  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), 'slipway-tarball-'));
    const packed = execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', project], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const modules = join(project, 'node_modules');
    mkdirSync(join(modules, 'slipway'), { recursive: true });
    execFileSync('tar', ['-xzf', join(project, packed.trim()), '-C', join(modules, 'slipway'), '--strip-components=1']);
    for (const name of Object.keys(MANIFEST.dependencies)) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
    }
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  });
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  const node = (...args: string[]): string => execFileSync('node', args, { cwd: project, encoding: 'utf8' });

  test('both entry points import', () => {
    const script = `
      const api = await import('slipway'), testing = await import('slipway/testing');
      console.log(typeof api.pipeline, typeof api.download, typeof testing.startTestHub);`;
    expect(node('--input-type=module', '-e', script)).toBe('function function function\n');
  });

  test('the bin runs', () => {
    const bin = join('node_modules', 'slipway', 'dist', 'lib', 'cli', 'main.js');
    expect(node(bin, 'version', '--json')).toContain(`"${MANIFEST.version}"`);
    expect(node(bin, 'types')).toContain('Q4_K_M');
  });

  test('workers and kernels are found: a chunk is encoded in a thread', () => {
    const script = `
      const { createEncoderPool } = await import('slipway');
      const pool = createEncoderPool({ threads: 1, kernel: 'wasm' });
      const input = new Uint8Array(new Float32Array(32).fill(1).buffer);
      const out = await pool.encode({ from: 'F32', to: 'Q8_0', input, rowLength: 32, tensor: 't' });
      await pool.close();
      console.log(Buffer.from(out).toString('hex'));`;
    // d = 1/127 as half (0x2008), then 32 times 127.
    expect(node('--input-type=module', '-e', script).trim()).toBe(`0820${'7f'.repeat(32)}`);
  });

  test('it holds no sources of tests, no fixtures and no maps of the machine', () => {
    const listing = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const paths = (JSON.parse(listing) as { files: { path: string }[] }[])[0]?.files.map((file) => file.path) ?? [];
    expect(paths.filter((path) => /(^|\/)(test|fixtures|benchmarks)\//.test(path))).toEqual([]);
    expect(paths).toContain('dist/workers/kernels.wasm');
  });
});
