import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Digest, RunContext, Stage } from '../core/index.js';
import { localRelativePath, stageLocalFile, type ModelFile, type Snapshot, type StagedFile } from '../files/index.js';
import type { ModelVariant } from '../package/index.js';
import { startItem } from './items.js';

/** A file that save() wrote. */
export interface SavedFile {
  /** Path on disk. */
  readonly path: string;
  readonly size: number;
  readonly digest: Digest;
}

/** Writes files to a directory, each under a temporary name until it is complete. */
export function save(directory: string): Stage<Snapshot | readonly ModelVariant[], readonly SavedFile[]> {
  return {
    name: 'save',
    plan: async (input) => {
      const files = filesOf(input);
      const bytes = files.reduce((sum, file) => sum + file.size, 0);
      return {
        reports: [
          {
            stage: 'save',
            summary: `${files.length === 1 ? '1 file' : `${files.length} files`} to ${directory}`,
            bytesOut: bytes,
            disk: bytes,
            diskAt: directory,
          },
        ],
      };
    },
    run: async (input, context) =>
      saveFiles(
        filesOf(input),
        (file) => join(directory, localRelativePath(file.path)),
        context,
        async () => confirmAll(input, context.signal),
      ),
  };
}

/** Writes files where `place` says, one after another; all get their final names when `confirm` has not objected. */
export async function saveFiles(
  files: readonly ModelFile[],
  place: (file: ModelFile) => string,
  context: RunContext,
  confirm: () => Promise<void>,
): Promise<SavedFile[]> {
  const staged: StagedFile[] = [];
  try {
    for (const file of files) staged.push(await stage(file, place(file), context));
    await confirm();
    for (const file of staged) await file.commit();
  } catch (error) {
    for (const file of staged) await file.discard();
    throw error;
  }
  return staged.map(({ path, size, digest }) => ({ path, size, digest }));
}

async function stage(file: ModelFile, path: string, context: RunContext): Promise<StagedFile> {
  await mkdir(dirname(path), { recursive: true });
  const item = startItem(context, 'save', file.path, file.size);
  const content = counted(file.read(undefined, context.signal, { lend: true }), item.progress);
  const staged = await stageLocalFile(path, content, file, context.signal);
  item.end({ digest: staged.digest });
  return staged;
}

async function confirmAll(input: Snapshot | readonly ModelVariant[], signal: AbortSignal): Promise<void> {
  if ('files' in input) await input.confirm?.(signal);
  else for (const confirm of new Set(input.map((variant) => variant.confirm))) await confirm?.(signal);
}

function filesOf(input: Snapshot | readonly ModelVariant[]): readonly ModelFile[] {
  if ('files' in input) return input.files;
  const files = new Map<string, ModelFile>();
  for (const variant of input) {
    for (const file of [...variant.weights, ...variant.companions]) files.set(file.path, file);
  }
  return [...files.values()];
}

async function* counted(
  content: AsyncIterable<Uint8Array>,
  progress: (done: number) => void,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const chunk of content) {
    done += chunk.byteLength;
    yield chunk;
    progress(done);
  }
}
