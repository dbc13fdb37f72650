import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { safeJsonText, type RunEvent } from '../core/index.js';
import { eventLine } from './event-line.js';
import { isRunId } from './run-id.js';

/** Records kept; the oldest go first. */
const KEPT_RUNS = 20;

/** What a run leaves behind. */
export type RecordFile = 'config.json' | 'plan.json' | 'result.json' | 'report.html';

/** `<home>/runs/<id>/`: a run's configuration, plan, events, result and report. */
export class RunRecord {
  readonly directory: string;
  readonly #events: WriteStream;
  #failure: unknown;

  private constructor(directory: string) {
    this.directory = directory;
    this.#events = createWriteStream(join(directory, 'events.ndjson'), { flags: 'wx', mode: 0o600 });
    // A full disk ends the record, not the run: the run meets the same disk soon enough and says so better.
    this.#events.on('error', (error) => {
      this.#failure ??= error;
    });
  }

  /** Makes the record's directory and removes the oldest records. */
  static async create(home: string, run: string): Promise<RunRecord> {
    const directory = join(home, 'runs', run);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await prune(join(home, 'runs'));
    return new RunRecord(directory);
  }

  /** Path of one of the record's files. */
  path(file: RecordFile): string {
    return join(this.directory, file);
  }

  append(event: RunEvent): void {
    if (this.#failure === undefined) this.#events.write(`${eventLine(event)}\n`);
  }

  /** Writes JSON (objects) or text as it is. */
  async write(file: RecordFile, content: unknown): Promise<void> {
    const text = typeof content === 'string' ? content : `${safeJsonText(JSON.stringify(content, undefined, 2))}\n`;
    await writeFile(this.path(file), text, { mode: 0o600 });
  }

  /** Flushes the events. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      if (this.#failure !== undefined) resolve();
      this.#events.on('error', () => resolve());
      this.#events.end(() => resolve());
    });
  }
}

async function prune(runs: string): Promise<void> {
  const names = (await readdir(runs)).filter(isRunId).sort();
  for (const name of names.slice(0, -KEPT_RUNS)) await rm(join(runs, name), { recursive: true, force: true });
}
