import type { RunEvent, StageReport } from '../../core/index.js';
import { WireBytes } from '../../run/index.js';

/** One file or blob on its way. */
export interface ItemProgress {
  readonly name: string;
  done: number;
  readonly total: number | null;
  readonly startedAt: number;
}

/** A stage as a display shows it. Times are milliseconds of the events' clock, sizes bytes. */
export interface StageProgress {
  readonly name: string;
  state: 'waiting' | 'running' | 'done' | 'failed';
  startedAt: number;
  /** Of its last event. */
  activeAt: number;
  endedAt: number | undefined;
  /** Bytes of finished and skipped items. */
  settled: number;
  total: number | null;
  finished: number;
  skipped: number;
  /** Bytes that its items have really moved; `undefined` for a stage without items. */
  moved: number | undefined;
  tensors: number;
  tensorBytes: number;
  summary: string | undefined;
  readonly active: Map<string, ItemProgress>;
  /** `[time, bytes done]` of the last seconds, oldest first. */
  readonly samples: [number, number][];
}

/** Rates are those of the last five seconds. */
const WINDOW_MS = 5000;
/** A stage slower than this share of the fastest one is not working but waiting. */
const WAITING_SHARE = 0.05;
/** Longer than this is no estimate. */
const LONGEST_ESTIMATE_MS = 100 * 3_600_000;
/** No rate and no time left before there is this much to judge by. */
const WARM_UP_MS = 1000;

/** What a run's events add up to: the state that every display draws. */
export class Progress {
  readonly #wire = new WireBytes();
  readonly stages: StageProgress[] = [];
  name = '';
  startedAt = 0;
  now = 0;
  plan: readonly StageReport[] = [];
  ended: { readonly ok: boolean; readonly durationMs: number } | undefined;

  /** Takes the next event. */
  apply(event: RunEvent): void {
    this.now = Math.max(this.now, Date.parse(event.ts));
    if (event.type === 'run.start') {
      this.name = event.name;
      this.startedAt = this.now;
    } else if (event.type === 'plan') {
      this.plan = event.stages;
      this.#applyPlan(event.stages);
    } else if (event.type === 'run.end') {
      this.ended = { ok: event.ok, durationMs: event.durationMs };
    } else if ('stage' in event && (event.type !== 'retry' || this.#known(event.stage) !== undefined)) {
      this.#applyStage(this.#stage(event.stage), event);
    }
  }

  /** Share of all bytes that are known to move, 0 to 1. */
  share(): number {
    const counted = this.stages.filter(({ total }) => total !== null && total > 0);
    const total = counted.reduce((sum, stage) => sum + (stage.total ?? 0), 0);
    const done = counted.reduce((sum, stage) => sum + Math.min(doneBytes(stage), stage.total ?? 0), 0);
    return total === 0 ? 0 : done / total;
  }

  /**
   * The running stage with the most time left: the one that the others wait for. Stages that hardly move beside a fast
   * one wait themselves and do not count.
   */
  bottleneck(): StageProgress | undefined {
    const moving = this.stages
      .filter(({ state }) => state === 'running')
      .map((stage) => ({ stage, rate: rateOf(stage, this.now) ?? 0 }));
    if (moving.length < 2) return undefined;
    const fastest = Math.max(...moving.map(({ rate }) => rate));
    const running = moving.flatMap(({ stage, rate }) => (rate >= fastest * WAITING_SHARE ? [stage] : []));
    let slowest: StageProgress | undefined;
    for (const stage of running) {
      if ((timeLeft(stage, this.now) ?? 0) > (slowest === undefined ? 0 : (timeLeft(slowest, this.now) ?? 0)))
        slowest = stage;
    }
    return slowest;
  }

  #applyPlan(reports: readonly StageReport[]): void {
    for (const report of reports) {
      const stage = this.#stage(report.stage);
      const bytes = report.bytesOut ?? report.bytesIn;
      if (bytes !== undefined) stage.total = (stage.total ?? 0) + bytes;
    }
  }

  /**
   * A plan may name steps that are no stages of their own (the quantizing inside convert). Stages start in order, so a
   * planned name that one after it overtakes is such a step: its bytes are those of the stage before it.
   */
  #dropOvertaken(started: StageProgress): void {
    const before = this.stages.slice(0, this.stages.indexOf(started));
    for (const stage of before.filter(({ state }) => state === 'waiting')) {
      const index = this.stages.indexOf(stage);
      const owner = this.stages[index - 1];
      if (owner !== undefined && stage.total !== null) owner.total = stage.total;
      this.stages.splice(index, 1);
    }
  }

  #known(name: string): StageProgress | undefined {
    return this.stages.find((stage) => stage.name === name);
  }

  #stage(name: string): StageProgress {
    const known = this.#known(name);
    if (known !== undefined) return known;
    const fresh: StageProgress = {
      name,
      state: 'waiting',
      startedAt: this.now,
      activeAt: this.now,
      endedAt: undefined,
      settled: 0,
      total: null,
      finished: 0,
      skipped: 0,
      moved: undefined,
      tensors: 0,
      tensorBytes: 0,
      summary: undefined,
      active: new Map(),
      samples: [],
    };
    this.stages.push(fresh);
    return fresh;
  }

  #applyStage(stage: StageProgress, event: Extract<RunEvent, { stage: string }>): void {
    if (event.type === 'stage.end') {
      stage.state = event.ok ? 'done' : 'failed';
      stage.endedAt = stage.startedAt + event.durationMs;
      stage.summary = event.summary;
      stage.active.clear();
      return;
    }
    if (stage.state === 'waiting') {
      stage.state = 'running';
      stage.startedAt = this.now;
      this.#dropOvertaken(stage);
    }
    stage.activeAt = this.now;
    if (event.type.startsWith('item.')) stage.moved = (stage.moved ?? 0) + this.#wire.add(event);
    if (event.type === 'stage.start') stage.total = event.total ?? stage.total;
    else if (event.type === 'tensor') {
      stage.tensors += 1;
      stage.tensorBytes += event.size;
    } else if (event.type !== 'retry' && event.type !== 'change') applyItem(stage, event, this.now);
    sample(stage, this.now);
  }
}

type ItemEvent = Extract<RunEvent, { type: `item.${string}` }>;

function applyItem(stage: StageProgress, event: ItemEvent, now: number): void {
  switch (event.type) {
    case 'item.start':
      stage.active.set(event.id, { name: event.name, done: 0, total: event.total, startedAt: now });
      return;
    case 'item.progress': {
      const item = stage.active.get(event.id);
      if (item !== undefined) item.done = event.done;
      return;
    }
    case 'item.reset': {
      const item = stage.active.get(event.id);
      if (item !== undefined) item.done = event.to;
      stage.samples.length = 0;
      return;
    }
    case 'item.resume': {
      const item = stage.active.get(event.id);
      if (item !== undefined) item.done = event.done;
      stage.samples.length = 0;
      return;
    }
    case 'item.skip':
      stage.active.delete(event.id);
      stage.skipped += 1;
      stage.settled += event.total ?? 0;
      return;
    case 'item.end':
      stage.active.delete(event.id);
      stage.finished += 1;
      stage.settled += event.size;
  }
}

function sample(stage: StageProgress, now: number): void {
  const { samples } = stage;
  const last = samples.at(-1);
  const done = doneBytes(stage);
  if (last !== undefined && now - last[0] < 100) last[1] = done;
  else samples.push([now, done]);
  while (samples.length > 2 && now - (samples[0]?.[0] ?? now) > WINDOW_MS) samples.shift();
}

/** Bytes that have passed a stage: those of its items, or of its tensors when it has no items. */
export function doneBytes(stage: StageProgress): number {
  let done = stage.settled;
  for (const item of stage.active.values()) done += item.done;
  return done === 0 ? stage.tensorBytes : done;
}

/** Bytes that a stage has really read or sent, for what is said of it at its end. */
export function movedBytes(stage: StageProgress): number {
  return stage.moved ?? stage.tensorBytes;
}

/** Bytes a second over the last five seconds. */
export function rateOf(stage: StageProgress, now: number): number | undefined {
  const first = stage.samples[0];
  const last = stage.samples.at(-1);
  if (first === undefined || last === undefined || now - stage.startedAt < WARM_UP_MS) return undefined;
  const elapsed = now - first[0];
  return elapsed < WARM_UP_MS / 2 ? undefined : Math.max(0, ((last[1] - first[1]) / elapsed) * 1000);
}

/** Milliseconds until a running stage is through at its present rate. */
export function timeLeft(stage: StageProgress, now: number): number | undefined {
  const rate = rateOf(stage, now);
  if (stage.total === null || rate === undefined || rate <= 0 || now - stage.startedAt < 3 * WARM_UP_MS)
    return undefined;
  const left = Math.max(0, ((stage.total - doneBytes(stage)) / rate) * 1000);
  return left > LONGEST_ESTIMATE_MS ? undefined : left;
}
