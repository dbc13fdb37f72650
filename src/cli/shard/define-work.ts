import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { optionTable, SlipwayError, type RunContext } from '../../core/index.js';
import { formatBytes } from '../../run/index.js';
import {
  finishShards,
  runPart,
  type FinishResult,
  type PartResult,
  type ShardedModel,
  type ShardPlan,
} from '../../scale/index.js';
import { declareOptions } from '../options/declare-options.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { safeLine } from '../screen/text.js';
import type { Session } from '../session/session.js';
import { configOfPlan, readPlan, requireCurrent, withSharded } from './open-plan.js';

const CONFIG = optionTable({
  config: { kind: 'path', asGiven: true, help: 'the configuration, when it is not where it was' },
});
const INDEX = optionTable({
  index: { kind: 'count', least: 0, most: 1_000_000, help: 'which part; JOB_COMPLETION_INDEX unless given' },
  ...CONFIG,
});
const FINISH = optionTable({
  wait: { kind: 'duration', help: 'wait so long for parts that are not there yet: 24h' },
  ...CONFIG,
});
/** Between two looks for parts that are not there yet. */
const LOOK_MS = 10_000;

/** `shard run`. */
export function defineRun(shard: Command, start: Start): void {
  const command = shard
    .command('run')
    .summary('derive and push the files of one part')
    .description(
      'Derives the files of one part and pushes them. What is there already is left alone: it can be repeated at any time.\nRefused when the configuration, its source or this program would give another plan.',
    )
    .argument('<plan>', 'what shard plan wrote')
    .action(async (path: string) =>
      start(async (session) => {
        const { index, config } = (await read(session.path)).own;
        const plan = await readPlan(session, path);
        const part = index ?? indexFrom(session);
        const result = await runIndex(session, { path, plan, part, config });
        session.output.result({
          json: { ok: true, plan: plan.digest, ...result },
          text: result.files.map(({ path: file, digest, how }) => `${safeLine(file)}  ${digest}  ${how}`).join('\n'),
        });
      }),
    );
  const read = declareOptions(command, { own: INDEX });
  addExamples(command, 'pipeline shard run plan.json --index 3');
}

function indexFrom({ env }: Session): number {
  const text = env['JOB_COMPLETION_INDEX'];
  if (text !== undefined && /^\d{1,7}$/.test(text)) return Number(text);
  throw new SlipwayError('USAGE', "required option '--index <count>' not specified", {
    try: 'pipeline shard run plan.json --index 0',
  });
}

interface PartRequest {
  readonly path: string;
  readonly plan: ShardPlan;
  readonly part: number;
  readonly config?: string | undefined;
}

async function runIndex(session: Session, { path, plan, part, config: named }: PartRequest): Promise<PartResult> {
  const config = await configOfPlan(session, plan, path, named);
  const { output } = await withSharded(
    session,
    config,
    'shard run',
    `pipeline shard run ${path} --index ${part}`,
    async (sharded, context) => {
      await requireCurrent(sharded, plan, config);
      return runPart(sharded, plan, part, context);
    },
  );
  session.note(`part ${part}: ${output.files.length} files, ${formatBytes(output.read)} of the source read`);
  return output;
}

/** `shard finish`. */
export function defineFinish(shard: Command, start: Start): void {
  const command = shard
    .command('finish')
    .summary('push what names the files, when all are there')
    .description(
      'Proves that every file of the plan is in the registry, pushes manifests and indexes, moves the tags, and runs what follows.\nThe digests are those that one machine alone would give.',
    )
    .argument('<plan>', 'what shard plan wrote')
    .action(async (path: string) =>
      start(async (session) => {
        const { wait = 0, config } = (await read(session.path)).own;
        const result = await finishPlan(session, path, { wait, config });
        session.output.result(finishedResult(result));
      }),
    );
  const read = declareOptions(command, { own: FINISH });
  addExamples(command, 'pipeline shard finish plan.json');
}

/** What a finisher prints: the references, as a push does. */
export function finishedResult({ pushed, read, plan }: FinishResult & { readonly plan: ShardPlan }): {
  readonly json: unknown;
  readonly text: string;
} {
  return {
    json: { ok: true, plan: plan.digest, artifacts: pushed, read, model: plan.reading.model },
    text: pushed.map(({ reference }) => safeLine(reference)).join('\n'),
  };
}

/** Finishes a plan; waits for its parts as long as it is told to. */
export async function finishPlan(
  session: Session,
  path: string,
  { wait, config: named }: { readonly wait: number; readonly config?: string | undefined },
): Promise<FinishResult & { readonly plan: ShardPlan }> {
  const plan = await readPlan(session, path);
  const config = await configOfPlan(session, plan, path, named);
  const { output } = await withSharded(
    session,
    config,
    'shard finish',
    `pipeline shard finish ${path}`,
    async (sharded, context) => {
      await requireCurrent(sharded, plan, config);
      return waiting(sharded, plan, context, wait);
    },
  );
  if (output.read > 0 && plan.reading.model > 0) {
    const times = (output.read / plan.reading.model).toFixed(2);
    session.note(`all parts read ${formatBytes(output.read)} of the source: ${times} of the model`);
  }
  return { ...output, plan };
}

async function waiting(
  sharded: ShardedModel,
  plan: ShardPlan,
  context: RunContext,
  wait: number,
): Promise<FinishResult> {
  const end = context.now() + wait;
  for (;;) {
    try {
      return await finishShards(sharded, plan, context);
    } catch (error) {
      const isEarly = SlipwayError.is(error) && error.code === 'SHARD_INCOMPLETE' && context.now() + LOOK_MS < end;
      if (!isEarly) throw error;
      await pause(LOOK_MS, undefined, { signal: context.signal });
    }
  }
}
