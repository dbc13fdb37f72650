// Compiles the optional binding to an installed llama.cpp into native/build/slipway.node, with this machine's C++
// compiler and the headers of the Node that runs this. Nothing is downloaded; `npm ci` never comes here.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { dirname, join } from 'node:path';

const SOURCES = ['binding.cc', 'ggml-library.cc'].map((name) => join(import.meta.dirname, name));
const OUTPUT = join(import.meta.dirname, 'build');
const FLAGS = ['-std=c++17', '-O2', '-fPIC', '-shared', '-fvisibility=hidden', '-Wall', '-Wextra', '-Werror'];
const HEADER = 'node_api.h';

function giveUp(text) {
  process.stderr.write(`native: ${text}\n`);
  process.exit(1);
}

function runs(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

function findCompiler() {
  const wish = process.env.CXX;
  if (wish) return runs(wish) ? wish : giveUp(`CXX names "${wish}", which does not run`);
  const found = ['c++', 'g++', 'clang++'].find(runs);
  return found ?? giveUp('no C++ compiler: neither c++, g++ nor clang++ runs here (CXX names another)');
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
  const looked = folders.map((folder) => `  ${folder}`).join('\n');
  const advice = 'unpack the headers archive of this Node version and run: npm config set nodedir <folder>';
  return found ?? giveUp(`the headers of Node ${process.version} are missing (${HEADER}); ${advice}\n${looked}`);
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
  if (status !== 0) giveUp(`${compiler} failed; it was called with ${args.join(' ')}`);
  renameSync(fresh, target);
  process.stdout.write(`native/build/slipway.node: ${compiler}, headers in ${headers}\n`);
}

if (platform() === 'win32') giveUp('the binding is built on Linux and macOS only');
compile();
