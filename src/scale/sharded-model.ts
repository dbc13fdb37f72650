import { SlipwayError, throwIfAborted, type RunContext, type Stage } from '../core/index.js';
import type { ModelFile, Snapshot } from '../files/index.js';
import type { Artifact, OpenedTarget } from '../registry/index.js';
import { stagesOf } from '../run/index.js';
import { derived, fingerprintOf, isPush, sameRecipe, type PackedModel, type PushedArtifact } from '../stages/index.js';

/** A pipeline opened at its push: what would be sent, and where. Nothing but headers and small files has been read. */
export interface ShardedModel {
  readonly target: OpenedTarget['target'];
  readonly model: PackedModel;
  readonly tags: readonly (readonly string[])[];
  readonly fingerprint: string | undefined;
  /** Bytes of weights that the source has. */
  readonly sourceBytes: number;
  /** Bytes that were read of the source so far. */
  readonly read: { bytes: number };
  readonly push: Stage<PackedModel, readonly PushedArtifact[]>;
  /** What the pipeline does after the push. */
  readonly after: readonly Stage<never, unknown>[];
}

/**
 * Opens a pipeline that ends in a push, or has one. Throws `CONFIG_INVALID` for one without. Files are read in ranges and
 * straight from the source: a store would fetch whole files, which other parts need as well.
 */
export async function openSharded(pipeline: Stage<void, unknown>, context: RunContext): Promise<ShardedModel> {
  const stages = stagesOf(pipeline);
  const at = stages.findIndex(isPush);
  const push = stages[at];
  if (push === undefined || !isPush(push)) throw withoutPush();
  const read = { bytes: 0 };
  let [value, sourceBytes]: [unknown, number] = [undefined, 0];
  for (const stage of stages.slice(0, at)) {
    throwIfAborted(context.signal);
    value = await outputOf(stage, value, context);
    if (!isSnapshot(value)) continue;
    if (sourceBytes === 0) sourceBytes = weightBytes(value);
    value = counted(value, read);
  }
  const packed = value as PackedModel;
  const { target, model, tags } = await push.prepare(packed, context);
  return {
    target,
    model,
    tags,
    fingerprint: fingerprintOf(model),
    sourceBytes,
    read,
    push,
    after: stages.slice(at + 1),
  };
}

/** A stage's plan gives what its run would, without a store or a second reading; what has no plan is run. */
async function outputOf(stage: Stage<never, unknown>, input: unknown, context: RunContext): Promise<unknown> {
  const planned = await stage.plan?.(input as never, context);
  return planned !== undefined && 'output' in planned ? planned.output : stage.run(input as never, context);
}

function isSnapshot(value: unknown): value is Snapshot {
  return typeof value === 'object' && value !== null && 'files' in value && 'source' in value;
}

function weightBytes({ files }: Snapshot): number {
  return files.filter(({ path }) => /\.(safetensors|gguf)$/.test(path)).reduce((sum, { size }) => sum + size, 0);
}

/** The same files; what is read of them is counted. */
function counted(snapshot: Snapshot, read: { bytes: number }): Snapshot {
  const files = snapshot.files.map((file) => countedFile(file, read));
  const { confirm: _confirm, ...rest } = snapshot;
  // The bytes are the same, and so is what the manifests say that they are made of.
  return sameRecipe(derived({ ...rest, files }, snapshot, 'sharded'), snapshot);
}

function countedFile(file: ModelFile, read: { bytes: number }): ModelFile {
  return {
    ...file,
    digest: file.digest,
    ...(file.unchecked !== undefined && { unchecked: countedFile(file.unchecked, read) }),
    async *read(range, signal, hints) {
      for await (const chunk of file.read(range, signal, hints)) {
        read.bytes += chunk.byteLength;
        yield chunk;
      }
    },
  };
}

function withoutPush(): SlipwayError {
  return new SlipwayError('CONFIG_INVALID', 'the pipeline has no push, so there is nothing that parts could share', {
    try: "push: { to: HOST/REPOSITORY, splitMaxSize: '4G' }",
  });
}

/** Files up to this size are sent by the finisher: they are read to lay the model out anyway. */
export const SMALL_FILE: number = 1024 * 1024;

/** A blob of the model, and the first artifact that has it. */
export interface ShardBlob {
  readonly file: ModelFile;
  readonly artifact: Artifact;
}

/** Every blob that parts derive, once, in the order of the artifacts and their layers. */
export function blobsOf({ artifacts }: PackedModel): readonly ShardBlob[] {
  const seen = new Set<ModelFile | string>();
  const blobs: ShardBlob[] = [];
  for (const artifact of artifacts) {
    for (const { file } of artifact.layers) {
      const key = file.digest ?? file;
      if (file.size <= SMALL_FILE || seen.has(key)) continue;
      seen.add(key);
      blobs.push({ file, artifact });
    }
  }
  return blobs;
}
