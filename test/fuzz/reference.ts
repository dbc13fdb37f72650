import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { ReferenceReader } from './targets/target.js';

const PROGRAM = join(process.cwd(), 'test', 'fuzz', 'reference.py');

/** A reader of others in a process of its own, asked one input at a time. Its end on an input counts as a refusal. */
export class Reference {
  readonly name: ReferenceReader;
  readonly #python: string;
  #child: ChildProcessByStdio<Writable, Readable, null>;
  #answer: (line: string | undefined) => void = () => {};

  private constructor(name: ReferenceReader, python: string) {
    this.name = name;
    this.#python = python;
    this.#child = this.#start();
  }

  /** `undefined` where no Python has the reader's package. */
  static async find(name: ReferenceReader): Promise<Reference | undefined> {
    for (const python of pythons()) {
      const reference = new Reference(name, python);
      if ((await reference.#line()) === 'ready') return reference;
      reference.close();
    }
    return undefined;
  }

  /** Why the input is refused, or `undefined` when it is accepted. */
  async refusal(input: Uint8Array): Promise<string | undefined> {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(input.byteLength);
    this.#child.stdin.write(Buffer.concat([head, input]));
    const line = await this.#line();
    if (line !== undefined) return line.startsWith('+') ? undefined : line.slice(1);
    this.#child = this.#start();
    if ((await this.#line()) !== 'ready') throw new Error(`${this.name} does not start again`);
    return 'it ended on this input';
  }

  close(): void {
    this.#child.kill();
  }

  #start(): ChildProcessByStdio<Writable, Readable, null> {
    const child = spawn(this.#python, [PROGRAM, this.name], { stdio: ['pipe', 'pipe', 'ignore'] });
    child.stdin.on('error', () => {});
    child.on('error', () => this.#answer(undefined));
    child.on('close', () => this.#answer(undefined));
    createInterface({ input: child.stdout }).on('line', (line) => this.#answer(line));
    return child;
  }

  async #line(): Promise<string | undefined> {
    return new Promise((resolve) => (this.#answer = resolve));
  }
}

/** FUZZ_PYTHON (several, separated by colons), what install-peers.sh has installed, and the one in the path. */
function pythons(): readonly string[] {
  const named = (process.env['FUZZ_PYTHON'] ?? '').split(':').filter((path) => path !== '');
  const peers = join(process.env['SLIPWAY_PEERS'] ?? '', 'readers', 'bin', 'python');
  return [...named, ...(existsSync(peers) ? [peers] : []), 'python3'];
}
