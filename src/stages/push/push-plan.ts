import type { Planned, RunContext } from '../../core/index.js';
import type { DetectedHarbor } from '../../harbor/index.js';
import type { Artifact } from '../../registry/index.js';
import { formatLimit } from '../limit-text.js';
import type { PushOptions } from '../options/index.js';
import type { PackedModel } from '../packaging/packed-model.js';
import type { Published } from './published.js';
import { noTags, refuseKnownConflicts, tagStates, type TagState } from './push-conflicts.js';
import { forHarbor, harborBehind } from './push-harbor.js';
import { presentArtifacts } from './push-present.js';
import { loadOf, quotaFacts, quotaWarnings } from './push-quota.js';
import { recordOf } from './push-record.js';
import { fitTarget } from './push-split.js';
import { indexTagsOf, tagsOf } from './push-tags.js';
import { openTagged } from './push-target.js';
import { readingFacts } from '../reading.js';
import { registryFacts } from './registry-facts.js';
import { isProjectToCome } from '../run-harbor.js';

/** Says what a push would send, to where, over which tags, and what is against it. Sends nothing. */
export async function planPush(
  to: string,
  packed: PackedModel,
  wanted: PushOptions,
  context: RunContext,
): Promise<Planned<unknown>['reports'][number]> {
  const { target, options } = openTagged(to, wanted, context);
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
  const registry = await registryFacts(target, context);
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
      registry: registry?.facts,
      quota,
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
