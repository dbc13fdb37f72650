import type { StageReport } from '../../core/index.js';
import {
  formatBytes,
  formatDuration,
  formatSpace,
  type DiskRoom,
  type ExpectedTime,
  type RunPlan,
} from '../../run/index.js';
import type { Paint } from '../screen/style.js';
import { padEnd, safeLine, safeText, widthOf } from '../screen/text.js';

/** What a machine has, beside what a plan needs. */
export interface Room {
  readonly disk: number | undefined;
  /** What is written where, with the room that is there. */
  readonly places: readonly DiskRoom[];
  readonly memory: number;
  readonly threads: number;
  /** How long this machine's last run makes one expect. */
  readonly time?: ExpectedTime | undefined;
}

/** A plan for people: one line a stage, then what it needs. */
export function planText(
  plan: RunPlan,
  room: Room,
  options: { readonly tensors: boolean; readonly paint: Paint },
): string {
  const width = Math.max(8, ...plan.stages.map(({ stage }) => widthOf(stage)));
  const { paint } = options;
  const lines = [paint('strong', safeLine(plan.name))];
  for (const [index, report] of plan.stages.entries()) {
    const repeated = plan.stages[index - 1]?.stage === report.stage;
    lines.push(`  ${padEnd(repeated ? '' : safeLine(report.stage), width)}  ${reportText(report)}`);
    const details = report.details ?? [];
    if (options.tensors) lines.push(...details.map((detail) => `  ${' '.repeat(width)}    ${safeLine(detail)}`));
  }
  lines.push(`  ${padEnd('needs', width)}  ${needsText(plan, room)}`);
  const { time } = room;
  if (time !== undefined) lines.push(`  ${padEnd('time', width)}  ${timeText(time)}`);
  for (const warning of plan.warnings) lines.push(`${paint('warn', '!')} ${safeText(warning)}`);
  return lines.join('\n');
}

function timeText({ durationMs, run, isSame }: ExpectedTime): string {
  if (durationMs === 0) return 'next to none: there is nothing to do';
  return `about ${formatDuration(durationMs)}, ${isSame ? 'by its last run here' : 'at the speed of the last run here'} (${safeLine(run)})`;
}

function reportText(report: StageReport): string {
  const sizes = [
    report.bytesIn === undefined ? '' : `${formatBytes(report.bytesIn)} in`,
    report.bytesOut === undefined ? '' : `${formatBytes(report.bytesOut)} out`,
  ].filter((size) => size !== '');
  return [safeLine(report.summary), ...sizes].join('   ');
}

function needsText({ needs }: RunPlan, room: Room): string {
  const have = (free: number | undefined): string => (free === undefined ? '' : ` (have ${formatSpace(free)})`);
  const isHome = room.places.length === 1 && room.places[0]?.isHome === true;
  const disk =
    isHome || room.places.length === 0
      ? `disk ${formatSpace(needs.disk)}${have(room.disk)}`
      : room.places
          .map(({ place, needed, free }) => `disk ${formatSpace(needed)} in ${safeLine(place)}${have(free)}`)
          .join(', ');
  const memory =
    needs.memory === 0
      ? `at most ${formatSpace(room.memory)} of buffers`
      : `memory ${formatSpace(needs.memory)} (limit ${formatSpace(room.memory)})`;
  return [needs.disk === 0 ? 'no disk' : disk, memory, `${room.threads} thread${room.threads === 1 ? '' : 's'}`].join(
    ', ',
  );
}
