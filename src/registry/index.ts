export type { Artifact, Layer, SealedArtifact } from './artifact.js';
export { findReference, isNotThere, isWithheld, tagExists } from './find-reference.js';
export { blobFile, copy, type Copied, type CopyOptions, type CopyResult } from './copy-artifact.js';
export type { RegistryCredential } from './credentials/credential.js';
export { findCredential, ownAuthFile, variablePrefix } from './credentials/lookup.js';
export { checkedPlace, removeLogin, storeLogin, type StoredIn } from './credentials/login.js';
export {
  FILE_ANNOTATIONS,
  fileOfLayer,
  MEDIA_TYPES,
  type Descriptor,
  type Index,
  type Manifest,
} from './descriptor.js';
export type { CollectedGarbage } from './layout/layout-storage.js';
export { openArchive, openLayout, type LayoutTarget } from './layout/layout-target.js';
export { recognisedAddress } from './local-place.js';
export { isManifestType, MANIFEST_LIMIT, parseManifest, type ParsedManifest } from './manifest.js';
export { openTarget, wantedReference, type OpenedTarget } from './open-target.js';
export {
  pushArtifacts,
  pushIndexed,
  type ArtifactIndex,
  type PushArtifactsOptions,
  type PushedToTarget,
  type PushedManifest,
  type StoredManifests,
} from './push-artifacts.js';
export {
  apiHost,
  canonicalHost,
  formatReference,
  isLocalAddress,
  isRepositoryName,
  isTag,
  localAddress,
  parseReference,
  type ArchiveReference,
  type LayoutReference,
  type Reference,
  type RegistryReference,
} from './reference.js';
export { uploadRules, type UploadRules } from './remote/host-rules.js';
export { openRegistry, type RegistryOptions } from './remote/open-registry.js';
export { openLearntSizes, type LearntSizes } from './remote/learnt-sizes.js';
export { openUploadMemory, unfinishedUploads, type UploadMemory, type UploadProgress } from './remote/upload-memory.js';
export type { RegistryTarget } from './remote/registry-target.js';
export type {
  BlobPusher,
  BlobReader,
  DeletableTarget,
  Deleter,
  ManifestFinder,
  ManifestPusher,
  ManifestReader,
  PartialListing,
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
export type { BlobCounts } from './transfer.js';
export type { OnTransfer, TransferEvent } from './transfer-event.js';
