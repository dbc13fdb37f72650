import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Starts the peer on the given weights. Its `run` answers one task at a time. */
export async function startPeer({ python, ggml, weights, importance }) {
  const child = spawn(python, [join(import.meta.dirname, 'peer.py'), ggml, weights, importance], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = new Promise((_, reject) => child.once('error', reject));
  failed.catch(() => {});
  const answer = async () => {
    const { value, done } = await Promise.race([lines.next(), failed]);
    if (done) throw new Error('the peer ended without an answer');
    return JSON.parse(value);
  };
  const { version } = await answer();
  return {
    version,
    async run(task) {
      child.stdin.write(`${JSON.stringify(task)}\n`);
      return answer();
    },
    close: () => child.stdin.end(),
  };
}
