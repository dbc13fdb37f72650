import { artifactPath, repositorySegment, segment, type ArtifactName } from './harbor-address.js';
import { answerObject, asObjects, field, flagField, numberField, textField, type AnswerObject } from './answer.js';
import type { Harbor } from './open-harbor.js';
import { toSbom, toScan, type SbomState, type ScanState } from './scans.js';

/** A tag of an artifact. */
export interface ArtifactTag {
  readonly name: string;
  readonly immutable: boolean;
}

/** An artifact as Harbor shows it. */
export interface HarborArtifact {
  readonly digest: string;
  /** What Harbor calls it: `CNAI`, `MODEL`, `IMAGE`, `UNKNOWN` … settled when it was pushed. */
  readonly type: string;
  /** Of the config. */
  readonly mediaType: string;
  /** Empty when the manifest has none, and from releases that do not tell. */
  readonly artifactType: string;
  /** Bytes of manifest, config and layers. */
  readonly size: number;
  readonly pushTime: string;
  readonly tags: readonly ArtifactTag[];
  readonly labels: readonly string[];
  /** Names of the tabs that Harbor offers: `readme.md`, `license`, `files`, `build_history` … */
  readonly additions: readonly string[];
  /** Types of what is attached: `signature.cosign`, `sbom.harbor` … */
  readonly accessories: readonly string[];
  /** The config, when Harbor recognised the type. */
  readonly config: AnswerObject;
  readonly scan: ScanState | undefined;
  readonly sbom: SbomState | undefined;
}

/** A file of Harbor's Files tab. */
export interface ShownFile {
  readonly path: string;
  /** Bytes of the layer; `undefined` for a directory. */
  readonly size: number | undefined;
}

/** The additions that Harbor has for models. Their names are lower case. */
export type AdditionName = 'readme.md' | 'license' | 'files';

/** What a request for an addition gave. */
export interface Addition {
  readonly status: number;
  /** Empty unless the status is 200. */
  readonly text: string;
}

/** Harbor shows documents of at most 4 MiB; a list of files is shorter. */
const ADDITION_LIMIT = 8 * 1024 * 1024;

const DETAILS = {
  with_tag: true,
  with_label: true,
  with_accessory: true,
  with_immutable_status: true,
  with_scan_overview: true,
  with_sbom_overview: true,
};

/** The artifacts of a repository, newest first. A repository that does not exist has none. */
export async function listArtifacts(
  harbor: Harbor,
  project: string,
  repository: string,
): Promise<readonly HarborArtifact[]> {
  const found = await harbor.api.list({
    path: `/projects/${segment(project)}/repositories/${repositorySegment(repository)}/artifacts`,
    query: { ...DETAILS, sort: '-push_time' },
    doing: `list the artifacts of '${project}/${repository}'`,
  });
  return found.map(toArtifact);
}

/** One artifact by tag or digest. Throws `HARBOR_NOT_FOUND`. */
export async function getArtifact(harbor: Harbor, name: ArtifactName): Promise<HarborArtifact> {
  const doing = `show '${name.project}/${name.repository}' at '${name.reference}'`;
  return toArtifact(answerObject(await harbor.api.get({ path: artifactPath(name), query: DETAILS, doing })));
}

/**
 * Takes a tag from an artifact, which stays: over the registry's own API Harbor removes no tag. Throws `HARBOR_NOT_FOUND`, and `HARBOR_REFUSED`
 * for a tag that a rule keeps.
 */
export async function deleteTag({ api }: Harbor, name: ArtifactName, tag: string): Promise<void> {
  const path = `${artifactPath(name)}/tags/${segment(tag)}`;
  await api.change({
    method: 'DELETE',
    path,
    doing: `remove the tag '${tag}' of '${name.project}/${name.repository}'`,
  });
}

/** Asks for an addition; a status other than 200 is an answer too: it says why there is none. */
export async function getAddition({ api }: Harbor, name: ArtifactName, addition: AdditionName): Promise<Addition> {
  const request = {
    path: `${artifactPath(name)}/additions/${addition}`,
    doing: `read the addition '${addition}'`,
    // 400: not for this type. 403: not for this account. 404: none. 413: too large. 500: two files claim one path.
    also: [400, 403, 404, 413, 500],
    once: true,
  };
  const response = await api.send(request);
  if (response.status !== 200) {
    await response.discard();
    return { status: response.status, text: '' };
  }
  return { status: 200, text: new TextDecoder().decode(await response.bytes(ADDITION_LIMIT)) };
}

/** The entries of the Files tab, directories first as Harbor nests them. What is not such a list has none. */
export function shownFiles(text: string): readonly ShownFile[] {
  const files: ShownFile[] = [];
  const visit = (value: unknown, folder: string, depth: number): void => {
    for (const entry of asObjects(value)) {
      const path = folder + textField(entry, 'name');
      const isDirectory = textField(entry, 'type') === 'directory';
      files.push({ path: isDirectory ? `${path}/` : path, size: isDirectory ? undefined : numberField(entry, 'size') });
      // Deeper nesting is nothing that a model has.
      if (isDirectory && depth < 32) visit(field(entry, 'children'), `${path}/`, depth + 1);
    }
  };
  try {
    visit(JSON.parse(text), '', 0);
  } catch {
    return [];
  }
  return files;
}

function toArtifact(artifact: AnswerObject): HarborArtifact {
  return {
    digest: textField(artifact, 'digest'),
    type: textField(artifact, 'type'),
    mediaType: textField(artifact, 'media_type'),
    artifactType: textField(artifact, 'artifact_type'),
    size: numberField(artifact, 'size') ?? 0,
    pushTime: textField(artifact, 'push_time'),
    tags: asObjects(field(artifact, 'tags')).map((tag) => ({
      name: textField(tag, 'name'),
      immutable: flagField(tag, 'immutable'),
    })),
    labels: asObjects(field(artifact, 'labels')).map((label) => textField(label, 'name')),
    additions: Object.keys(answerObject(field(artifact, 'addition_links'))),
    accessories: asObjects(field(artifact, 'accessories')).map((accessory) => textField(accessory, 'type')),
    config: answerObject(field(artifact, 'extra_attrs')),
    scan: toScan(field(artifact, 'scan_overview')),
    sbom: toSbom(field(artifact, 'sbom_overview')),
  };
}
