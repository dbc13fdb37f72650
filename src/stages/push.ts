import { SlipwayError, type Digest, type Planned, type RunContext, type Stage } from '../core/index.js';
import type { ModelFile } from '../files/index.js';
import {
  isNotThere,
  parseManifest,
  parseReference,
  pushIndexed,
  type Artifact,
  type Descriptor,
  type OpenedTarget,
  type PushedManifest,
  type StoredManifests,
} from '../registry/index.js';
import type { DetectedHarbor } from '../harbor/index.js';
import { openPushTarget } from './open-target.js';
import { attachStatements } from './attach-statements.js';
import type { PushOptions } from './options/index.js';
import type { PackedModel, PushedArtifact } from './packed-model.js';
import { hasOtherLayers, type Published } from './published.js';
import { lintPacked } from './push-lint.js';
import { keepPublished, presentArtifacts } from './push-present.js';
import { forHarbor, harborBehind, noProject, reportHarborView } from './push-harbor.js';
import { loadOf, quotaFacts, quotaWarnings, requireQuota } from './push-quota.js';
import { expectReading, readingFacts } from './reading.js';
import { PushRecord } from './push-record.js';
import { fitTarget } from './push-split.js';
import { indexTagsOf, tagsOf } from './push-tags.js';
import { formatLimit } from './limit-text.js';
import { registryFacts } from './registry-facts.js';
import { isProjectToCome } from './run-harbor.js';
import { tellTransfer } from './transfer-events.js';

const settings = new WeakMap<object, { readonly to: string; readonly options: PushOptions }>();

/** Sends artifacts to a repository of a registry (`host/repository`) or an OCI layout (`layout:./dir`). */
export function push(to: string, options: PushOptions = {}): Stage<PackedModel, readonly PushedArtifact[]> {
  const linted = new WeakSet<RunContext>();
  const stage: Stage<PackedModel, readonly PushedArtifact[]> = {
    name: 'push',
    target: to,
    plan: async (input, context): Promise<Planned<readonly PushedArtifact[]>> => {
      const found = await lintPacked(input, context.lint ?? options.lint, context);
      linted.add(context);
      const report = await planPush(to, input, options, context);
      return { reports: [{ ...report, warnings: [...found, ...(report.warnings ?? [])] }] };
    },
    run: async (input, context) => {
      // What a plan has told is not told again; without one nothing has looked yet.
      const found = linted.has(context) ? [] : await lintPacked(input, context.lint ?? options.lint, context);
      for (const message of found) context.emit({ type: 'warning', code: 'LINT', message });
      return pushModel(to, input, options, context);
    },
  };
  settings.set(stage, { to, options });
  return stage;
}

/** What a push would send, and where: the model as its target takes it. */
export interface PreparedPush {
  readonly target: OpenedTarget['target'];
  readonly model: PackedModel;
  /** Of each artifact, in their order. */
  readonly tags: readonly (readonly string[])[];
}

/** Whether a stage is one that `push` made. */
export function isPush(stage: object): stage is Stage<PackedModel, readonly PushedArtifact[]> {
  return settings.has(stage);
}

/** Opens the target of a push and fits the model to it, and sends nothing. Throws what {@link push} throws. */
export async function preparePush(stage: object, packed: PackedModel, context: RunContext): Promise<PreparedPush> {
  const known = settings.get(stage);
  if (known === undefined) throw new SlipwayError('INTERNAL', 'the stage is no push');
  const { target, options } = openTagged(known.to, known.options, context);
  const { model } = fitTarget(await forHarbor(packed, await harborBehind(target, context)), target, options);
  return { target, model, tags: model.artifacts.map((artifact) => tagsOf(model, artifact, options)) };
}

/** A tag in the address is as good as one in the options. */
function openTagged(to: string, options: PushOptions, context: RunContext): OpenedTarget & { options: PushOptions } {
  const opened = openPushTarget(to, options, context, 'push');
  return {
    ...opened,
    options: opened.tag === undefined ? options : { ...options, tags: options.tags ?? [opened.tag] },
  };
}

async function planPush(
  to: string,
  packed: PackedModel,
  given: PushOptions,
  context: RunContext,
): Promise<Planned<unknown>['reports'][number]> {
  const { target, options } = openTagged(to, given, context);
  const harbor = await harborBehind(target, context);
  const { model: input, note, warnings } = fitTarget(await forHarbor(packed, harbor), target, options);
  // A Harbor answers 401 when the project is not there yet.
  const isNew = isProjectToCome(target, context);
  const tags = [
    ...input.artifacts.flatMap((artifact) => tagsOf(input, artifact, options)),
    ...(input.indexes ?? []).flatMap((index) => indexTagsOf(input, index, options)),
  ];
  const tagsNow = isNew
    ? new Map<string, TagState>()
    : await tagStates(target, tags, context.signal).catch(async (error: unknown) =>
        noTags(error, target, harbor, context),
      );
  const states = tags.map((tag) => `${tag} ${tagsNow.get(tag)?.state ?? 'new'}`);
  const { taken: present, claimed } = isNew
    ? { taken: new Map<Artifact, Published>(), claimed: new Set<Artifact>() }
    : await presentArtifacts(input, target, options, packed.attachments, context);
  const files = new Map(
    input.artifacts
      .filter((artifact) => !present.has(artifact))
      .flatMap((artifact) => artifact.layers.map((layer) => [layer.file, layer.file.size])),
  );
  const bytes = [...files.values()].reduce((sum, size) => sum + size, 0);
  const { reading, warnings: readTwice = [] } = readingFacts([...files.keys()]);
  const record = isNew ? undefined : recordOf(input, target, options, context);
  const isAllThere = present.size === input.artifacts.length && (input.indexes ?? []).length === 0;
  const isRecorded = options.reuse !== false && (await record?.unchanged(context.signal)) !== undefined;
  const unchanged = isRecorded || isAllThere;
  await refuseKnownConflicts(input, target, options, context.signal, { states: tagsNow, present, claimed, unchanged });
  const asks = harbor !== undefined && !isNew && !unchanged && options.quotaCheck !== false;
  const full = asks ? await quotaWarnings(loadOf(input), target, context) : [];
  const shown = harbor === undefined ? '' : shownBy(harbor, packed, input);
  const quota = asks ? await quotaFacts(target, context) : undefined;
  const registry = registryFacts(target);
  const said = [
    `${target.name}, tags ${states.join(', ')}`,
    shown,
    quota === undefined ? '' : `quota ${formatLimit(quota.used)} of ${formatLimit(quota.limit)} used`,
    registry?.says ?? '',
    note,
    unchanged
      ? 'unchanged: nothing to do'
      : present.size > 0
        ? `${present.size} of ${input.artifacts.length} are published already`
        : '',
  ];
  return {
    stage: 'push',
    summary: said.filter(Boolean).join('; '),
    warnings: [...warnings, ...full, ...(unchanged ? [] : readTwice)],
    bytesOut: unchanged ? 0 : bytes,
    ...(target.host === undefined && !unchanged ? { disk: bytes, diskAt: target.name.replace(/^[a-z-]+:/, '') } : {}),
    data: {
      target: target.name,
      tags,
      unchanged,
      ...(registry !== undefined && { registry: registry.facts }),
      ...(quota !== undefined && { quota }),
      ...(reading !== undefined && !unchanged && { reading }),
    },
  };
}

/** What the Harbor makes of it: the format that goes there, or that the one chosen has no model page. */
function shownBy({ family }: DetectedHarbor, packed: PackedModel, input: PackedModel): string {
  if (packed.inFamily !== undefined) return `as ${family}, which this Harbor shows as a model`;
  const isShown = input.artifacts.some(({ format }) => format === family);
  return isShown ? '' : `a Harbor, which shows models of the format ${family} only`;
}

/**
 * With `overwrite: false` a tag that points at something else is known before anything is made. What is not known to be the same
 * is taken to be other only where its manifest cannot be: the push itself compares digests.
 */
async function refuseKnownConflicts(
  input: PackedModel,
  target: OpenedTarget['target'],
  options: PushOptions,
  signal: AbortSignal,
  now: {
    readonly states: ReadonlyMap<string, TagState>;
    readonly present: ReadonlyMap<Artifact, Published>;
    /** May turn out to be the very same. */
    readonly claimed: ReadonlySet<Artifact>;
    readonly unchanged: boolean;
  },
): Promise<void> {
  if (options.overwrite !== false || now.unchanged) return;
  for (const artifact of input.artifacts) {
    if (now.present.has(artifact) || now.claimed.has(artifact)) continue;
    for (const tag of tagsOf(input, artifact, options)) {
      const state = now.states.get(tag);
      if (state?.state !== 'exists') continue;
      // Without a recipe it may turn out to be the very same, unless its layers cannot be.
      if (artifact.recipe === undefined && !(await hasOtherLayers(target, artifact, tag, signal))) continue;
      throw new SlipwayError('TAG_EXISTS', `'${target.name}:${tag}' already points to a different artifact`, {
        where: `${target.name}:${tag}`,
        got: `${state.digest}, which was made of something else or in another way`,
        kept: 'nothing was read or sent',
        try: 'a new tag, or push without --no-overwrite',
      });
    }
  }
}

/** What a tag is in the target now; an account may push and not be allowed to look. */
type TagState = { readonly state: 'new' | 'unknown' } | { readonly state: 'exists'; readonly digest: Digest };

/** Looks every tag up by itself: a push needs no right to list them. Throws what ends the push too. */
async function tagStates(
  target: OpenedTarget['target'],
  tags: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TagState>> {
  const states = tags.map(async (tag): Promise<TagState> => {
    try {
      return { state: 'exists', digest: (await target.resolve(tag, signal)).digest };
    } catch (error) {
      if (!SlipwayError.is(error) || signal.aborted) throw error;
      if (isNotThere(error)) return { state: 'new' };
      // Refused or broken for readers: whether it takes what is pushed, only the push can say.
      if (['OCI_DENIED', 'OCI_PROTOCOL', 'OCI_UNAVAILABLE', 'MANIFEST_INVALID'].includes(error.code))
        return { state: 'unknown' };
      throw error;
    }
  });
  const found = await Promise.all(states);
  return new Map(tags.map((tag, index) => [tag, found[index] ?? { state: 'unknown' }]));
}

/** A repository that does not exist yet has no tags; anything else is worth telling before the work begins. */
async function noTags(
  error: unknown,
  target: OpenedTarget['target'],
  harbor: Awaited<ReturnType<typeof harborBehind>>,
  context: RunContext,
): Promise<ReadonlyMap<string, TagState>> {
  if (!SlipwayError.is(error)) throw error;
  if (isNotThere(error)) return new Map();
  throw harbor !== undefined && error.code === 'OCI_UNAUTHORIZED' ? await noProject(error, target, context) : error;
}

async function pushModel(
  to: string,
  packed: PackedModel,
  given: PushOptions,
  context: RunContext,
): Promise<readonly PushedArtifact[]> {
  const { target, options } = openTagged(to, given, context);
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
  const results = unchanged ?? (await send(input, target, options, present.taken, context, seal));
  if (unchanged !== undefined && (packed.attachments ?? []).length > 0)
    await seal(await standing(input, target, unchanged, context));
  if (unchanged !== undefined) await attachStatements(input, results, target, context);
  if (unchanged === undefined) {
    const claims = new Set([...present.claimed].filter((artifact) => present.taken.has(artifact)));
    if (await keepPublished(input, results, claims, target, context)) await record?.keep(results);
  }
  if (harbor !== undefined) await reportHarborView(target, results, input, context);
  for (const { reference, digest, mediaType, size } of results) {
    context.emit({ type: 'artifact', reference, digest, mediaType, size });
  }
  const durationMs = context.now() - started;
  const summary = `${results.length} artifact${results.length === 1 ? '' : 's'}${unchanged === undefined ? '' : ', unchanged'}`;
  context.emit({ type: 'stage.end', stage: 'push', ok: true, summary, durationMs });
  return results;
}

/** What is known of an earlier push of the same: see {@link PushRecord}. */
function recordOf(
  input: PackedModel,
  target: OpenedTarget['target'],
  options: PushOptions,
  context: RunContext,
): PushRecord | undefined {
  const tags = [
    ...input.artifacts.map((artifact) => tagsOf(input, artifact, options)),
    ...(input.indexes ?? []).map((index) => indexTagsOf(input, index, options)),
  ];
  return PushRecord.of(input, target, tags, context);
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

/** Attaches what earlier stages asked for: signatures and attestations stand before a tag names what they are about. */
function sealing(
  packed: PackedModel,
  input: PackedModel,
  target: OpenedTarget['target'],
  context: RunContext,
): (stored: StoredManifests) => Promise<void> {
  return async (stored) => {
    const attachments = packed.attachments ?? [];
    if (attachments.length === 0) return;
    const artifacts = await Promise.all(stored.artifacts.map(async (one) => withLayers(one, target, context.signal)));
    const whole = { ...stored, artifacts, target, model: input };
    for (const attachment of attachments) await attachment.attach(whole, context);
  };
}

/** An artifact that stood there already has told no layers: its manifest does. */
async function withLayers(
  stored: StoredManifests['artifacts'][number],
  target: OpenedTarget['target'],
  signal: AbortSignal,
): Promise<StoredManifests['artifacts'][number]> {
  const { artifact, descriptor, layers } = stored;
  if (layers.length === artifact.layers.length) return stored;
  const { bytes } = await target.readManifest(descriptor.digest, signal);
  const { blobs } = parseManifest(bytes, descriptor.digest, descriptor.mediaType);
  return { artifact, descriptor, layers: blobs.slice(1).map((layer) => layer.digest) };
}

/** What an unchanged push finds in the target, in the form of one that has just been stored. */
async function standing(
  input: PackedModel,
  target: OpenedTarget['target'],
  unchanged: readonly PushedArtifact[],
  { signal }: RunContext,
): Promise<StoredManifests> {
  const read = async (digest: Digest): Promise<{ descriptor: Descriptor; layers: readonly Digest[] }> => {
    const { descriptor, bytes } = await target.readManifest(digest, signal);
    const { blobs } = parseManifest(bytes, digest, descriptor.mediaType);
    return { descriptor, layers: blobs.slice(1).map((layer) => layer.digest) };
  };
  const artifacts: StoredManifests['artifacts'][number][] = [];
  for (const [position, artifact] of input.artifacts.entries()) {
    const known = unchanged[position];
    if (known !== undefined) artifacts.push({ artifact, ...(await read(known.digest)) });
  }
  const indexes: Descriptor[] = [];
  for (const { digest } of unchanged.slice(input.artifacts.length)) indexes.push((await read(digest)).descriptor);
  return { artifacts, indexes };
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
  return { reference, digest, mediaType, size, tags, ...(variant !== undefined && { variant }) };
}
