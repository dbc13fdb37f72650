import type { ArtifactName } from './harbor-address.js';
import { answerObject, field, textField } from './answer.js';
import {
  getAddition,
  getArtifact,
  shownFiles,
  type Addition,
  type AdditionName,
  type HarborArtifact,
  type ShownFile,
} from './artifacts.js';
import { modelFamilyOf, modelView } from './model-view.js';
import type { Harbor } from './open-harbor.js';
import type { HarborVersion } from './version.js';

/** What a push is known to have sent. Harbor is not blamed for what was not in the artifact. */
export interface ExpectedView {
  /** `sha256:…` of the manifest. */
  readonly digest?: string;
  /** The manifest's artifactType; Harbor's own word for it otherwise. */
  readonly artifactType?: string;
  readonly tags?: readonly string[];
  /** False when the artifact has no README; true unless given. */
  readonly readme?: boolean;
  /** False when the artifact has no licence; true unless given. */
  readonly license?: boolean;
  /** Paths that the Files tab must show. */
  readonly files?: readonly string[];
  /** The quantization that the list must show: `Q4_K_M`. */
  readonly quantization?: string;
}

/** A document of a tab. */
export interface ShownDocument {
  readonly shown: boolean;
  /** Bytes of its text. */
  readonly size: number;
}

/** One thing that Harbor does not show, and why. */
export interface Missing {
  readonly what: 'type' | 'digest' | 'tag' | 'readme' | 'license' | 'files' | 'quantization';
  readonly reason: string;
}

/** What Harbor shows of an artifact. */
export interface ReadBack {
  readonly version: HarborVersion | undefined;
  readonly artifact: HarborArtifact;
  readonly readme: ShownDocument;
  readonly license: ShownDocument;
  readonly files: readonly ShownFile[];
  /** The quantization label of the list; empty when there is none. */
  readonly quantization: string;
  /** Empty when all is as it should be. */
  readonly missing: readonly Missing[];
}

/**
 * Asks Harbor what it now shows of an artifact that was pushed, and says what is missing and why. Throws
 * `HARBOR_NOT_FOUND` when the artifact is not there.
 */
export async function readBackFromHarbor(
  harbor: Harbor,
  name: ArtifactName,
  expected: ExpectedView = {},
): Promise<ReadBack> {
  const artifact = await getArtifact(harbor, name);
  const version = await harbor.version();
  // A tag may move between two requests; the digest does not.
  const pinned = { ...name, reference: artifact.digest === '' ? name.reference : artifact.digest };
  const ask = async (addition: AdditionName): Promise<Addition> => getAddition(harbor, pinned, addition);
  const [readme, license, files] = await Promise.all([ask('readme.md'), ask('license'), ask('files')]);
  const view = {
    version,
    artifact,
    expected,
    readme,
    license,
    files: shownFiles(files.text),
    filesStatus: files.status,
  };
  return {
    version,
    artifact,
    readme: documentOf(readme),
    license: documentOf(license),
    files: view.files,
    quantization: label(artifact),
    missing: missingOf(view),
  };
}

interface View {
  readonly version: HarborVersion | undefined;
  readonly artifact: HarborArtifact;
  readonly expected: ExpectedView;
  readonly readme: Addition;
  readonly license: Addition;
  readonly files: readonly ShownFile[];
  readonly filesStatus: number;
}

function missingOf(view: View): Missing[] {
  const { artifact, expected, version } = view;
  const missing: Missing[] = [];
  if (expected.digest !== undefined && expected.digest !== artifact.digest) {
    missing.push({
      what: 'digest',
      reason: `the reference leads to ${artifact.digest}, pushed was ${expected.digest}`,
    });
  }
  const tags = new Set(artifact.tags.map((tag) => tag.name));
  for (const tag of expected.tags ?? []) {
    if (!tags.has(tag)) missing.push({ what: 'tag', reason: `the tag '${tag}' is not on this artifact` });
  }
  const artifactType = expected.artifactType ?? artifact.artifactType;
  const planned = modelView(version, artifactType, artifact.mediaType);
  if (artifact.type !== 'CNAI') {
    const { tabs, reason } = planned;
    const other = `Harbor took it for ${artifact.type}, although it should know this family: its type was settled by an earlier version, or the config is empty`;
    // An artifact of no model family has no model page to miss anything on.
    const isModel = modelFamilyOf(artifactType) !== undefined || artifact.type === 'MODEL';
    if (isModel) missing.push({ what: 'type', reason: tabs ? other : reason });
    return missing;
  }
  return [...missing, ...missingTabs(view)];
}

function missingTabs({ artifact, expected, readme, license, files, filesStatus, version }: View): Missing[] {
  const missing: Missing[] = [];
  if (expected.readme !== false && readme.status !== 200) {
    missing.push({ what: 'readme', reason: noDocument(readme.status, 'README', 'README.md or README', version) });
  }
  if (expected.license !== false && license.status !== 200) {
    missing.push({ what: 'license', reason: noDocument(license.status, 'licence', 'LICENSE or LICENSE.txt', version) });
  }
  const paths = new Set(files.map((file) => file.path));
  const lost = (expected.files ?? []).filter((path) => !paths.has(path));
  if (files.length === 0 || lost.length > 0) {
    missing.push({
      what: 'files',
      reason: files.length === 0 ? noFiles(filesStatus) : `not listed: ${lost.join(', ')}`,
    });
  }
  const quantization = quantizationReason(artifact, expected.quantization);
  if (quantization !== undefined) missing.push({ what: 'quantization', reason: quantization });
  return missing;
}

function noDocument(status: number, what: string, names: string, version: HarborVersion | undefined): string {
  if (status === 413) return `the ${what} is larger than the 4 MiB that Harbor shows`;
  if (status === 403) return 'the account may not read it: a robot needs the right to read artifact-addition';
  if (status === 500) return `Harbor failed to read the ${what}`;
  const form = version?.major === 2 && version.minor < 14 ? 'a tar layer' : 'a raw or tar layer';
  return `no doc layer is called exactly ${names} (at the top, ${form})`;
}

function noFiles(status: number): string {
  if (status === 500) return 'one path is both a file and a directory';
  if (status === 403) return 'the account may not read them: a robot needs the right to read artifact-addition';
  return "no layer has a filepath annotation of this family's name";
}

/** Harbor's page reads a misspelt key, which the specification had once. */
function label(artifact: HarborArtifact): string {
  return textField(settingsOf(artifact), 'puantization');
}

function quantizationReason(artifact: HarborArtifact, expected: string | undefined): string | undefined {
  const shown = label(artifact);
  const kept = textField(settingsOf(artifact), 'quantization');
  const wanted = expected ?? kept;
  if (wanted === '' || shown === wanted) return undefined;
  if (shown !== '') return `the label is '${shown}', expected '${wanted}'`;
  return kept === ''
    ? 'the config does not name it'
    : `the config has it, but Harbor's page reads it from the misspelt key 'puantization', which this format does not have`;
}

function settingsOf(artifact: HarborArtifact): ReturnType<typeof answerObject> {
  return answerObject(field(artifact.config, 'config'));
}

function documentOf({ status, text }: Addition): ShownDocument {
  return { shown: status === 200, size: Buffer.byteLength(text) };
}
