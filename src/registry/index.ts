export type { Artifact, Layer, SealedArtifact } from './artifact.js';
export { MEDIA_TYPES, type Descriptor, type Index, type Manifest } from './descriptor.js';
export type {
  BlobPusher,
  BlobReader,
  ManifestPusher,
  ManifestReader,
  PushBlobOptions,
  PushedBlob,
  ReadableTarget,
  ReferrerLister,
  Resolver,
  StoredManifest,
  Tagger,
  TagLister,
  Target,
} from './target.js';
