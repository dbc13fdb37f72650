import { isDigest, SlipwayError } from '../core/index.js';
import type { Descriptor, Manifest } from '../registry/index.js';

export const ARTIFACT_FORMATS = ['modelpack', 'cnai', 'kitops', 'docker', 'ollama', 'modelcar', 'oras'] as const;
/** The packaging formats that are written and read. */
export type ArtifactFormat = (typeof ARTIFACT_FORMATS)[number];

/** How a layer holds its file. */
export type LayerForm = 'raw' | 'tar' | 'tar+gzip' | 'tar+zstd';

const MAX_LAYERS = 10_000;

/** Tells the format of a manifest: by its artifact type, else its config's type, else its layers' types. */
export function formatOfArtifact(manifest: Manifest): ArtifactFormat {
  const types = [manifest.artifactType ?? '', manifest.config.mediaType];
  const has = (part: string): boolean => types.some((type) => type.startsWith(`application/vnd.${part}.`));
  if (has('cncf.model')) return 'modelpack';
  if (has('cnai.model')) return 'cnai';
  if (has('kitops.modelkit')) return 'kitops';
  if (has('docker.ai.model.config')) return 'docker';
  if (manifest.layers.some(({ mediaType }) => mediaType.startsWith('application/vnd.ollama.image.'))) return 'ollama';
  return types.some((type) => /^application\/vnd\.(oci\.image\.config|docker\.container\.image)\.v1\+json$/.test(type))
    ? 'modelcar'
    : 'oras';
}

/** The form that a layer's media type names. */
export function layerForm(descriptor: Descriptor, format: ArtifactFormat): LayerForm {
  const { mediaType, annotations } = descriptor;
  // oras gives plain files the type of a tar layer; only a folder is one, and says so.
  if (format === 'oras') {
    if (annotations?.['io.deis.oras.content.unpack'] !== 'true') return 'raw';
    // A folder is gzip whatever type its publisher gave it, unless the digest of its tar is the layer's own.
    return annotations['io.deis.oras.content.digest'] === descriptor.digest ? 'tar' : 'tar+gzip';
  }
  if (/\btar[.+](gzip|gz)$/.test(mediaType) || mediaType.endsWith('.tar.gzip')) return 'tar+gzip';
  if (/\btar\+zstd$/.test(mediaType)) return 'tar+zstd';
  return mediaType.endsWith('.tar') ? 'tar' : 'raw';
}

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
