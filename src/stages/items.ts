import type { RunContext } from '../core/index.js';
import type { ModelFile } from '../files/index.js';

/** Progress events of one item of a stage: a file, a blob. */
export interface Item {
  /** Bytes done so far, of the announced total. */
  /** `moved`: bytes that have moved for it so far, where some were read more than once. */
  progress(done: number, moved?: number): void;
  /** What an earlier run did of it is there: it goes on at `done`. */
  resume(done: number): void;
  end(facts?: { digest?: `sha256:${string}`; moved?: number }): void;
}

/** Starts an item and says so. */
export function startItem(context: RunContext, stage: string, id: string, total: number | null): Item {
  const started = context.now();
  let last = 0;
  context.emit({ type: 'item.start', stage, id, name: id, total });
  return {
    progress: (done, moved) => {
      last = done;
      context.emit({ type: 'item.progress', stage, id, done, total, moved });
    },
    resume: (done) => {
      last = done;
      context.emit({ type: 'item.resume', stage, id, name: id, done, total });
    },
    end: (facts = {}) => {
      const durationMs = Math.round(context.now() - started);
      context.emit({ type: 'item.end', stage, id, name: id, size: total ?? last, durationMs, ...facts });
    },
  };
}

/**
 * A file whose readings show as one item: it starts with the first reading and ends when as many bytes as it has have
 * been read, wherever they lie. What is read while nothing is shown counts later.
 */
export function watched(
  file: ModelFile,
  stage: string,
  context: RunContext,
  isShown: () => boolean = () => true,
): ModelFile {
  let item: Item | undefined;
  let moved = 0;
  return {
    path: file.path,
    size: file.size,
    ...(file.digest === undefined ? {} : { digest: file.digest }),
    ...(file.onDisk === undefined ? {} : { onDisk: file.onDisk }),
    async *read(range, signal, hints) {
      for await (const chunk of file.read(range, signal, hints)) {
        const before = moved;
        moved += chunk.byteLength;
        if (!isShown()) {
          yield chunk;
          continue;
        }
        item ??= startItem(context, stage, file.path, file.size);
        item.progress(Math.min(moved, file.size), moved);
        if (before < file.size && moved >= file.size) item.end({ moved });
        yield chunk;
      }
    },
  };
}
