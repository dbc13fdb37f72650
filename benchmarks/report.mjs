// The page of what was measured: docs/performance.md, its data and pictures beside it, and the figures that README quotes.
//   node benchmarks/report.mjs             writes them from benchmarks/results
//   node benchmarks/report.mjs --check     says whether page and README are what the data say
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const data = join(root, 'docs/performance/figures.json');
const page = join(root, 'docs/performance.md');
const readme = join(root, 'README.md');
const BLOCK = /(<!-- figures of docs\/performance\.md -->\n)([\s\S]*?)(<!-- end of figures -->)/;
const SECONDS = ['start', 'limits', 'convert', 'transfer'];
const TITLES = {
  start: 'Starting',
  limits: 'What the machine can do at best',
  convert: 'Converting and quantizing whole files',
  transfer: 'Pushing, copying and pulling',
};

if (process.argv.includes('--check')) {
  process.exitCode = check();
} else {
  write();
}

function write() {
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(join(root, 'docs/performance'), { recursive: true });
  const results = {};
  for (const file of existsSync(folder) ? readdirSync(folder) : []) {
    if (file.endsWith('.svg')) copyFileSync(join(folder, file), join(root, 'docs/performance', file));
    if (!file.endsWith('.json')) continue;
    const result = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    // When each was measured: not all of them are repeated every time.
    const date = statSync(join(folder, file)).mtime.toISOString().slice(0, 10);
    results[result.benchmark] = { date, ...result };
  }
  const figures = { results };
  writeFileSync(data, `${JSON.stringify(figures, null, 2)}\n`);
  writeFileSync(page, pageOf(figures));
  const text = readFileSync(readme, 'utf8');
  writeFileSync(
    readme,
    text.replace(BLOCK, (_all, begin, _old, end) => `${begin}${quotes(figures)}${end}`),
  );
  console.log('written: docs/performance.md, docs/performance/, the figures in README.md');
}

/** Without data nothing may be quoted. */
function check() {
  const figures = existsSync(data) ? JSON.parse(readFileSync(data, 'utf8')) : undefined;
  const [, , quoted] = BLOCK.exec(readFileSync(readme, 'utf8')) ?? [];
  const expected = figures === undefined ? '' : quotes(figures);
  if (quoted?.trim() !== expected.trim()) {
    console.error(`README quotes other figures than docs/performance has:\n${quoted}\nexpected\n${expected}`);
    return 1;
  }
  if (figures !== undefined && readFileSync(page, 'utf8') !== pageOf(figures)) {
    console.error('docs/performance.md is not what its data say: node benchmarks/report.mjs');
    return 1;
  }
  return 0;
}

function pageOf({ results }) {
  const [first] = Object.values(results);
  const { cpu, cores, memoryGiB, node, platform } = first?.machine ?? {};
  const parts = [
    '# Performance',
    '',
    `Measured on ${datesOf(results)}: ${cpu}, ${cores} cores, ${memoryGiB} GiB, ${platform}, Node ${node}. Medians of runs in turn (A B A B …).`,
    'To repeat it: `npm run bench` (`benchmarks/all.mjs` names the options for the peers).',
  ];
  if (results.fetched !== undefined) parts.push(...fetchedPart(results.fetched));
  if (results.quantize !== undefined) parts.push(...quantizePart(results.quantize));
  if (results.shaped !== undefined) parts.push(...shapedPart(results.shaped));
  if (results.trust !== undefined) parts.push(...trustPart(results.trust));
  for (const name of SECONDS) if (results[name] !== undefined) parts.push(...secondsPart(name, results[name]));
  return `${parts.join('\n')}\n`;
}

/** A day, or the first and the last one. */
function datesOf(results) {
  const dates = Object.values(results)
    .map(({ date }) => date)
    .toSorted((a, b) => a.localeCompare(b));
  const [first, last] = [dates[0], dates.at(-1)];
  return first === last ? first : `${first} to ${last}`;
}

function table(head, rows) {
  return [
    '',
    `| ${head.join(' | ')} |`,
    `| ${head.map(() => '---').join(' | ')} |`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ];
}

function fetchedPart({ rows }) {
  return [
    '',
    '## What is fetched: Hub to registry through Q4_K_M, without a store',
    ...table(
      ['repository', 'size', 'fetched', 'requests', 'ratio', 'limit'],
      rows.map(({ name, size, fetched, requests, ratio }) => [
        name,
        size,
        fetched,
        requests,
        ratio.toFixed(3),
        '1.000',
      ]),
    ),
  ];
}

function quantizePart({ rows, rounds, peer }) {
  return [
    '',
    `## Kernels, one thread, processor time (${rounds} rounds, peer: ${peer ?? 'none'})`,
    '',
    '![million weights a second](performance/quantize.svg)',
    ...table(
      ['type', 'ours, M/s', 'ggml, M/s', 'ratio', 'bytes equal'],
      rows.map(({ name, ours, theirs, equal }) => [
        name,
        ours.toFixed(1),
        theirs?.toFixed(1) ?? '-',
        theirs === undefined ? '-' : (ours / theirs).toFixed(2),
        equal === undefined ? '-' : equal ? 'yes' : 'no',
      ]),
    ),
  ];
}

function shapedPart({ weights, rows }) {
  return [
    '',
    `## From a Hub through Q4_K_M to a registry over lines of a given width (${Math.round(weights / 2 ** 20)} MiB of BF16)`,
    '',
    'The limit is the slower line, or the run without lines, whichever takes longer.',
    ...table(
      ['line', 'seconds', 'limit', 'ratio', 'the run says it was held up by'],
      rows.map(({ name, seconds, limit, by }) => [
        name,
        seconds.toFixed(2),
        limit.toFixed(2),
        (seconds / limit).toFixed(2),
        by,
      ]),
    ),
  ];
}

/** Bytes that are moved, beside what there is: of the source that a push fetches, of the files that a comparison reads. */
function trustPart({ rows }) {
  return [
    '',
    '## What signing, rebuilding by sample and comparing cost',
    ...table(
      ['what', 'seconds', 'bytes', 'read or fetched'],
      rows.map(({ name, seconds, size, fetched, read }) => [name, seconds.toFixed(2), size, fetched ?? read]),
    ),
  ];
}

function secondsPart(name, { rows }) {
  return [
    '',
    `## ${TITLES[name]}`,
    '',
    `![seconds](performance/${name}.svg)`,
    ...table(
      ['what', 'median, s', 'from', 'to', 'peak memory', 'limit'],
      rows.map((row) => [
        row.name,
        row.seconds.toFixed(2),
        row.min.toFixed(2),
        row.max.toFixed(2),
        row.peak === undefined ? '-' : `${(row.peak / 2 ** 20).toFixed(0)} MiB`,
        row.limit === undefined ? '-' : `${row.limit.seconds.toFixed(2)} s (${row.limit.name})`,
      ]),
    ),
  ];
}

/** The few figures that README quotes. */
function quotes({ results }) {
  const lines = [];
  const worst = Math.max(0, ...(results.fetched?.rows ?? []).map(({ ratio }) => ratio));
  if (worst > 0) lines.push(`- Hub to registry without a store fetches ${worst.toFixed(3)} times the repository.`);
  const compared = (results.quantize?.rows ?? []).filter(({ theirs }) => theirs !== undefined);
  for (const type of ['Q4_K', 'Q6_K']) {
    const row = compared.find(({ name }) => name === type);
    if (row !== undefined)
      lines.push(`- ${type}: ${(row.ours / row.theirs).toFixed(1)} times ggml's speed on one core, the same bytes.`);
  }
  const version = results.start?.rows.find(({ name }) => name === 'pipeline --version');
  if (version !== undefined) lines.push(`- \`pipeline --version\` takes ${(version.seconds * 1000).toFixed(0)} ms.`);
  return lines.length === 0
    ? ''
    : `Measured on ${datesOf(results)}, [docs/performance.md](docs/performance.md):\n\n${lines.join('\n')}\n`;
}
