import { readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { SlipwayError } from '../core/index.js';

/**
 * `SLIPWAY_LLAMA_CPP`: the path of llama.cpp's libllama or libggml-base, or of a folder that holds them; `none` looks
 * nowhere. `SLIPWAY_LLAMA_CPP_ANY_VERSION=1`: take another version than ours when its structures and bytes are the same.
 */
export type LlamaEnvironment = Readonly<Record<string, string | undefined>>;

/** Which of llama.cpp's libraries is wanted: the one that quantizes, or the one that runs models. */
export type LlamaCppPart = 'ggml-base' | 'llama';

/** A library that was found, before anything is known about it. */
export interface FoundLibrary {
  readonly path: string;
  /** `SLIPWAY_LLAMA_CPP`, the name of an npm package, or `the system`. */
  readonly origin: string;
}

/** File names of releases, builds and packages: libllama.so, libllama.so.0, libllama.v0.5.0.so, libllama.0.dylib. */
const NAMES: Readonly<Record<LlamaCppPart, RegExp>> = {
  'ggml-base': /^libggml-base(\.v?\d+(\.\d+)*)?\.(so|dylib)(\.\d+)*$/,
  llama: /^libllama(\.v?\d+(\.\d+)*)?\.(so|dylib)(\.\d+)*$/,
};
/** Folders of an installation or a build, below the one that is named. */
const FOLDERS = ['.', 'lib', 'bin', 'build/bin'];
const SYSTEM_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  linux: ['/usr/local/lib', '/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'],
  darwin: ['/opt/homebrew/lib', '/usr/local/lib'],
};
/** npm's builds of llama.cpp, by platform and architecture of Node. */
const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-arm64': 'mac-arm64-metal',
  'darwin-x64': 'mac-x64',
};

/** Which version to install: those that the optional peer dependencies name. */
const VERSIONS: Readonly<Record<string, string>> = {
  '@node-llama-cpp/linux-x64': '3.22.1',
  '@node-llama-cpp/linux-arm64': '3.22.1',
  '@node-llama-cpp/mac-arm64-metal': '3.21.1',
};

/** The npm package that has llama.cpp for this machine, if one does. */
export function llamaCppPackage(): string | undefined {
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  return name === undefined ? undefined : `@node-llama-cpp/${name}`;
}

/**
 * Looks for a library of llama.cpp: where `SLIPWAY_LLAMA_CPP` says, else in npm's package for this machine if it is
 * installed beside this one, else where systems keep libraries. Throws `KERNEL_UNAVAILABLE` when there is none.
 */
export function findLlamaCpp(env: LlamaEnvironment, part: LlamaCppPart): FoundLibrary {
  const named = env['SLIPWAY_LLAMA_CPP'] ?? '';
  if (named === 'none') throw absent('SLIPWAY_LLAMA_CPP=none: no library is looked for');
  if (named !== '') return { path: namedLibrary(resolve(named), part), origin: 'SLIPWAY_LLAMA_CPP' };
  const packaged = packagedLibrary(part);
  if (packaged !== undefined) return packaged;
  const path = (SYSTEM_FOLDERS[process.platform] ?? []).flatMap((folder) => librariesIn(folder, part))[0];
  if (path !== undefined) return { path, origin: 'the system' };
  throw absent('SLIPWAY_LLAMA_CPP is not set, and neither npm nor the system has one');
}

function absent(got: string): SlipwayError {
  const name = llamaCppPackage();
  return new SlipwayError('KERNEL_UNAVAILABLE', 'there is no llama.cpp library', {
    got,
    try: [
      ...(name === undefined ? [] : [`npm install ${name}${VERSIONS[name] === undefined ? '' : `@${VERSIONS[name]}`}`]),
      'SLIPWAY_LLAMA_CPP=/path/to/the/folder/of/libllama',
    ],
  });
}

/** The library that a path stands for. */
function namedLibrary(path: string, part: LlamaCppPart): string {
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind?.isFile() === true) return siblingOf(path, part);
  const found = kind?.isDirectory() === true ? FOLDERS.flatMap((folder) => librariesIn(join(path, folder), part)) : [];
  // libllama leads to libggml-base, too.
  const others =
    kind?.isDirectory() === true ? FOLDERS.flatMap((folder) => librariesIn(join(path, folder), 'llama')) : [];
  const best = found[0] ?? others[0];
  if (best !== undefined) return best;
  const missing = part === 'llama' ? 'no libllama is there' : 'neither libggml-base nor libllama is there';
  throw new SlipwayError('KERNEL_UNAVAILABLE', 'SLIPWAY_LLAMA_CPP names no llama.cpp library', {
    where: path,
    got: kind === undefined ? 'nothing is there' : `${missing}, in lib or in bin`,
  });
}

/** The wanted library beside a file that is another one of llama.cpp; else the file itself. */
function siblingOf(file: string, part: LlamaCppPart): string {
  if (part === 'ggml-base') return file;
  return /libggml[^/]*$/.test(file) ? (librariesIn(dirname(file), part)[0] ?? file) : file;
}

function packagedLibrary(part: LlamaCppPart): FoundLibrary | undefined {
  const origin = llamaCppPackage();
  if (origin === undefined) return undefined;
  try {
    const root = join(dirname(createRequire(import.meta.url).resolve(origin)), '..', 'bins');
    const path = readdirSync(root).flatMap((folder) => librariesIn(join(root, folder), part))[0];
    return path === undefined ? undefined : { path, origin };
  } catch {
    return undefined;
  }
}

function librariesIn(folder: string, part: LlamaCppPart): readonly string[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  const names = readdirSync(folder).filter((name) => NAMES[part].test(name));
  return names.sort((a, b) => a.length - b.length).map((name) => join(folder, name));
}
