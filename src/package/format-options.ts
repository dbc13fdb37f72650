import { SlipwayError } from '../core/index.js';
import type { ModelFacts } from './variant.js';

/** What every packaging format understands. */
export interface PackOptions {
  /**
   * Seconds since 1970 (SOURCE_DATE_EPOCH). It wins over the date of the source's commit; without both an artifact
   * carries no date at all, so that the same input always gives the same digest.
   */
  readonly sourceDateEpoch?: number | undefined;
  /** Annotations of the manifest, beside those that the format writes; they win. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

const LAST_SECOND = 253_402_300_799;

/** The one date that an artifact may carry: RFC 3339, UTC, whole seconds. */
export function createdAt(facts: ModelFacts, options: PackOptions): string | undefined {
  const epoch = options.sourceDateEpoch;
  if (epoch !== undefined) {
    if (Number.isInteger(epoch) && epoch >= 0 && epoch <= LAST_SECOND) return rfc3339(epoch * 1000);
    throw new SlipwayError('USAGE', 'SOURCE_DATE_EPOCH is not a number of seconds', { got: String(epoch) });
  }
  const committed = Date.parse(facts.source.committedAt ?? '');
  return Number.isNaN(committed) ? undefined : rfc3339(committed);
}

function rfc3339(milliseconds: number): string {
  return new Date(Math.floor(milliseconds / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

/** The annotations that tell people and scanners what an artifact is (image-spec, annotations.md). */
export function manifestAnnotations(facts: ModelFacts, options: PackOptions): Readonly<Record<string, string>> {
  const isPublic = facts.source.kind !== 'directory';
  const known = {
    'org.opencontainers.image.created': createdAt(facts, options),
    'org.opencontainers.image.title': facts.title ?? facts.name,
    'org.opencontainers.image.description': facts.description,
    'org.opencontainers.image.vendor': facts.vendor,
    'org.opencontainers.image.version': facts.version,
    'org.opencontainers.image.licenses': facts.licenses.length === 0 ? undefined : facts.licenses.join(' AND '),
    // A directory's address and revision are this machine's own business.
    'org.opencontainers.image.source': isPublic ? facts.source.url : undefined,
    'org.opencontainers.image.revision': isPublic ? facts.source.revision : undefined,
    // No specification has a word for it: the Hub's names of what this model was made from.
    'dev.slipway.base-model': facts.baseModels?.join(', '),
    ...adapterAnnotations(facts),
  };
  return sortedAnnotations({ ...known, ...options.annotations });
}

/** What a LoRA adapter says of the model that it belongs on; nothing for a model. */
export function adapterAnnotations({ adapter }: ModelFacts): Readonly<Record<string, string | undefined>> {
  if (adapter === undefined) return {};
  return {
    'dev.slipway.adapter.base': adapter.base,
    'dev.slipway.adapter.base.revision': adapter.baseRevision,
    'dev.slipway.adapter.base.digest': adapter.baseDigest,
    'dev.slipway.adapter.type': 'lora',
  };
}

/** Annotations without the missing ones, in byte order of their keys. */
export function sortedAnnotations(
  annotations: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const entries = Object.entries(annotations).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
