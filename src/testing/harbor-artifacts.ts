import type { Row } from './harbor-answer.js';
import { harborError, harborJson } from './harbor-answer.js';
import type { NotedArtifact } from './harbor-state.js';
import type { Answer } from './registry-answer.js';

const DOCUMENT_LIMIT = 4 * 1024 * 1024;

/** The family that a release has a processor for. */
export function familyOfRelease(version: string): 'cnai' | 'cncf' {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major > 2 || minor >= 16 ? 'cncf' : 'cnai';
}

/** Harbor's name for an artifact, settled when it is pushed: by artifactType, else by the config's type. */
export function typeOfManifest(manifest: Row, version: string): string {
  const family = familyOfRelease(version);
  const annotations = (manifest['annotations'] ?? {}) as Row;
  const isIndex = Array.isArray(manifest['manifests']);
  const artifactType =
    manifest['artifactType'] ?? (isIndex ? annotations['org.opencontainers.artifactType'] : undefined);
  if (artifactType === `application/vnd.${family}.model.manifest.v1+json`) return 'CNAI';
  if (isIndex) return artifactType === undefined ? 'IMAGE' : 'UNKNOWN';
  const configType = String(((manifest['config'] ?? {}) as Row)['mediaType']);
  if (configType === 'application/vnd.docker.container.image.v1+json') return 'IMAGE';
  const named = /^application\/vnd\.[^.]*\.(.*)\.config\.[^.]*\+json$/.exec(configType)?.[1];
  return named === undefined ? 'UNKNOWN' : named.toUpperCase();
}

/** Whether a type's config is shown as `extra_attrs`. */
export function showsConfig(type: string): boolean {
  return type !== 'UNKNOWN';
}

/** What `…/additions/NAME` answers. */
export function addition(
  artifact: NotedArtifact,
  name: string,
  version: string,
  blob: (digest: string) => Uint8Array | undefined,
): Answer {
  if (!['readme.md', 'license', 'files', 'build_history', 'values.yaml', 'dependencies'].includes(name)) {
    return harborError(422, 'UNPROCESSABLE_ENTITY', `addition in path should be one of [${name}]`);
  }
  if (artifact.type !== 'CNAI') {
    return harborError(400, 'BAD_REQUEST', `addition ${name} isn't supported for ${artifact.type}`);
  }
  const family = familyOfRelease(version);
  if (name === 'files') return files(artifact, family);
  const names = name === 'license' ? ['LICENSE', 'LICENSE.txt'] : ['README', 'README.md'];
  const layer = artifact.layers.find(
    (one) =>
      new RegExp(String.raw`^application/vnd\.${family}\.model\.doc\.v1\.(raw|tar)$`).test(String(one['mediaType'])) &&
      names.includes(pathOf(one, family)),
  );
  if (layer === undefined) return harborError(404, 'NOT_FOUND', `${name} layer not found`);
  if (Number(layer['size']) > DOCUMENT_LIMIT) return harborError(413, 'REQUEST_ENTITY_TOO_LARGE');
  const type = name === 'license' ? 'text/plain' : 'text/markdown';
  return {
    status: 200,
    headers: { 'content-type': `${type}; charset=utf-8` },
    body: blob(String(layer['digest'])) ?? '',
  };
}

interface Entry {
  readonly name: string;
  readonly type: 'file' | 'directory';
  readonly size?: number;
  readonly children?: Entry[];
}

/** JSON `null` when no layer has the family's annotation; 500 when a path is file and directory at once. */
function files(artifact: NotedArtifact, family: string): Answer {
  const root: Entry[] = [];
  for (const layer of artifact.layers) {
    const path = pathOf(layer, family);
    if (path !== '' && !place(root, path.split('/').filter(Boolean), Number(layer['size']))) {
      return harborError(500, 'UNKNOWN', 'internal server error');
    }
  }
  return harborJson(root.length === 0 ? null : root);
}

function place(folder: Entry[], parts: readonly string[], size: number): boolean {
  const [name = '', ...rest] = parts;
  const present = folder.find((entry) => entry.name === name);
  if (rest.length === 0) {
    if (present !== undefined) return false;
    folder.push({ name, type: 'file', size });
    return true;
  }
  if (present?.type === 'file') return false;
  const directory = present ?? { name, type: 'directory' as const, children: [] };
  if (present === undefined) folder.push(directory);
  return place(directory.children ?? [], rest, size);
}

function pathOf(layer: Row, family: string): string {
  const path = ((layer['annotations'] ?? {}) as Row)[`org.${family}.model.filepath`];
  return typeof path === 'string' ? path : '';
}
