import { pushWorkload } from './push-workload.js';

// The process that gets killed and stopped: pushes one workload to an address and says how it went by its exit code. Its
// clock may be wrong, and jump while it works.
const [address = '', seed = '0', store = '', jump = '0'] = process.argv.slice(2);
const clock = Date.now.bind(Date);
let ahead = Number(jump);
Date.now = () => clock() + ahead;
if (ahead !== 0) setInterval(() => (ahead = -ahead), 40).unref();
process.stdout.write('ready\n');
try {
  await pushWorkload(address, Number(seed), { store: store === '' ? undefined : store });
} catch (error) {
  process.stderr.write(
    `${String((error as { code?: unknown }).code)} ${String(error)} ${JSON.stringify((error as { details?: unknown }).details)}\n`,
  );
  process.exitCode = 6;
}
