import { SlipwayError, type Digest } from '../core/index.js';
import { memoryFile, sha256 } from '../files/index.js';
import { MEDIA_TYPES, parseManifest, type Descriptor, type Target } from '../registry/index.js';
import { BUNDLE_TYPE } from './bundle/bundle.js';
import { legacyTag, SIGNATURE_ANNOTATION, SIMPLE_SIGNING_TYPE } from './bundle/simple-signing.js';

/** Content of a config that says nothing (image-spec v1.1, "Guidance for an Empty Descriptor"). */
const EMPTY = Buffer.from('{}');
const EMPTY_CONFIG: Descriptor = { mediaType: MEDIA_TYPES.empty, digest: sha256(EMPTY), size: EMPTY.byteLength };

/** A manifest that something is attached to. Its descriptor is all that is needed: the subject is not asked for again. */
export type AttachSubject = Pick<Descriptor, 'mediaType' | 'digest' | 'size'>;

/** What is stored as a referrer. */
interface Attachment {
  readonly artifactType: string;
  readonly content: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Stores one blob as a referrer of a manifest (distribution-spec v1.1 "Pushing Manifests with Subject"). */
async function attach(
  target: Target,
  subject: AttachSubject,
  { artifactType, content, annotations }: Attachment,
  signal?: AbortSignal,
): Promise<Descriptor> {
  const options = signal === undefined ? {} : { signal };
  await target.pushBlob(memoryFile('empty config', EMPTY), options);
  const layer = { mediaType: artifactType, digest: sha256(content), size: content.byteLength };
  await target.pushBlob(memoryFile(artifactType, content), options);
  const { mediaType, digest, size } = subject;
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    artifactType,
    config: EMPTY_CONFIG,
    layers: [layer],
    subject: { mediaType, digest, size },
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
  return target.pushManifest(Buffer.from(JSON.stringify(manifest)), MEDIA_TYPES.manifest, signal);
}

/** Attaches a Sigstore bundle as cosign 3 does. */
export async function attachBundle(
  target: Target,
  subject: AttachSubject,
  bundle: { readonly bytes: Uint8Array; readonly predicateType: string; readonly created?: Date },
  signal?: AbortSignal,
): Promise<Descriptor> {
  const { bytes, predicateType, created } = bundle;
  const annotations = {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    'dev.sigstore.bundle.predicateType': predicateType,
    ...(created !== undefined && {
      'org.opencontainers.image.created': created.toISOString().replace(/\.\d+Z$/, 'Z'),
    }),
  };
  return attach(target, subject, { artifactType: BUNDLE_TYPE, content: bytes, annotations }, signal);
}

/** Attaches a document as it is, unsigned: a bill of materials under its own media type. */
export async function attachDocument(
  target: Target,
  subject: AttachSubject,
  document: { readonly bytes: Uint8Array; readonly mediaType: string },
  signal?: AbortSignal,
): Promise<Descriptor> {
  return attach(
    target,
    subject,
    { artifactType: document.mediaType, content: document.bytes, annotations: {} },
    signal,
  );
}

/**
 * Adds a signature under the tag `sha256-<hex>.sig` as cosign up to 2.5 does: one manifest whose layers are the signatures.
 * What is there already stays. The tag is read, changed and written: two writers at the same moment can lose one.
 */
export async function addLegacySignature(
  target: Target,
  digest: Digest,
  signature: { readonly payload: Uint8Array; readonly signature: Uint8Array },
  signal?: AbortSignal,
): Promise<void> {
  const tag = legacyTag(digest);
  const present = await layersUnder(target, tag, signal);
  const { payload } = signature;
  const layer: Descriptor = {
    mediaType: SIMPLE_SIGNING_TYPE,
    digest: sha256(payload),
    size: payload.byteLength,
    annotations: { [SIGNATURE_ANNOTATION]: Buffer.from(signature.signature).toString('base64') },
  };
  const layers = [...present, layer];
  const config = legacyConfig(layers);
  const options = signal === undefined ? {} : { signal };
  await target.pushBlob(memoryFile('signature payload', payload), options);
  await target.pushBlob(memoryFile('signature config', config), options);
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    config: { mediaType: LEGACY_CONFIG_TYPE, digest: sha256(config), size: config.byteLength },
    layers,
  };
  const stored = await target.pushManifest(Buffer.from(JSON.stringify(manifest)), MEDIA_TYPES.manifest, signal);
  await target.tag(stored, tag, signal);
}

const LEGACY_CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
/** Go's zero time: no date. */
const NO_TIME = '0001-01-01T00:00:00Z';

/** An image config as cosign makes one up, for registries that look into it. */
function legacyConfig(layers: readonly Descriptor[]): Buffer {
  return Buffer.from(
    JSON.stringify({
      architecture: '',
      created: NO_TIME,
      history: layers.map(() => ({ created: NO_TIME })),
      os: '',
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
      config: {},
    }),
  );
}

async function layersUnder(target: Target, tag: string, signal?: AbortSignal): Promise<readonly Descriptor[]> {
  try {
    const { bytes, descriptor } = await target.readManifest(tag, signal);
    const parsed = parseManifest(bytes, tag, descriptor.mediaType);
    return parsed.kind === 'manifest' ? parsed.blobs.slice(1) : [];
  } catch (error) {
    if (SlipwayError.is(error) && error.code === 'OCI_NOT_FOUND') return [];
    throw error;
  }
}
