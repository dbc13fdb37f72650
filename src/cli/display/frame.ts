import { countText } from '../../core/index.js';
import { formatBytes, formatDuration, formatRate } from '../../run/index.js';
import type { Marks, Paint } from '../screen/style.js';
import { padEnd, padStart, safeLine, shorten, widthOf } from '../screen/text.js';
import { doneBytes, movedBytes, rateOf, timeLeft, type Progress, type StageProgress } from './progress.js';

/** The size and the alphabet of a frame. */
export interface FrameOptions {
  readonly columns: number;
  readonly rows: number;
  readonly paint: Paint;
  readonly marks: Marks;
  /** Counts frames: turns the spinner. */
  readonly tick: number;
}

/** Active items shown below one stage. */
const ITEM_LINES = 3;
/** Wider bars say no more. */
const BAR_LIMIT = 30;

/** The live region: every stage, the slowest items, and who waits for whom. At most `rows - 2` lines. */
export function drawFrame(progress: Progress, options: FrameOptions): string[] {
  const nameWidth = Math.min(14, Math.max(8, ...progress.stages.map(({ name }) => widthOf(name))));
  const bottleneck = progress.bottleneck();
  const stageLines = progress.stages.map((stage) => stageLine(stage, progress, bottleneck, nameWidth, options));
  const room = Math.max(0, options.rows - 3 - stageLines.length);
  const items = room === 0 ? new Map<StageProgress, string[]>() : itemLines(progress, room, options);
  const lines = progress.stages.flatMap((stage, index) => [stageLines[index] ?? '', ...(items.get(stage) ?? [])]);
  const visible = lines.slice(Math.max(0, lines.length - (options.rows - 3)));
  return [...visible, footer(progress, bottleneck, options)];
}

/** The last frame: one line a stage. It stays. */
export function drawSummary(progress: Progress, options: FrameOptions): string[] {
  const nameWidth = Math.min(14, Math.max(8, ...progress.stages.map(({ name }) => widthOf(name))));
  return progress.stages.map((stage) => endedLine(stage, nameWidth, options));
}

function stageLine(
  stage: StageProgress,
  progress: Progress,
  bottleneck: StageProgress | undefined,
  nameWidth: number,
  options: FrameOptions,
): string {
  if (stage.state === 'done' || stage.state === 'failed') return endedLine(stage, nameWidth, options);
  const { paint, marks } = options;
  if (isThrough(stage, progress))
    return endedLine({ ...stage, state: 'done', endedAt: stage.activeAt }, nameWidth, options);
  const name = padEnd(shorten(safeLine(stage.name), nameWidth), nameWidth);
  if (stage.state === 'waiting') return paint('dim', `  ${name}  waiting`);
  const spinner = paint('accent', marks.spinner[options.tick % marks.spinner.length] ?? '');
  const waits = waitsFor(stage, progress, bottleneck);
  const room = options.columns - nameWidth - 5;
  return `${spinner} ${paint('strong', name)}  ${runningFields(stage, progress.now, waits, room, options)}`;
}

/** A stage that only arranges things (pack) is through when a later one has begun and it has nothing on its way. */
function isThrough(stage: StageProgress, progress: Progress): boolean {
  const later = progress.stages.slice(progress.stages.indexOf(stage) + 1);
  const idle = stage.active.size === 0 && (stage.total === null || doneBytes(stage) >= stage.total);
  return stage.state === 'running' && idle && later.some(({ state }) => state !== 'waiting');
}

/** Bar, percentage, bytes, rate and time left: as many of them as fit, in this order of importance. */
function runningFields(
  stage: StageProgress,
  now: number,
  waits: string | undefined,
  room: number,
  { paint, marks }: FrameOptions,
): string {
  const done = doneBytes(stage);
  const rate = rateOf(stage, now);
  const left = timeLeft(stage, now);
  const share = stage.total === null || stage.total === 0 ? undefined : Math.min(1, done / stage.total);
  const wanted: [field: string, priority: number][] = [
    [share === undefined ? '' : padStart(`${Math.floor(share * 100)} %`, 5), 0],
    [padStart(amount(stage, done), 17), 2],
    [padStart(rate === undefined || waits !== undefined ? '' : formatRate(rate), 9), 1],
    [left === undefined || waits !== undefined ? '' : padStart(`${formatDuration(left)} left`, 13), 3],
    [waits === undefined ? '' : `${marks.waiting} ${waits}`, 1],
  ];
  const chosen = new Set<number>();
  let used = share === undefined ? 0 : 8;
  for (const [index, [field]] of [...wanted.entries()].sort(([, a], [, b]) => a[1] - b[1])) {
    const width = widthOf(field) + 2;
    if (field.trim() === '' || used + width > room) continue;
    chosen.add(index);
    used += width;
  }
  const fields = wanted.flatMap(([field], index) =>
    chosen.has(index) ? [index === 4 ? paint('warn', field) : field] : [],
  );
  if (share === undefined) return fields.join('  ').trimStart();
  const barWidth = Math.max(4, Math.min(BAR_LIMIT, 8 + room - used));
  return [bar(share, barWidth, marks, paint), ...fields].join('  ');
}

function amount(stage: StageProgress, done: number): string {
  if (stage.total === null)
    return done === 0 && stage.tensors > 0 ? countText(stage.tensors, 'tensor') : formatBytes(done);
  const [total, unit] = formatBytes(stage.total).split(' ');
  const [number, doneUnit] = formatBytes(done).split(' ');
  return doneUnit === unit ? `${number} / ${total} ${unit}` : `${number} ${doneUnit} / ${total} ${unit}`;
}

function bar(share: number, width: number, marks: Marks, paint: Paint): string {
  const halves = Math.floor(share * width * 2);
  const whole = Math.floor(halves / 2);
  const half = halves % 2;
  const filled = marks.full.repeat(whole) + marks.half.repeat(half);
  const empty = marks.empty.repeat(width - whole - half);
  return paint('accent', filled) + paint('dim', empty);
}

/** A stage that has stood still for seconds while another one is the bottleneck. */
function waitsFor(stage: StageProgress, progress: Progress, bottleneck: StageProgress | undefined): string | undefined {
  if (bottleneck === undefined || bottleneck === stage || (rateOf(stage, progress.now) ?? 0) > 0) return undefined;
  return `waiting for ${bottleneck.name}`;
}

function endedLine(stage: StageProgress, nameWidth: number, { paint, marks, columns }: FrameOptions): string {
  const good = stage.state === 'done';
  const mark = good ? paint('good', marks.done) : stage.state === 'failed' ? paint('bad', marks.failed) : ' ';
  const name = padEnd(shorten(safeLine(stage.name), nameWidth), nameWidth);
  const duration = (stage.endedAt ?? stage.activeAt) - stage.startedAt;
  const bytes = movedBytes(stage);
  const facts = [
    stage.state === 'waiting' ? 'not started' : '',
    bytes > 0 ? padStart(formatBytes(bytes), 8) : '',
    stage.state === 'waiting' ? '' : padStart(formatDuration(duration), 8),
    bytes > 0 && duration >= 1000 ? padStart(formatRate((bytes / duration) * 1000), 9) : '',
    countsOf(stage),
  ].filter((fact) => fact !== '');
  const room = Math.max(8, columns - nameWidth - 4);
  while (facts.length > 1 && widthOf(facts.join('  ')) > room) facts.pop();
  return `${mark} ${paint('strong', name)}  ${shorten(facts.join('  '), room)}`.trimEnd();
}

/** `338 tensors`, `9 files (1 cached)`, or what the stage itself says. */
export function countsOf(stage: StageProgress): string {
  if (stage.summary !== undefined) return safeLine(stage.summary);
  const files = stage.finished + stage.skipped;
  const skipped = stage.skipped > 0 ? ` (${stage.skipped} already there)` : '';
  if (stage.tensors > 0) return countText(stage.tensors, 'tensor');
  return files > 0 ? `${countText(files, 'file')}${skipped}` : '';
}

function itemLines(progress: Progress, room: number, options: FrameOptions): Map<StageProgress, string[]> {
  const lines = new Map<StageProgress, string[]>();
  let left = room;
  for (const stage of progress.stages) {
    if (stage.state !== 'running' || left <= 0) continue;
    const slowest = [...stage.active.values()]
      .sort((a, b) => itemShare(a) - itemShare(b) || a.startedAt - b.startedAt)
      .slice(0, Math.min(ITEM_LINES, left));
    const width = Math.max(10, options.columns - 26);
    lines.set(
      stage,
      slowest.map((item) => {
        const share = item.total === null || item.total === 0 ? '' : `${Math.floor(itemShare(item) * 100)} %`;
        const name = padEnd(shorten(safeLine(item.name), width), Math.min(width, 40));
        return options.paint('dim', `    ${name}  ${padStart(share, 5)}  ${formatBytes(item.done)}`);
      }),
    );
    left -= slowest.length;
  }
  return lines;
}

function itemShare(item: { readonly done: number; readonly total: number | null }): number {
  return item.total === null || item.total === 0 ? 0 : Math.min(1, item.done / item.total);
}

function footer(progress: Progress, bottleneck: StageProgress | undefined, { paint, columns }: FrameOptions): string {
  const elapsed = `elapsed ${formatDuration(progress.now - progress.startedAt)}`;
  const parts = progress.stages.length === 0 ? ['planning', elapsed] : [elapsed];
  if (bottleneck !== undefined) {
    const rate = rateOf(bottleneck, progress.now);
    parts.push(`bottleneck ${safeLine(bottleneck.name)}${rate === undefined ? '' : ` ${formatRate(rate)}`}`);
  }
  parts.push('Ctrl-C stops and keeps what is done');
  while (parts.length > 1 && widthOf(parts.join('   ')) > columns - 1) parts.pop();
  return paint('dim', shorten(parts.join('   '), columns - 1));
}
