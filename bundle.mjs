// Joins the compiled modules into a few files: a command loads a dozen of them instead of hundreds, which takes a quarter
// off the time that it needs to start. Dependencies stay what they are, and all entries share one copy of every module.
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'rolldown';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';

const dist = join(import.meta.dirname, 'dist');
const isDependency = (id) => /^[@#\w]/.test(id) && !/^[a-z]:[\\/]/i.test(id);

await build({
  input: {
    index: join(dist, 'src/index.js'),
    'testing/index': join(dist, 'src/testing/index.js'),
    'cli/main': join(dist, 'src/cli/main.js'),
  },
  platform: 'node',
  external: isDependency,
  output: {
    dir: join(dist, 'lib'),
    cleanDir: true,
    sourcemap: true,
    codeSplitting: { groups: [{ name: 'core', test: /[\\/]dist[\\/]src[\\/]core[\\/]/ }] },
    // In a folder beside the entries' folders: from a chunk, as from a module, an entry is at `../index.js`.
    chunkFileNames: 'shared/[name]-[hash].js',
  },
});

// Threads start with one file, too: those that encode wait for it while the first rows are there.
for (const name of ['encode', 'hash']) {
  await build({
    input: join(dist, `workers/${name}.js`),
    platform: 'node',
    external: isDependency,
    output: { file: join(dist, `workers/threads/${name}.js`), format: 'esm' },
  });
}

// npm makes a command executable when it installs it, and links to this very file: after another build the link would
// lead to a file that may not be run.
await chmod(join(dist, 'lib/cli/main.js'), 0o755);

// The declarations of each entry in one file, so that a package holds what its users see and no more.
const declarations = await rollup({
  input: { index: join(dist, 'src/index.d.ts'), 'testing/index': join(dist, 'src/testing/index.d.ts') },
  external: isDependency,
  plugins: [dts()],
});
await declarations.write({
  dir: join(dist, 'lib'),
  entryFileNames: '[name].d.ts',
  chunkFileNames: 'shared/[name]-[hash].d.ts',
});
