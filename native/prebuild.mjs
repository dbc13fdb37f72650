// Compiles both addons for the platforms that they come with (native/prebuilt), on any Linux with an x86-64 processor:
//
//   python3 -m pip download --no-deps --dest zig ziglang==0.15.1 && python3 -m zipfile -e zig/*.whl zig
//   ZIG=zig/ziglang/zig node native/prebuild.mjs
//
// Zig 0.15.1 brings its own C library headers; those of libstdc++ are GCC 12's (Debian 12: g++-12), of Node-API any Node's.
// The same versions give the same bytes. libstdc++ is not linked: the binding takes what is loaded with Node, so that
// exceptions of llama.cpp are caught by their types. The kernels need no library at all, and run with any C library.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compileKernels, kernelsDigest } from './kernels/compile.mjs';

/** The C library's version matters to the binding only. */
const TARGETS = { 'linux-x64': 'x86_64-linux-gnu.2.34', 'linux-arm64': 'aarch64-linux-gnu.2.34' };
const GCC_HEADERS = ['/usr/include/c++/12', '/usr/include/x86_64-linux-gnu/c++/12', '/usr/include/c++/12/backward'];
const NODE_HEADERS = ['node_api.h', 'node_api_types.h', 'js_native_api.h', 'js_native_api_types.h'];
const FLAGS = [
  '-std=c++17',
  '-O2',
  '-fPIC',
  '-shared',
  '-s',
  '-fvisibility=hidden',
  '-ffp-contract=off',
  '-fno-sanitize=all',
  '-nostdinc++',
  '-nostdlib++',
  '-Wl,-z,undefs',
  '-Wl,--allow-shlib-undefined',
  '-ldl',
  '-lpthread',
];
const zig = process.env.ZIG === undefined ? 'zig' : resolve(process.env.ZIG);
const node = process.env.NODE_HEADERS ?? '/usr/include/node';
const folder = import.meta.dirname;

// Node's folder has headers of other libraries, too, which are not to be found.
const headers = mkdtempSync(join(tmpdir(), 'slipway-headers-'));
for (const name of NODE_HEADERS) copyFileSync(join(node, name), join(headers, name));

function call(args, cwd) {
  const { status } = spawnSync(zig, args, { stdio: 'inherit', cwd });
  if (status !== 0) throw new Error(`${zig} ${args.join(' ')} failed`);
}

const sources = readdirSync(folder).filter((name) => name.endsWith('.cc'));
try {
  for (const [platform, target] of Object.entries(TARGETS)) {
    const output = join(folder, 'prebuilt', platform);
    mkdirSync(output, { recursive: true });
    const includes = [...GCC_HEADERS, headers].map((path) => `-I${path}`);
    const args = ['c++', '-target', target, ...includes, ...sources, '-o', join(output, 'slipway.node'), ...FLAGS];
    call(args, folder);
    await compileKernels({
      arch: platform.replace('linux-', ''),
      run: (given, cwd) => call(['cc', '-target', target, ...given], cwd),
      headers,
      output: join(output, 'kernels.node'),
      link: ['-s', '-nostdlib', '-Wl,-z,undefs', '-Wl,--allow-shlib-undefined'],
    });
    process.stdout.write(`native/prebuilt/${platform}: slipway.node, kernels.node\n`);
  }
  // What they were made of: a test compares it with what is there.
  const digest = createHash('sha256');
  for (const name of readdirSync(folder).sort())
    if (/\.(cc|h)$/.test(name)) digest.update(readFileSync(join(folder, name)));
  const lines = [digest.digest('hex'), await kernelsDigest()];
  writeFileSync(join(folder, 'prebuilt', 'sources.sha256'), `${lines.join('\n')}\n`);
} finally {
  rmSync(headers, { recursive: true, force: true });
}
