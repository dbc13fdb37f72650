import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { SlipwayError, type RunContext } from '../../core/index.js';
import { localFile, memoryFile, sha256, stageLocalFile, writeLocalFile, type ModelFile } from '../../files/index.js';
import {
  chunkCount,
  collectImportance,
  importanceFile,
  legacyImportance,
  mergeImportance,
  readImportance,
  type CollectedImportance,
  type ImportanceSums,
} from '../../evaluate/index.js';
import { readGguf } from '../../gguf/index.js';
import { startItem } from '../items.js';
import type { ModelOnDisk } from './model-on-disk.js';
import { engineOf } from '../resources.js';

/** How an importance matrix is made. */
export interface ImportanceRequest {
  readonly model: ModelOnDisk;
  readonly text: { readonly name: string; readonly content: string };
  readonly output: string;
  readonly context?: number | undefined;
  readonly chunks?: number | undefined;
  readonly skip?: number | undefined;
  readonly processOutput?: boolean | undefined;
  readonly parseSpecial?: boolean | undefined;
  readonly outputFormat?: 'gguf' | 'dat' | undefined;
  readonly inFiles?: readonly string[] | undefined;
}

export interface ImportanceResult {
  readonly path: string;
  readonly chunks: number;
  readonly entries: number;
  readonly datasets: readonly string[];
  /** Of this very text; absent when files were only merged. */
  readonly collected?: CollectedImportance;
  /** Chunks that an interrupted run had done. */
  readonly resumed: number;
}

const FINGERPRINT = 'slipway.imatrix.fingerprint';
const DONE = 'slipway.imatrix.done';

/**
 * Makes an importance matrix and writes it. Sums are kept beside the output while it is made: an interrupted run of the
 * same model, text and settings goes on from there.
 */
export async function makeImportance(request: ImportanceRequest, context: RunContext): Promise<ImportanceResult> {
  const { model, text, output, inFiles = [] } = request;
  const partial = `${output}.partial`;
  const { context: contextSize = 512, chunks, skip, processOutput, parseSpecial } = request;
  const settings = { contextSize, skip, processOutput, parseSpecial, inFiles };
  const fingerprint = sha256(JSON.stringify([await model.digest(), sha256(text.content), text.name, settings]));
  const kept = await keptSums(partial, fingerprint, context);
  const from = kept === undefined ? await readAll(inFiles, contextSize, context) : [kept.sums];
  const engine = await engineOf(context);
  const item = startItem(context, 'imatrix', basename(output), null);
  const collected = await collectImportance(engine, {
    model: model.path,
    text,
    threads: context.limits.threads,
    context: contextSize,
    chunks,
    skip,
    processOutput,
    parseSpecial,
    from,
    done: kept?.done,
    signal: context.signal,
    onChunks: (done) => item.progress(done),
    onSums: async (sums, done) => {
      const staged = await stageLocalFile(
        partial,
        partialFile(sums, fingerprint, done).read(),
        { size: 0 },
        context.signal,
      );
      await staged.commit();
    },
  });
  item.end();
  await writeImportance(collected.sums, request, context);
  await rm(partial, { force: true });
  return { ...resultOf(output, collected.sums), collected, resumed: kept?.done ?? 0 };
}

/** Collects a matrix and returns it as a file that lies nowhere yet. */
export async function collectMatrix(
  request: Omit<ImportanceRequest, 'output' | 'outputFormat' | 'inFiles'>,
  context: RunContext,
): Promise<ModelFile> {
  const { model, ...settings } = request;
  const engine = await engineOf(context);
  const item = startItem(context, 'imatrix', IMATRIX_NAME, null);
  const onChunks = (done: number): void => item.progress(done);
  const { sums } = await collectImportance(engine, {
    ...settings,
    model: model.path,
    signal: context.signal,
    onChunks,
  });
  item.end();
  if (sums.entries.size === 0) throw nothingCollected();
  return importanceFile(IMATRIX_NAME, sums);
}

/** What a matrix is called that was made on the way. */
export const IMATRIX_NAME = 'imatrix.gguf';

/** Adds files up into one. */
export async function mergeImportanceFiles(
  {
    inFiles,
    output,
    context: size,
    outputFormat,
  }: {
    inFiles: readonly string[];
    output: string;
    context?: number | undefined;
    outputFormat?: 'gguf' | 'dat' | undefined;
  },
  context: RunContext,
): Promise<ImportanceResult> {
  const all = await readAll(inFiles, size, context);
  const sums = mergeImportance(all, size ?? all[0]?.chunkSize ?? 512);
  await writeImportance(sums, { output, outputFormat }, context);
  return { ...resultOf(output, sums), resumed: 0 };
}

function resultOf(path: string, sums: ImportanceSums): Omit<ImportanceResult, 'resumed'> {
  return { path, chunks: chunkCount(sums), entries: sums.entries.size, datasets: sums.datasets };
}

async function readAll(
  paths: readonly string[],
  size: number | undefined,
  { signal }: RunContext,
): Promise<ImportanceSums[]> {
  const all: ImportanceSums[] = [];
  for (const path of paths) all.push(await readImportance(await localFile(path, path), size, signal));
  return all;
}

async function writeImportance(
  sums: ImportanceSums,
  { output, outputFormat }: Pick<ImportanceRequest, 'output' | 'outputFormat'>,
  { signal }: RunContext,
): Promise<void> {
  if (sums.entries.size === 0) throw nothingCollected();
  const file = outputFormat === 'dat' ? memoryFile(output, legacyImportance(sums)) : importanceFile(output, sums);
  await writeLocalFile(output, file.read(undefined, signal), signal);
}

function partialFile(sums: ImportanceSums, fingerprint: string, done: number): ModelFile {
  return importanceFile(
    'partial',
    sums,
    new Map([
      [FINGERPRINT, { type: 'STRING', value: fingerprint } as const],
      [DONE, { type: 'UINT32', value: done } as const],
    ]),
  );
}

/** Sums that an interrupted run of the very same work has left; anything else there is ignored. */
async function keptSums(
  path: string,
  fingerprint: string,
  { signal }: RunContext,
): Promise<{ sums: ImportanceSums; done: number } | undefined> {
  try {
    const file = await localFile(path, path);
    const { metadata } = await readGguf(file, {}, signal);
    const [own, done] = [metadata.get(FINGERPRINT), metadata.get(DONE)];
    if (own?.value !== fingerprint || done?.type !== 'UINT32') return undefined;
    return { sums: await readImportance(file, undefined, signal), done: done.value };
  } catch (error) {
    if (SlipwayError.is(error) && error.code === 'ABORTED') throw error;
    return undefined;
  }
}

function nothingCollected(): SlipwayError {
  return new SlipwayError('EVALUATION_FAILED', 'nothing was collected', {
    got: 'the model multiplies no matrix of a block',
  });
}
