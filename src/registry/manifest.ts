import { isDigest, SlipwayError, type Digest } from '../core/index.js';
import { isJsonObject, jsonField, parseJson, type JsonObject, type JsonValue } from '../files/index.js';
import { MEDIA_TYPES, type Descriptor } from './descriptor.js';

/** Largest manifest that is read or sent: what the common registries accept. */
export const MANIFEST_LIMIT: number = 4 * 1024 * 1024;
/** Most descriptors that one manifest may list. */
const MOST_DESCRIPTORS = 16_384;

/** What copying needs to know about a manifest or index. */
export interface ParsedManifest {
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly kind: 'manifest' | 'index';
  /** Config and layers: content without further references. */
  readonly blobs: readonly Descriptor[];
  /** Manifests that an index lists. */
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations: Readonly<Record<string, string>>;
}

const INDEX_TYPES: ReadonlySet<string> = new Set([MEDIA_TYPES.index, MEDIA_TYPES.dockerManifestList]);
const MANIFEST_TYPES: ReadonlySet<string> = new Set([MEDIA_TYPES.manifest, MEDIA_TYPES.dockerManifest]);

/** What a client says it can read. Some registries (Harbor) answer 404 without it. */
export const MANIFEST_ACCEPT: string = Object.values(MEDIA_TYPES)
  .filter((type) => type !== MEDIA_TYPES.empty)
  .join(', ');

export function isManifestType(mediaType: string): boolean {
  return INDEX_TYPES.has(mediaType) || MANIFEST_TYPES.has(mediaType);
}

/**
 * Reads the bytes of a manifest or index (image-spec v1.1, Docker schema 2). `mediaType` is what a descriptor or header
 * called it; what the bytes say of themselves must agree. Throws `MANIFEST_INVALID`.
 */
export function parseManifest(bytes: Uint8Array, name: string, mediaType?: string): ParsedManifest {
  const object = parseObject(bytes, name);
  const own = jsonField(object, 'mediaType');
  if (own !== undefined && typeof own !== 'string') throw invalid(name, 'mediaType is not a string');
  const generic = mediaType === undefined || !isManifestType(mediaType);
  if (own !== undefined && !generic && own !== mediaType) {
    throw invalid(name, `it was announced as ${mediaType} and calls itself ${own}`);
  }
  const type = own ?? (generic ? undefined : mediaType) ?? guess(object);
  if (type === undefined || !isManifestType(type)) throw invalid(name, `media type ${type ?? 'unknown'}`);
  const isIndex = INDEX_TYPES.has(type);
  // A document that is both lets two readers see two things (CVE-2021-41190).
  const wrong = isIndex ? ['config', 'layers'] : ['manifests'];
  const both = wrong.find((key) => jsonField(object, key) !== undefined);
  if (both !== undefined) throw invalid(name, `a ${isIndex ? 'index' : 'manifest'} with '${both}'`);
  return {
    mediaType: type,
    kind: isIndex ? 'index' : 'manifest',
    ...body(object, isIndex, name),
    annotations: strings(jsonField(object, 'annotations'), name),
  };
}

function body(
  object: JsonObject,
  isIndex: boolean,
  name: string,
): Pick<ParsedManifest, 'blobs' | 'manifests' | 'subject' | 'artifactType'> {
  const subject = jsonField(object, 'subject');
  const artifactType = jsonField(object, 'artifactType');
  const config = jsonField(object, 'config');
  if (!isIndex && config === undefined) throw invalid(name, 'config is missing');
  return {
    blobs: isIndex ? [] : [descriptor(config, name), ...list(jsonField(object, 'layers'), name)],
    manifests: isIndex ? list(jsonField(object, 'manifests'), name) : [],
    ...(subject !== undefined && subject !== null && { subject: descriptor(subject, name) }),
    ...(typeof artifactType === 'string' && { artifactType }),
  };
}

/** A descriptor from JSON, every field checked that is going to be used. Throws `MANIFEST_INVALID`. */
export function descriptor(value: JsonValue | undefined, name: string): Descriptor {
  if (!isJsonObject(value)) throw invalid(name, 'a descriptor is not an object');
  const [mediaType, digest, size] = ['mediaType', 'digest', 'size'].map((key) => jsonField(value, key));
  if (typeof mediaType !== 'string' || mediaType.length > 255) throw invalid(name, 'a descriptor without media type');
  if (!isDigest(digest)) throw invalid(name, `digest ${JSON.stringify(digest) ?? 'missing'}`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw invalid(name, `size ${JSON.stringify(size) ?? 'missing'} of ${digest}`);
  const annotations = jsonField(value, 'annotations');
  const artifactType = jsonField(value, 'artifactType');
  const platform = platformOf(jsonField(value, 'platform'));
  return {
    mediaType,
    digest,
    size,
    ...(annotations !== undefined && annotations !== null && { annotations: strings(annotations, name) }),
    ...(typeof artifactType === 'string' && artifactType !== '' && { artifactType }),
    ...(platform !== undefined && { platform }),
  };
}

/** Descriptors of a JSON array, at most as many as a manifest may have. */
export function list(value: JsonValue | undefined, name: string): Descriptor[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(name, 'a list of descriptors is not an array');
  if (value.length > MOST_DESCRIPTORS) throw invalid(name, `${value.length} descriptors, limit ${MOST_DESCRIPTORS}`);
  return value.map((item: JsonValue) => descriptor(item, name));
}

/** Bytes as a JSON object. Throws `MANIFEST_INVALID`. */
export function parseObject(bytes: Uint8Array, name: string): JsonObject {
  let value: JsonValue;
  try {
    value = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), name);
  } catch (cause) {
    throw new SlipwayError('MANIFEST_INVALID', `'${name}' is not a manifest`, { where: name, got: 'not JSON', cause });
  }
  if (!isJsonObject(value)) throw invalid(name, 'not a JSON object');
  return value;
}

function platformOf(value: JsonValue | undefined): Descriptor['platform'] {
  if (!isJsonObject(value)) return undefined;
  const [architecture, os, variant] = ['architecture', 'os', 'variant'].map((key) => jsonField(value, key));
  if (typeof architecture !== 'string' || typeof os !== 'string') return undefined;
  return { architecture, os, ...(typeof variant === 'string' && { variant }) };
}

function guess(object: JsonObject): string | undefined {
  if (Array.isArray(jsonField(object, 'manifests'))) return MEDIA_TYPES.index;
  return Array.isArray(jsonField(object, 'layers')) ? MEDIA_TYPES.manifest : undefined;
}

function strings(value: JsonValue | undefined, name: string): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw invalid(name, 'annotations are not an object');
  const entries = Object.entries(value);
  const wrong = entries.find(([, one]) => typeof one !== 'string');
  if (wrong !== undefined) throw invalid(name, `annotation '${wrong[0]}' is not a string`);
  return Object.fromEntries(entries as [string, string][]);
}

function invalid(name: string, got: string): SlipwayError {
  return new SlipwayError('MANIFEST_INVALID', `'${name}' is not a valid manifest`, { where: name, got });
}

/** Media types of manifests that carry no type of their own, by the digest under which they were asked for. */
export function describe(bytes: Uint8Array, digest: Digest, parsed: ParsedManifest): Descriptor {
  return {
    mediaType: parsed.mediaType,
    digest,
    size: bytes.byteLength,
    ...(parsed.artifactType !== undefined && { artifactType: parsed.artifactType }),
  };
}
