import { runKey, type Planned, type RunContext, type Stage } from '../../core/index.js';
import type { ModelFile } from '../../files/index.js';
import {
  parseReference,
  pushIndexed,
  type Artifact,
  type OpenedTarget,
  type PushedManifest,
  type StoredManifests,
} from '../../registry/index.js';
import { attachStatements } from './attach-statements.js';
import type { PushOptions } from '../options/index.js';
import type { PackedModel, PushedArtifact } from '../packaging/packed-model.js';
import type { Published } from './published.js';
import { forHarbor, harborBehind, reportHarborView } from './push-harbor.js';
import { lintPacked } from './push-lint.js';
import { planPush } from './push-plan.js';
import { keepPublished, markClaims, presentArtifacts } from './push-present.js';
import { loadOf, requireQuota } from './push-quota.js';
import { recordOf } from './push-record.js';
import { sealing, standing } from './push-seal.js';
import { fitTarget } from './push-split.js';
import { indexTagsOf, tagsOf } from './push-tags.js';
import { openTagged } from './push-target.js';
import { expectReading } from '../reading.js';
import { tellTransfer } from '../transfer-events.js';

/** A stage that pushes, which a sharded conversion takes apart. */
export interface PushStage extends Stage<PackedModel, readonly PushedArtifact[]> {
  readonly name: 'push';
  /** Opens the target and fits the model to it, and sends nothing. Throws what the push throws. */
  prepare(packed: PackedModel, context: RunContext): Promise<PreparedPush>;
}

/** What a push would send, and where: the model as its target takes it. */
export interface PreparedPush {
  readonly target: OpenedTarget['target'];
  readonly model: PackedModel;
  /** Of each artifact, in their order. */
  readonly tags: readonly (readonly string[])[];
}

/** Sends artifacts to a repository of a registry (`host/repository`) or an OCI layout (`layout:./dir`). */
export function push(to: string, options: PushOptions = {}): PushStage {
  const LINTED = runKey<true>('linted by the plan');
  return {
    name: 'push',
    target: to,
    plan: async (input, context): Promise<Planned<readonly PushedArtifact[]>> => {
      const found = await lintPacked(input, context.lint ?? options.lint, context);
      context.state.set(LINTED, true);
      const report = await planPush(to, input, options, context);
      return { reports: [{ ...report, warnings: [...found, ...(report.warnings ?? [])] }] };
    },
    run: async (input, context) => {
      // What a plan has told is not told again; without one nothing has looked yet.
      const isLinted = context.state.get(LINTED) === true;
      const found = isLinted ? [] : await lintPacked(input, context.lint ?? options.lint, context);
      for (const message of found) context.emit({ type: 'warning', code: 'LINT', message });
      return pushModel(to, input, options, context);
    },
    prepare: async (packed, context) => preparePush(to, packed, options, context),
  };
}

/** Whether a stage is one that `push` made. */
export function isPush(stage: object): stage is PushStage {
  return 'name' in stage && stage.name === 'push' && 'prepare' in stage;
}

async function preparePush(
  to: string,
  packed: PackedModel,
  wanted: PushOptions,
  context: RunContext,
): Promise<PreparedPush> {
  const { target, options } = openTagged(to, wanted, context);
  const { model } = fitTarget(await forHarbor(packed, await harborBehind(target, context)), target, options);
  return { target, model, tags: model.artifacts.map((artifact) => tagsOf(model, artifact, options)) };
}

async function pushModel(
  to: string,
  packed: PackedModel,
  wanted: PushOptions,
  context: RunContext,
): Promise<readonly PushedArtifact[]> {
  const { target, options } = openTagged(to, wanted, context);
  const harbor = await harborBehind(target, context);
  const { model: input } = fitTarget(await forHarbor(packed, harbor), target, options);
  const started = context.now();
  context.emit({ type: 'stage.start', stage: 'push', total: null });
  const record = recordOf(input, target, options, context);
  const unchanged = options.reuse === false ? undefined : await record?.unchanged(context.signal);
  for (const { reference, size } of unchanged ?? []) {
    context.emit({
      type: 'item.skip',
      stage: 'push',
      id: reference,
      name: reference,
      total: size,
      reason: 'unchanged',
    });
  }
  const asks = harbor !== undefined && unchanged === undefined && options.quotaCheck !== false;
  if (asks) await requireQuota(loadOf(input), target, context);
  const seal = sealing(packed, input, target, context);
  const present =
    unchanged === undefined
      ? await presentArtifacts(input, target, options, packed.attachments, context)
      : { taken: new Map<Artifact, Published>(), claimed: new Set<Artifact>() };
  const claims = new Set([...present.claimed].filter((artifact) => present.taken.has(artifact)));
  const sent = unchanged ?? (await send(input, target, options, present.taken, context, seal));
  const results = markClaims(input, sent, claims);
  if (unchanged !== undefined && (packed.attachments ?? []).length > 0)
    await seal(await standing(input, target, unchanged, context));
  if (unchanged !== undefined) await attachStatements(input, results, target, context);
  if (unchanged === undefined && (await keepPublished(input, results, target, context))) await record?.keep(results);
  if (harbor !== undefined) await reportHarborView(target, results, input, context);
  for (const { reference, digest, mediaType, size } of results) {
    context.emit({ type: 'artifact', reference, digest, mediaType, size });
  }
  const durationMs = context.now() - started;
  const summary = `${results.length} artifact${results.length === 1 ? '' : 's'}${unchanged === undefined ? '' : ', unchanged'}`;
  context.emit({ type: 'stage.end', stage: 'push', ok: true, summary, durationMs });
  return results;
}

/** Files whose bytes are wanted, in the order in which they are sent. */
function toSend(input: PackedModel, present: ReadonlyMap<Artifact, unknown>): readonly ModelFile[] {
  const artifacts = input.artifacts.filter((artifact) => !present.has(artifact));
  const layers = artifacts.flatMap((artifact) => artifact.layers.filter(({ made }) => made === undefined));
  return [...new Set(layers.map(({ file }) => file))];
}

async function send(
  input: PackedModel,
  target: OpenedTarget['target'],
  options: PushOptions,
  present: ReadonlyMap<Artifact, Published>,
  context: RunContext,
  seal: (stored: StoredManifests) => Promise<void>,
): Promise<readonly PushedArtifact[]> {
  const indexes = (input.indexes ?? []).map((index) => ({ ...index, tags: indexTagsOf(input, index, options) }));
  for (const [artifact, { size }] of present) {
    const name = artifact.variant ?? artifact.format;
    context.emit({ type: 'item.skip', stage: 'push', id: name, name, total: size, reason: 'unchanged' });
  }
  await expectReading(toSend(input, present), context);
  const pushed = await pushIndexed(target, input.artifacts, indexes, {
    tags: (artifact: Artifact) => tagsOf(input, artifact, options),
    present,
    // Variants that share one reading of the source go side by side, or one would wait for what another has to read.
    concurrency: Math.max(context.limits.concurrency, variantCount(input)),
    noOverwrite: options.overwrite === false,
    signal: context.signal,
    ...mountable(input.from, target),
    mountLayer: (layer) => mountable(layer.from, target).mountFrom,
    beforeTags: async (stored) => {
      // What stands there already was confirmed when it was sent: nothing of this reading goes anywhere.
      if (present.size < input.artifacts.length) await input.confirm?.(context.signal);
      const subjects = stored.artifacts.map(({ artifact: { variant }, descriptor: { digest } }) => ({
        variant,
        digest,
      }));
      await attachStatements(input, subjects, target, context);
      await seal(stored);
    },
    onEvent: (event) => tellTransfer(event, 'push', context),
  });
  return [
    ...pushed.artifacts.map((artifact) => resultOf(artifact, artifact.artifact.variant)),
    ...pushed.indexes.map((index) => resultOf(index)),
  ];
}

function variantCount({ artifacts }: PackedModel): number {
  return new Set(artifacts.map(({ variant }) => variant)).size;
}

/** The repository to mount blobs from: the files' own, when it is another one of the same registry. */
function mountable(from: string | undefined, target: OpenedTarget['target']): { readonly mountFrom?: string } {
  if (from === undefined || target.host === undefined) return {};
  const reference = parseReference(from);
  if (reference.kind !== 'registry' || reference.host !== target.host) return {};
  return reference.repository === target.repository ? {} : { mountFrom: reference.repository };
}

function resultOf(manifest: PushedManifest, variant?: string): PushedArtifact {
  const { reference, digest, mediaType, size, tags } = manifest;
  return { reference, digest, mediaType, size, tags, variant };
}
