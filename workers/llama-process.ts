import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { dirname } from 'node:path';
import { encodeFrame, FrameReader, type FrameValue } from './frames.js';
import { loadBinding, type LlamaAddon, type LlamaSetup } from './llama-addon.js';

// A process of its own (src/evaluate starts it): libllama ends a process when an assertion fails, and loads gigabytes.
// It answers one request after another and ends when its parent does, or closes the connection.

/** A method of the library by name, with what it is called with. */
interface Request {
  readonly id: number;
  readonly method: string;
  readonly values: readonly FrameValue[];
}

/** The connection to the parent: the descriptor after stdin, stdout and stderr. */
const CONNECTION = 3;

const connection = new Socket({ fd: CONNECTION, readable: true, writable: true });
let library: LlamaAddon | undefined;

function open(setup: LlamaSetup): FrameValue {
  const binding = loadBinding(setup.addon);
  binding.dieWith(process.ppid);
  library = binding.openLlama(setup.library, dirname(setup.library), setup.anyVersion);
  if (setup.memory !== undefined) binding.limitMemory(privateMemory() + setup.memory);
  return { ...library.info(), objects: sharedObjects() };
}

/** Bytes of private memory that this process has mapped, as the limit counts them. */
function privateMemory(): number {
  try {
    const kibibytes = /^VmData:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return Number(kibibytes ?? 0) * 1024;
  } catch {
    return process.memoryUsage().rss;
  }
}

/** Paths of ggml's libraries that are loaded: they tell which code computes. */
function sharedObjects(): string[] {
  // Node 20.13 and later: the report is not to ask for names of hosts.
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as { readonly sharedObjects?: readonly string[] };
  return (report.sharedObjects ?? []).filter((path) => /ggml|llama/.test(path));
}

function answer({ id, method, values }: Request): FrameValue {
  try {
    if (method === 'open') return { id, value: open(values[0] as unknown as LlamaSetup) };
    if (library === undefined || !Object.hasOwn(library, method)) throw new Error(`there is no method ${method}`);
    const call = (library as unknown as Record<string, (...values: readonly FrameValue[]) => FrameValue>)[method];
    return { id, value: call?.(...values) };
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    return { id, error: { code: typeof code === 'string' ? code : '', message: String(message ?? error) } };
  }
}

// A library that fails prints its own stack with a debugger unless told not to.
process.env['GGML_NO_BACKTRACE'] = '1';
const reader = new FrameReader();
connection.on('data', (chunk: Buffer) => {
  for (const request of reader.push(chunk)) {
    for (const piece of encodeFrame(answer(request as unknown as Request))) connection.write(piece);
  }
});
connection.on('end', () => process.exit(0));
connection.on('error', () => process.exit(1));
