// Draws docs/quickstart.svg: what `npm run quickstart` prints, as a terminal shows it. Run it after `npm run build`.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const LINE = 18;
const MARGIN = 16;
const WIDTH = 860;

// As on a fresh clone: a second run finds everything there and sends nothing.
rmSync(join(ROOT, '.quickstart'), { recursive: true, force: true });
const { stdout, stderr, status } = spawnSync('node', [join(ROOT, 'examples/quickstart.mjs')], {
  cwd: ROOT,
  encoding: 'utf8',
  env: { ...process.env, NO_COLOR: '1' },
});
if (status !== 0) throw new Error(`the quickstart failed:\n${stderr}`);

// stderr is the story, stdout the result; the addresses of the local Hub and the run change every time.
const [run = ''] = stderr.split('\nThe model is in');
const story = run.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('done in'));
const result = stdout.split('\n').filter((line) => line.startsWith('layout:'));
const lines = ['$ npm run quickstart', ...story, ...result].map((line) =>
  line
    .replace(/\s+\(Hub: .*\)$/, '')
    .replace(/@sha256:([0-9a-f]{12})[0-9a-f]{52}/, '@sha256:$1…')
    .slice(0, 104),
);

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const STYLES = [
  [/^\$/, 'command'],
  [/^layout:/, 'result'],
  [/^\S+ (?:ok|done|ready)\b/, 'good'],
];
const drawn = lines.map((line, index) => {
  const style = STYLES.find(([pattern]) => pattern.test(line))?.[1] ?? 'plain';
  return `<text class="${style}" x="${MARGIN}" y="${44 + index * LINE}" xml:space="preserve">${escaped(line)}</text>`;
});
const height = 44 + lines.length * LINE;
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="What npm run quickstart prints">
<style>
text { font: 12.5px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #c9d1d9 }
.command { fill: #ffffff } .good { fill: #7ee787 } .result { fill: #79c0ff }
</style>
<rect width="${WIDTH}" height="${height}" rx="8" fill="#0d1117"/>
<circle cx="20" cy="16" r="5" fill="#ff5f57"/><circle cx="38" cy="16" r="5" fill="#febc2e"/><circle cx="56" cy="16" r="5" fill="#28c840"/>
${drawn.join('\n')}
</svg>
`;
writeFileSync(join(ROOT, 'docs/quickstart.svg'), svg);
console.log(`docs/quickstart.svg: ${lines.length} lines`);
