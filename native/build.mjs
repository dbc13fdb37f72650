// Compiles the optional binding to an installed llama.cpp into native/build/slipway.node, with this machine's C++
// compiler and the headers of the Node that runs this. Nothing is downloaded; `npm ci` never comes here.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { dirname, join } from 'node:path';

const SOURCES = [
  'binding.cc',
  'ggml-library.cc',
  'importance.cc',
  'llama-binding.cc',
  'llama-library.cc',
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

function findCompiler() {
  const wish = process.env.CXX;
  const found = (wish ? [wish] : ['c++', 'g++', 'clang++']).find(runs);
  if (found !== undefined) return found;
  if (wish) throw new GiveUp(`CXX names "${wish}", which does not run`);
  throw new GiveUp('no C++ compiler: neither c++, g++ nor clang++ runs here (CXX names another)');
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

function compile() {
  const compiler = findCompiler();
  const headers = findHeaders();
  mkdirSync(OUTPUT, { recursive: true });
  const target = join(OUTPUT, 'slipway.node');
  // Compiled beside it and moved: a process that has the old one loaded keeps it.
  const fresh = `${target}.${process.pid}`;
  const system = platform() === 'darwin' ? ['-undefined', 'dynamic_lookup'] : ['-ldl', '-pthread'];
  const args = [...FLAGS, '-isystem', headers, ...SOURCES, '-o', fresh, ...system];
  const { status } = spawnSync(compiler, args, { stdio: 'inherit' });
  if (status !== 0) throw new GiveUp(`${compiler} failed; it was called with ${args.join(' ')}`);
  renameSync(fresh, target);
  process.stdout.write(`native/build/slipway.node: ${compiler}, headers in ${headers}\n`);
}

try {
  if (platform() === 'win32') throw new GiveUp('the binding is built on Linux and macOS only');
  compile();
} catch (error) {
  if (!(error instanceof GiveUp)) throw error;
  process.stderr.write(`native: ${error.message}\n`);
  process.exitCode = 1;
}
