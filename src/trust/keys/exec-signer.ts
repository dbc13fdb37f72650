import { spawn } from 'node:child_process';
import type { KeyObject } from 'node:crypto';
import { SlipwayError } from '../../core/index.js';
import { readPublicKey } from './read-key.js';
import type { Signer } from './signer.js';

/** A program that asks a person to touch a token takes a while; one that hangs must not hang a run. */
const TIME_LIMIT_MS = 120_000;
const ANSWER_LIMIT = 64 * 1024;

type Env = Readonly<Record<string, string | undefined>>;

/**
 * A signer over an external program: `PROGRAM public-key` prints the public key in PEM; `PROGRAM sign` reads the bytes
 * to sign on its standard input and prints the signature, DER as it is or in base64. Throws `KEY_INVALID`, `SIGNER_FAILED`.
 */
export async function execSigner(command: readonly string[], env: Env, signal?: AbortSignal): Promise<Signer> {
  const publicKey: KeyObject = readPublicKey(
    (await run([...command, 'public-key'], undefined, env, signal)).toString('utf8'),
    `exec:${command.join(' ')}`,
  );
  return {
    publicKey,
    sign: async (bytes, stop) => asDer(await run([...command, 'sign'], bytes, env, stop ?? signal)),
  };
}

/** DER begins with a SEQUENCE, which no base64 text does. */
function asDer(answer: Buffer): Uint8Array {
  if (answer[0] === 0x30 && !/^[A-Za-z0-9+/=\s]+$/.test(answer.toString('latin1'))) return answer;
  return Buffer.from(answer.toString('latin1').trim(), 'base64');
}

async function run(
  command: readonly string[],
  input: Uint8Array | undefined,
  env: Env,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const [program = '', ...words] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      env: { ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
      timeout: TIME_LIMIT_MS,
      windowsHide: true,
      signal,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size > ANSWER_LIMIT) child.kill();
      else chunks.push(chunk);
    });
    child.on('error', (cause) => reject(failed(command, cause.message)));
    child.on('close', (code, stopped) => {
      if (code === 0 && size <= ANSWER_LIMIT) return resolve(Buffer.concat(chunks));
      return reject(failed(command, code === null ? `it was ended by ${stopped ?? 'a signal'}` : `exit code ${code}`));
    });
    // A program that does not read its input closes the pipe; what counts is how it ends.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

function failed(command: readonly string[], got: string): SlipwayError {
  return new SlipwayError('SIGNER_FAILED', `the signing program '${command[0] ?? ''}' failed`, {
    where: command.join(' '),
    got,
    try: `run it by hand: ${command.join(' ')}`,
  });
}
