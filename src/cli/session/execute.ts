import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError, toSlipwayError, type RunEvent, type Stage } from '../../core/index.js';
import { DiskStore } from '../../files/index.js';
import { formatBytes, runPipeline, SummaryCollector, type RunResult } from '../../run/index.js';
import type { Config } from '../../config/index.js';
import { unfinishedUploads, type UploadProgress } from '../../registry/index.js';
import { Progress } from '../display/progress.js';
import type { LintMode } from '../../stages/index.js';
import type { FinishedRun } from './finished-run.js';
import { writtenFiles } from './run-result.js';
import type { Session } from './session.js';
import { stateDirectory } from './state-directory.js';
import { refuseWarnings } from './strict.js';

/** A pipeline as a command runs it. */
export interface Execution {
  readonly config: Config;
  readonly configPath?: string;
  readonly description?: unknown;
  /** Record the run and keep what it fetched. Commands that do one step leave nothing but their result, and notes of uploads that were cut off. */
  readonly keep: boolean;
  /** Forget what earlier runs kept. */
  readonly fresh?: boolean;
  /** What becomes of findings; wins over the configuration. */
  readonly lint?: LintMode;
  /** How to go on after an interruption, as a command line. */
  readonly resume: string;
}

/** Runs a pipeline on the session's display. */
export async function execute(session: Session, execution: Execution): Promise<RunResult> {
  const { config } = execution;
  const stored = execution.keep && config.store !== 'none';
  const directory = join(session.home, 'store');
  // Where nothing may be kept, a note still says where uploads stand: the bytes that were sent are the registry's.
  const notes = stored ? undefined : stateDirectory(session);
  const begun = Date.now();
  if (execution.fresh === true) await rm(directory, { recursive: true, force: true });
  const progress = new Progress();
  const collector = new SummaryCollector();
  const finish = (files: FinishedRun['files'], error?: SlipwayError): void => {
    session.finished.push({ summary: collector.summary(), files, error });
  };
  try {
    const result = await runPipeline(config, {
      env: session.env,
      signal: session.signal,
      network: session.network,
      version: session.version,
      stall: session.stall,
      lint: execution.lint,
      onEvent: (event) => {
        progress.apply(event);
        collector.add(event);
        session.display.onEvent(event);
        if (session.strict) refuseWarnings(session, event);
        if (session.debug) debugEvent(session, event);
      },
      ...(stored ? { store: new DiskStore(directory), home: session.home } : {}),
      ...(notes === undefined ? {} : { notes }),
      ...(execution.configPath === undefined ? {} : { configPath: execution.configPath }),
      ...(execution.description === undefined ? {} : { description: execution.description }),
    });
    // A warning that came with the last event.
    if (session.strict && session.signal.aborted) throw session.signal.reason;
    finish(writtenFiles(result.output));
    return result;
  } catch (thrown) {
    const error = await withResume(withFigures(toSlipwayError(thrown), collector), progress, execution, {
      store: stored ? directory : undefined,
      uploads: await unfinishedUploads(join(notes ?? directory, 'uploads'), begun),
    });
    finish([], error);
    throw error;
  } finally {
    session.display.close();
  }
}

/** One step of the chain, as a pipeline of its own that leaves no record. */
export async function executeStage(session: Session, stage: Stage<void, unknown>, resume: string): Promise<RunResult> {
  return execute(session, { config: { name: stage.name, pipeline: stage, store: 'none' }, keep: false, resume });
}

function debugEvent(session: Session, event: RunEvent): void {
  if (event.type !== 'item.progress') session.display.note(`debug ${JSON.stringify(event)}`);
}

/** A failure says what had moved until then, stage by stage, as a result does. */
function withFigures(error: SlipwayError, collector: SummaryCollector): SlipwayError {
  const { stages } = collector.summary();
  const detailed = new SlipwayError(error.code, error.message, { ...error.details, stages, cause: error.cause });
  if (error.stack !== undefined) detailed.stack = error.stack;
  return detailed;
}

/** Ends that are no failure: what was done is kept, and the next run goes on. */
const STOPPED: ReadonlySet<string> = new Set(['ABORTED', 'TERMINATED', 'TIME_LIMIT', 'STALLED']);

/** An interruption says how far things were, what is kept, and how to go on. */
async function withResume(
  error: SlipwayError,
  progress: Progress,
  execution: Execution,
  { store, uploads }: { readonly store: string | undefined; readonly uploads: readonly UploadProgress[] },
): Promise<SlipwayError> {
  if (!STOPPED.has(error.code)) return error;
  const share = Math.floor(progress.share() * 100);
  const bytes = store === undefined ? 0 : await directorySize(store);
  return new SlipwayError(error.code, `${error.message}${share > 0 ? ` at ${share} %` : ''}`, {
    ...error.details,
    kept: bytes > 0 && store !== undefined ? `${formatBytes(bytes)} in ${store}` : 'nothing that has to be removed',
    try:
      store === undefined
        ? `${execution.resume}${goesOn(uploads, 0)}`
        : [`${execution.resume}${goesOn(uploads, bytes)}`, `${execution.resume} --no-resume   (starts again)`],
    cause: error.cause,
  });
}

/** How far the next run is when it starts; nothing where it has to start again. */
function goesOn(uploads: readonly UploadProgress[], stored: number): string {
  const [sent, size] = [sum(uploads.map(({ offset }) => offset)), sum(uploads.map((upload) => upload.size))];
  if (sent > 0) {
    const blobs = uploads.length === 1 ? '1 blob' : `${uploads.length} blobs`;
    return `   (goes on at ${formatBytes(sent)} of ${formatBytes(size)}: ${blobs} in the registry)`;
  }
  return stored > 0 ? '   (uses what is stored)' : '';
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

async function directorySize(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  let total = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    total += await stat(join(entry.parentPath, entry.name)).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return total;
}
