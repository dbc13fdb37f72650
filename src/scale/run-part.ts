import { SlipwayError, type RunContext } from '../core/index.js';
import type { ModelFile } from '../files/index.js';
import { findKnownBlobs, inPlan } from './known-blobs.js';
import { writeReceipt } from './receipts.js';
import type { ShardedModel } from './sharded-model.js';
import type { ShardPlan } from './shard-plan.js';

/** What became of one part. */
export interface PartResult {
  readonly index: number;
  readonly files: readonly {
    readonly path: string;
    readonly size: number;
    readonly digest: string;
    readonly how: 'derived' | 'exists';
  }[];
  /** Bytes of the source that were read. */
  readonly read: number;
}

/**
 * Derives and pushes the blobs of one part. What is there already is left alone, so it can be repeated at any time; a
 * part that was stopped goes on with its next file. Throws `USAGE` for an index that the plan has not.
 */
export async function runPart(
  sharded: ShardedModel,
  plan: ShardPlan,
  index: number,
  context: RunContext,
): Promise<PartResult> {
  if (!Number.isSafeInteger(index) || index < 0 || index >= plan.parts) {
    throw new SlipwayError('USAGE', `the plan has parts 0 to ${plan.parts - 1}, and no part ${index}`);
  }
  const { digests } = await findKnownBlobs(sharded, plan, context.signal);
  const mine = inPlan(sharded, plan).filter(([place]) => plan.files[place]?.part === index);
  const results: PartResult['files'][number][] = [];
  // Variants of one stretch of the model are derived side by side: they share its reading.
  const queues = new Map<string, (typeof mine)[number][]>();
  for (const entry of mine) {
    const { artifact } = entry[1];
    const key = `${artifact.format} ${artifact.variant ?? ''}`;
    queues.set(key, [...(queues.get(key) ?? []), entry]);
  }
  await Promise.all(
    [...queues.values()].map(async (queue) => {
      for (const [place, { file }] of queue) {
        const known = digests.get(file);
        if (known !== undefined) {
          results.push({ path: file.path, size: file.size, digest: known, how: 'exists' });
          continue;
        }
        results.push(await derive(sharded, plan, { place, file }, context));
      }
    }),
  );
  return { index, files: results.toSorted((a, b) => (a.path < b.path ? -1 : 1)), read: sharded.read.bytes };
}

async function derive(
  { target, read }: ShardedModel,
  plan: ShardPlan,
  { place, file }: { readonly place: number; readonly file: ModelFile },
  context: RunContext,
): Promise<PartResult['files'][number]> {
  const stage = 'push';
  const [name, id] = [file.path, `f${place}`];
  const before = read.bytes;
  context.emit({ type: 'item.start', stage, id, name, total: file.size });
  const { digest, size } = await target.pushBlob(file, {
    signal: context.signal,
    onProgress: (done) => context.emit({ type: 'item.progress', stage, id, done, total: file.size }),
    onReset: (from, to, reason) => context.emit({ type: 'item.reset', stage, id, from, to, reason }),
  });
  await writeReceipt(target, plan, place, { digest, size, read: read.bytes - before }, context.signal);
  context.emit({ type: 'item.end', stage, id, name, size, digest, durationMs: 0 });
  return { path: file.path, size, digest, how: 'derived' };
}
