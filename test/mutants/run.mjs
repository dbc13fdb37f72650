// Changes one fact of the sources at a time and asks the named tests whether they notice. By hand:
//
//     node test/mutants/run.mjs [PART-OF-A-FILE-OR-NUMBER]...
//
// The sources are changed in a copy, never here. A mutant that survives is a promise that no test holds: the exit code is 1.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MUTANTS } from './table.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const COPIED = ['src', 'test', 'workers', 'native', 'package.json', 'tsconfig.json', 'vitest.config.ts', 'docs'];
const LINKED = ['node_modules', 'dist'];

const wanted = process.argv.slice(2);
const chosen = MUTANTS.map((mutant, index) => ({ ...mutant, number: index + 1 })).filter(
  ({ file, number }) => wanted.length === 0 || wanted.some((word) => file.includes(word) || String(number) === word),
);

const scratch = mkdtempSync(join(tmpdir(), 'slipway-mutants-'));
for (const name of COPIED) cpSync(join(ROOT, name), join(scratch, name), { recursive: true });
for (const name of LINKED) symlinkSync(join(ROOT, name), join(scratch, name));

/** True when the tests fail. `hangs` counts: what never ends is noticed, too. */
function isKilled({ tests, only }) {
  const filter = only === undefined ? [] : ['-t', only];
  const { status } = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--bail', '1', '--reporter=dot', ...filter, ...tests],
    { cwd: scratch, stdio: 'ignore', timeout: 600_000 },
  );
  return status !== 0;
}

const survivors = [];
const started = Date.now();
try {
  // A test that fails by itself kills everything.
  const tests = [...new Set(chosen.flatMap((mutant) => mutant.tests))];
  if (isKilled({ tests })) throw new Error(`the tests fail without a mutant: ${tests.join(' ')}`);
  for (const mutant of chosen) {
    const { number, file, from, to, promise } = mutant;
    const path = join(scratch, file);
    const text = readFileSync(path, 'utf8');
    if (text.split(from).length !== 2) {
      survivors.push(mutant);
      console.log(`STALE     ${number}  ${file}: the line is there ${text.split(from).length - 1} times: ${from}`);
      continue;
    }
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
    const killed = isKilled(mutant);
    writeFileSync(path, text);
    if (!killed) survivors.push(mutant);
    console.log(`${killed ? 'killed  ' : 'SURVIVED'}  ${number}  ${file}: ${promise}`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(
  `${chosen.length - survivors.length} of ${chosen.length} killed in ${Math.round((Date.now() - started) / 1000)} s`,
);
process.exitCode = survivors.length === 0 ? 0 : 1;
