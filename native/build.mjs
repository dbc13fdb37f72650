// Compiles two addons with this machine's compilers and the headers of the Node that runs this: native/build/kernels.node,
// our kernels for this processor, and native/build/slipway.node, the optional binding to an installed llama.cpp. Nothing
// is downloaded; `npm ci` never comes here.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { arch, homedir, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { compileKernels, kernelsDigest, knowsArchitecture } from './kernels/compile.mjs';

const SOURCES = [
  'binding.cc',
  'ggml-library.cc',
  'importance.cc',
  'llama-binding.cc',
  'llama-library.cc',
  'mappings.cc',
  'model.cc',
  'scoring.cc',
].map((name) => join(import.meta.dirname, name));
const OUTPUT = join(import.meta.dirname, 'build');
const FLAGS = [
  '-std=c++17',
  '-O2',
  '-fPIC',
  '-shared',
  '-fvisibility=hidden',
  '-ffp-contract=off',
  '-Wall',
  '-Wextra',
  '-Werror',
];
const HEADER = 'node_api.h';

/** Ends the build with one line for the person who started it. */
class GiveUp extends Error {}

function runs(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** The compiler that a variable names, or the first that runs. */
function findCompiler(variable, known) {
  const wish = process.env[variable];
  const found = (wish ? [wish] : known).find(runs);
  if (found !== undefined) return found;
  if (wish) throw new GiveUp(`${variable} names "${wish}", which does not run`);
  throw new GiveUp(`no compiler: none of ${known.join(', ')} runs here (${variable} names another)`);
}

/** Folders that may hold `node_api.h`, likeliest first. */
function headerFolders() {
  const version = process.versions.node;
  const caches = [join(homedir(), '.cache', 'node-gyp'), join(homedir(), 'Library', 'Caches', 'node-gyp')];
  return [
    join(dirname(dirname(process.execPath)), 'include', 'node'),
    ...configuredFolders(),
    ...caches.map((cache) => join(cache, version, 'include', 'node')),
    '/usr/include/node',
    '/usr/include/nodejs/src',
    '/usr/local/include/node',
    '/opt/homebrew/include/node',
  ];
}

/** `npm config get nodedir`: sources or an unpacked headers archive. */
function configuredFolders() {
  const given = process.env.npm_config_nodedir ?? askNpm();
  return given === '' || given === 'undefined' ? [] : [join(given, 'include', 'node'), join(given, 'src')];
}

function askNpm() {
  try {
    return execFileSync('npm', ['config', 'get', 'nodedir'], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

function findHeaders() {
  const folders = headerFolders();
  const found = folders.find((folder) => existsSync(join(folder, HEADER)));
  if (found !== undefined) return found;
  const looked = folders.map((folder) => `  ${folder}`).join('\n');
  const advice = 'unpack the headers archive of this Node version and run: npm config set nodedir <folder>';
  throw new GiveUp(`the headers of Node ${process.version} are missing (${HEADER}); ${advice}\n${looked}`);
}

const SYSTEM = platform() === 'darwin' ? ['-undefined', 'dynamic_lookup'] : ['-ldl', '-pthread'];

function call(compiler, args, cwd) {
  const { status } = spawnSync(compiler, args, { stdio: 'inherit', cwd });
  if (status !== 0) throw new GiveUp(`${compiler} failed; it was called with ${args.join(' ')}`);
}

/** Kernels of these very sources that come with the package: made by Clang, which makes them up to 1.7 times as fast as GCC does. */
async function comePrebuilt() {
  const folder = join(import.meta.dirname, 'prebuilt');
  if (process.env.CC || !existsSync(join(folder, `${platform()}-${arch()}`, 'kernels.node'))) return false;
  return readFileSync(join(folder, 'sources.sha256'), 'utf8').includes(await kernelsDigest());
}

/** The kernels; without a word on processors that they are not written for. */
async function buildKernels(headers) {
  if (!knowsArchitecture(arch())) return;
  const target = join(OUTPUT, 'kernels.node');
  if (await comePrebuilt()) {
    rmSync(target, { force: true });
    process.stdout.write('kernels.node: native/prebuilt has it, of these sources (CC=… compiles it here)\n');
    return;
  }
  const compiler = findCompiler('CC', ['cc', 'clang', 'gcc']);
  const fresh = `${target}.${process.pid}`;
  const run = (args, folder) => call(compiler, args, folder);
  await compileKernels({ arch: arch(), run, headers, output: fresh, link: SYSTEM });
  renameSync(fresh, target);
  process.stdout.write(`native/build/kernels.node: ${compiler}, headers in ${headers}\n`);
}

function buildBinding(headers) {
  const compiler = findCompiler('CXX', ['c++', 'g++', 'clang++']);
  const target = join(OUTPUT, 'slipway.node');
  // Compiled beside it and moved: a process that has the old one loaded keeps it.
  const fresh = `${target}.${process.pid}`;
  call(compiler, [...FLAGS, '-isystem', headers, ...SOURCES, '-o', fresh, ...SYSTEM]);
  renameSync(fresh, target);
  process.stdout.write(`native/build/slipway.node: ${compiler}, headers in ${headers}\n`);
}

try {
  if (platform() === 'win32') throw new GiveUp('the binding is built on Linux and macOS only');
  const headers = findHeaders();
  mkdirSync(OUTPUT, { recursive: true });
  await buildKernels(headers);
  buildBinding(headers);
} catch (error) {
  if (!(error instanceof GiveUp)) throw error;
  process.stderr.write(`native: ${error.message}\n`);
  process.exitCode = 1;
}
