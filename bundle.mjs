// Joins the compiled modules into a few files: a command loads a dozen of them instead of hundreds, which takes a quarter
// off the time that it needs to start. Dependencies stay what they are, and all entries share one copy of every module.
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'rolldown';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';

const dist = join(import.meta.dirname, 'dist');
const isDependency = (id) => /^[@#\w]/.test(id) && !/^[a-z]:[\\/]/i.test(id);

const CORE = { name: 'core', test: /[\\/]dist[\\/]src[\\/]core[\\/]/ };

/** Bundles the entries; `groups`: modules that are to lie in one file together. */
async function bundle(groups, write) {
  return build({
    input: {
      index: join(dist, 'src/index.js'),
      'testing/index': join(dist, 'src/testing/index.js'),
      'cli/main': join(dist, 'src/cli/main.js'),
    },
    platform: 'node',
    external: isDependency,
    write,
    output: {
      dir: join(dist, 'lib'),
      cleanDir: write,
      sourcemap: write,
      codeSplitting: { groups },
      // In a folder beside the entries' folders: from a chunk, as from a module, an entry is at `../index.js`.
      chunkFileNames: 'shared/[name]-[hash].js',
    },
  });
}

/** The chunks that are loaded with the one that holds a module of the command line. */
function loadedWith(chunks, module) {
  const whole = join(dist, 'src/cli', module);
  const found = new Set(chunks.filter(({ moduleIds }) => moduleIds.includes(whole)));
  for (const chunk of found) for (const other of chunks) if (chunk.imports.includes(other.fileName)) found.add(other);
  return found;
}

/**
 * The modules that every command loads which moves something, and that no other needs at once: in one file they are opened and compiled
 * sooner than in fifty. Which they are, and which of their parts, is known when all was bundled once.
 */
async function movingModules() {
  const { output } = await bundle([CORE], false);
  const chunks = output.filter(({ type }) => type === 'chunk');
  const [copying, pulling, pushing, session] = ['copy', 'pull', 'push']
    .map((command) => `commands/${command}.js`)
    .concat('session/session.js')
    .map((module) => loadedWith(chunks, module));
  const always = new Set(['main.js', 'program/program.js'].flatMap((module) => [...loadedWith(chunks, module)]));
  const moving = [...copying].filter((chunk) => pulling.has(chunk) && pushing.has(chunk)).concat(...session);
  return new Set(moving.filter((chunk) => !always.has(chunk)).flatMap(({ moduleIds }) => moduleIds));
}

const moving = await movingModules();
await bundle([CORE, { name: 'moving', test: (id) => moving.has(id) }], true);

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
