import type { Row } from './harbor-answer.js';
import type { Attachment, HarborState, NotedArtifact } from './harbor-state.js';

const TYPES: Readonly<Record<string, string>> = {
  'application/vnd.dev.cosign.artifact.sig.v1+json': 'signature.cosign',
  'application/vnd.dev.sigstore.bundle.v0.3+json': 'signature.cosign',
  'application/vnd.cncf.notary.signature': 'signature.notation',
  'application/vnd.goharbor.harbor.sbom.v1': 'sbom.harbor',
};
const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';

/** By `subject`, else by the tag and the layers of cosign's first form; settled when it is pushed. */
export function attachmentOf(manifest: Row, reference: string): Attachment | undefined {
  const subject = ((manifest['subject'] ?? {}) as Row)['digest'];
  const config = (manifest['config'] ?? {}) as Row;
  if (typeof subject === 'string') {
    const named = manifest['artifactType'] ?? config['mediaType'];
    return { subject, type: TYPES[typeof named === 'string' ? named : ''] ?? 'subject.accessory' };
  }
  const signed = /^sha256-([0-9a-f]{64})\.sig$/.exec(reference)?.[1];
  const layers = (manifest['layers'] ?? []) as Row[];
  if (signed === undefined || !layers.some((layer) => layer['mediaType'] === SIMPLE_SIGNING)) return undefined;
  return { subject: `sha256:${signed}`, type: 'signature.cosign' };
}

/** What is attached to an artifact, in its repository. */
export function accessoriesOf(state: HarborState, { project, repository, digest }: NotedArtifact): NotedArtifact[] {
  return state.artifacts.filter(
    (one) => one.project === project && one.repository === repository && one.attached?.subject === digest,
  );
}

/** As `accessories` of an artifact shows it. */
export function showAccessory(artifact: NotedArtifact): Row {
  return {
    id: artifact.id,
    artifact_id: artifact.id,
    subject_artifact_digest: artifact.attached?.subject ?? '',
    subject_artifact_repo: `${artifact.project}/${artifact.repository}`,
    size: artifact.size,
    digest: artifact.digest,
    type: artifact.attached?.type ?? '',
    icon: '',
    creation_time: artifact.pushTime,
  };
}

/** Whether content trust lets an artifact be read: a signature itself, or what has one, of any maker. */
export function isTrusted(state: HarborState, artifact: NotedArtifact): boolean {
  if (artifact.attached?.type.startsWith('signature.') === true) return true;
  return accessoriesOf(state, artifact).some((one) => one.attached?.type === 'signature.cosign');
}
