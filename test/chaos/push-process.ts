import { openTarget, pushArtifacts } from '../../src/registry/index.js';
import { workload } from './workload.js';

// The process that gets killed: pushes one workload to an address and says how it went by its exit code.
const [address = '', seed = '0'] = process.argv.slice(2);
const { target } = openTarget(address, {
  retryDelayMs: 2,
  uploads: { chunkSize: 200_000 },
  credentials: async () => ({ kind: 'basic', username: 'user', password: 'password', origin: 'chaos' }),
});
process.stdout.write('ready\n');
try {
  await pushArtifacts(target, workload(Number(seed)), { tags: ({ format }) => [format, `${format}-latest`] });
} catch (error) {
  process.stderr.write(
    `${String((error as { code?: unknown }).code)} ${String(error)} ${JSON.stringify((error as { details?: unknown }).details)}\n`,
  );
  process.exitCode = 6;
}
