// Programs of others that benchmarks run beside us: found on PATH or in a directory (test/support/install-peers.sh).
import { spawn } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Where a program is, or undefined.
 * @param {string} name
 * @param {string} directory looked at first
 */
export function findPeer(name, directory) {
  return [directory, ...(process.env.PATH ?? '').split(delimiter)]
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

/**
 * Starts an empty distribution registry that keeps its blobs in a folder of `scratch`, and waits until it answers.
 * @param {{ program: string, host: string, scratch: string }} options
 */
export async function startRegistry({ program, host, scratch }) {
  const [config, root] = [join(scratch, 'registry.yml'), join(scratch, 'registry')];
  rmSync(root, { recursive: true, force: true });
  writeFileSync(
    config,
    `version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: ${root}}}\nhttp: {addr: "${host}", secret: benchmark}\n`,
  );
  const child = spawn(program, ['serve', config], {
    stdio: 'ignore',
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  await answering(`http://${host}/v2/`);
  return {
    async stop() {
      child.kill();
      await gone;
      rmSync(root, { recursive: true, force: true });
    },
  };
}

async function answering(url) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const ready = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} does not answer`);
}

/**
 * Starts a local Hub in a process of its own, so that its memory is not counted.
 * @param {string} repository
 * @param {Record<string, unknown>} content what serve-hub.mjs is to serve
 */
export async function startHub(repository, content) {
  const script = join(import.meta.dirname, 'serve-hub.mjs');
  const child = spawn(process.execPath, [script, repository, JSON.stringify(content)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const url = await new Promise((resolve) => child.stdout.once('data', (data) => resolve(String(data).trim())));
  return { url, stop: () => child.kill() };
}
