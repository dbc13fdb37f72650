import { packageFacts, type Digest } from '../core/index.js';
import { assignSpans, covered, type Span } from './assign.js';
import { blobsOf, type ShardBlob, type ShardedModel } from './sharded-model.js';
import { sealPlan, type ShardFile, type ShardPlan } from './shard-plan.js';

/** What a plan is made of besides the model. */
export interface PlanRequest {
  readonly parts: number;
  /** Path and digest of the configuration. */
  readonly config: { readonly path: string; readonly digest: Digest };
}

/**
 * Cuts a model into parts by its files, so that each part reads one stretch of the source. Deterministic: the same model
 * and the same number of parts give the same plan on every machine.
 */
export async function makePlan(sharded: ShardedModel, { parts, config }: PlanRequest): Promise<ShardPlan> {
  const chains = chainsOf(blobsOf(sharded.model));
  const spans = chains.map(spansOf);
  const assigned = assignSpans(spans, parts);
  const files = chains.flatMap((chain, at) =>
    chain.map(({ file, artifact }, index): ShardFile => ({
      path: file.path,
      format: artifact.format,
      variant: artifact.variant ?? null,
      size: file.size,
      part: assigned[at]?.[index] ?? 0,
    })),
  );
  return sealPlan({
    version: 1,
    tool: `slipway ${(await packageFacts()).version}`,
    config,
    fingerprint: sharded.fingerprint ?? null,
    target: sharded.target.name,
    parts,
    files,
    tags: sharded.tags,
    reading: { model: sharded.sourceBytes, parts: Math.round(readingOf(spans, assigned, parts) * sharded.sourceBytes) },
  });
}

/** The blobs of one variant in one format, which follow each other in the model. */
function chainsOf(blobs: readonly ShardBlob[]): readonly (readonly ShardBlob[])[] {
  const chains = new Map<string, ShardBlob[]>();
  for (const blob of blobs) {
    const key = `${blob.artifact.format} ${blob.artifact.variant ?? ''}`;
    chains.set(key, [...(chains.get(key) ?? []), blob]);
  }
  return [...chains.values()];
}

/** Where files lie in the model: by their bytes, which stand for the weights that they were made of. */
function spansOf(chain: readonly ShardBlob[]): readonly Span[] {
  const all = chain.reduce((sum, { file }) => sum + file.size, 0);
  let done = 0;
  return chain.map(({ file: { size } }) => {
    const start = done / all;
    done += size;
    return { start, end: done / all, size };
  });
}

/** What all parts read, as a multiple of the model: within a part, variants share a reading, formats do not. */
function readingOf(
  spans: readonly (readonly Span[])[],
  assigned: readonly (readonly number[])[],
  parts: number,
): number {
  let sum = 0;
  for (let part = 0; part < parts; part += 1) {
    sum += covered(spans.flatMap((chain, at) => chain.filter((_, index) => assigned[at]?.[index] === part)));
  }
  return sum;
}
