// What limits a conversion from file to file: reading, hashing what was read, writing, and both at once. Measured in the same
// run as what is compared with it.
import { rmSync } from 'node:fs';
import { measure } from './harness.mjs';

/** Cases over one file, each of which uses one resource of the machine as far as it goes. */
export function resourceCases(file, copy) {
  const before = () => rmSync(copy, { force: true });
  const shell = (name, command) => ({ name, before, run: () => measure(['sh', '-c', command]) });
  return [
    shell('cat', `cat '${file}' > /dev/null`),
    shell('cat to a file', `cat '${file}' > '${copy}'`),
    shell('dd past the cache, synced', `dd if='${file}' of='${copy}' bs=8M oflag=direct conv=fsync status=none`),
    shell('openssl dgst -sha256', `openssl dgst -sha256 '${file}'`),
    shell('cat and openssl side by side', `openssl dgst -sha256 '${file}' & cat '${file}' > '${copy}'; wait`),
  ];
}

/** The slowest of them: no way from file to file that is durable and knows its digest is quicker. */
export function slowest(rows) {
  return rows.reduce((limit, row) => (row.seconds > limit.seconds ? row : limit));
}
