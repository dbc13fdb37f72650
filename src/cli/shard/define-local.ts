import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { optionTable, packageFacts, SlipwayError } from '../../core/index.js';
import { FINAL_EXIT_CODES, type ShardPlan } from '../../scale/index.js';
import { temporaryFolder, writeText } from '../../stages/index.js';
import { required } from '../arguments/required-option.js';
import { declareOptions } from '../options/declare-options.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import type { Session } from '../session/session.js';
import { PARTS, planOf, tellPlan } from './define-plan.js';
import { finishedResult, finishPlan } from './define-work.js';
import { openConfig } from './open-plan.js';

const OWN = optionTable({
  ...PARTS,
  retries: { kind: 'count', least: 0, most: 100, help: 'how often a part is repeated alone; 2' },
});

/** `shard local`. */
export function defineLocal(shard: Command, start: Start): void {
  const command = shard
    .command('local')
    .summary('all parts as processes of this machine, and the last step')
    .description(
      'Runs all parts of a configuration as processes of this machine, each as on a machine of its own, and finishes.',
    )
    .argument('[config]', 'as for run')
    .action(async (config: string | undefined) =>
      start(async (session) => {
        const { parts, retries = 2 } = (await read(session.path)).own;
        const count = required(parts, '--parts <count>', 'pipeline shard local pipeline.config.yaml --parts 4');
        const opened = await openConfig(session, config);
        const plan = await planOf(session, opened, count);
        tellPlan(session, plan);
        const folder = await temporaryFolder(session, 'slipway-shard-');
        try {
          const path = join(folder, 'plan.json');
          await writeText(path, JSON.stringify(plan));
          await runAll(session, { path, plan, config: opened.loaded.path, retries });
          session.output.result(
            finishedResult(await finishPlan(session, path, { wait: 0, config: opened.loaded.path })),
          );
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      }),
    );
  const read = declareOptions(command, { own: OWN });
  addExamples(command, 'pipeline shard local pipeline.config.yaml --parts 4');
}

interface LocalRun {
  readonly path: string;
  readonly plan: ShardPlan;
  readonly config: string;
  readonly retries: number;
}

async function runAll(session: Session, run: LocalRun): Promise<void> {
  const parts = [...new Set(run.plan.files.map(({ part }) => part))].toSorted((a, b) => a - b);
  const ends = await Promise.all(parts.map(async (part) => ({ part, end: await runWithRetries(session, run, part) })));
  const failed = ends.filter(({ end }) => end.code !== 0);
  const [first] = failed;
  if (first === undefined) return;
  throw new SlipwayError('SHARD_INCOMPLETE', `${failed.length} of ${parts.length} parts failed`, {
    where: `part ${first.part}`,
    got: first.end.story,
    kept: 'what the other parts have pushed; no tag was moved',
    try: `pipeline shard local ${run.plan.config.path} --parts ${run.plan.parts}   (goes on)`,
  });
}

interface End {
  readonly code: number;
  readonly story: string;
}

/** A part that failed is repeated alone, unless its exit code says that nothing would change. */
async function runWithRetries(session: Session, run: LocalRun, part: number): Promise<End> {
  for (let attempt = 0; ; attempt += 1) {
    const end = await runProcess(session, run, part);
    const isFinal = end.code === 0 || FINAL_EXIT_CODES.includes(end.code) || session.signal.aborted;
    session.note(`part ${part} ${end.code === 0 ? 'done' : `ended with ${end.code}`}`);
    if (isFinal || attempt >= run.retries) return end;
  }
}

/** Lines of a part's story that are worth repeating. */
const STORY_LINES = 4;

async function runProcess(session: Session, { path, config }: LocalRun, part: number): Promise<End> {
  const { directory } = await packageFacts();
  const program = resolve(directory, 'dist/lib/cli/main.js');
  const insecure = (session.network.insecureHosts ?? []).flatMap((host) => ['--insecure-http', host]);
  const args = [
    program,
    '--progress',
    'plain',
    '-C',
    session.directory,
    ...insecure,
    'shard',
    'run',
    path,
    '--index',
    String(part),
    '--config',
    config,
  ];
  const child = spawn(process.execPath, args, { env: session.env, stdio: ['ignore', 'ignore', 'pipe'] });
  const stop = (): void => {
    child.kill('SIGTERM');
  };
  session.signal.addEventListener('abort', stop, { once: true });
  const lines: string[] = [];
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => lines.push(...text.split('\n').filter((line) => line.trim() !== '')));
  return new Promise<End>((settle) => {
    const end = (code: number): void => {
      session.signal.removeEventListener('abort', stop);
      const from = lines.findIndex((line) => line.startsWith('error['));
      settle({
        code,
        story: lines
          .slice(from === -1 ? -STORY_LINES : from)
          .slice(0, STORY_LINES)
          .join('; '),
      });
    };
    child.on('error', () => end(1));
    // A signal is no exit code; it counts as a loss of the machine.
    child.on('close', (code) => end(code ?? 137));
  });
}
