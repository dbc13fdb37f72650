import { isDigest, SlipwayError } from '../core/index.js';
import type { Descriptor, Manifest } from '../registry/index.js';

const MAX_LAYERS = 10_000;

/** Checks a parsed manifest before anything in it is used. Throws `MANIFEST_INVALID`. */
export function checkedManifest(value: unknown): Manifest {
  const manifest = value as Manifest;
  if (typeof value !== 'object' || value === null || !isDescriptor(manifest.config)) throw invalid('no config');
  if (!Array.isArray(manifest.layers) || manifest.layers.length > MAX_LAYERS) {
    throw invalid(`no list of layers, or more than ${MAX_LAYERS}`);
  }
  const wrong = manifest.layers.findIndex((layer) => !isDescriptor(layer));
  if (wrong !== -1) throw invalid(`layer ${wrong} without a valid digest, size, type or annotation`);
  const type: unknown = manifest.artifactType;
  if (type !== undefined && typeof type !== 'string') throw invalid('an artifact type that is no text');
  return manifest;
}

function isDescriptor(value: unknown): value is Descriptor {
  if (typeof value !== 'object' || value === null) return false;
  const { digest, size, mediaType, annotations } = value as Partial<Record<keyof Descriptor, unknown>>;
  const named =
    annotations === undefined ||
    (typeof annotations === 'object' &&
      annotations !== null &&
      Object.values(annotations).every((text) => typeof text === 'string'));
  return isDigest(digest) && Number.isSafeInteger(size) && Number(size) >= 0 && typeof mediaType === 'string' && named;
}

function invalid(got: string): SlipwayError {
  return new SlipwayError('MANIFEST_INVALID', 'the manifest is not valid', { got });
}
