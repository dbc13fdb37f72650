import { isDigest, SlipwayError, type Digest } from '../core/index.js';

/** A repository in a registry, and perhaps one manifest of it. */
export interface RegistryReference {
  readonly kind: 'registry';
  /** Canonical `host[:port]`, lower case; Docker Hub is `docker.io` whatever alias was written. */
  readonly host: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** An OCI image layout directory, and perhaps one manifest of it. */
export interface LayoutReference {
  readonly kind: 'layout';
  readonly directory: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** An image layout in one file (a tar of the directory), and perhaps one manifest of it. */
export interface ArchiveReference {
  readonly kind: 'archive';
  readonly file: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

export type Reference = RegistryReference | LayoutReference | ArchiveReference;

const LONGEST = 1024;
// distribution-spec v1.1 "Pulling manifests": <name> and <reference as a tag>.
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const HOST_LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
const IPV6 = /^\[[0-9A-Fa-f:.]{2,45}\]$/;
const DOCKER_HUB = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io', 'www.docker.io', 'hub.docker.com']);

/**
 * Reads `[oci://]host[:port]/repository[:tag][@sha256:…]`, `layout:directory[:tag][@sha256:…]` or
 * `oci-archive:file.tar[:tag][@sha256:…]`.
 * Strict: nothing is guessed, upper-case repositories and unknown digest algorithms are refused. Throws `USAGE`.
 */
export function parseReference(text: string): Reference {
  if (text.length > LONGEST) throw invalid(`${text.slice(0, 40)}…`, `longer than ${LONGEST} characters`);
  if (text.startsWith('layout:')) return parseLayout(text);
  if (text.startsWith('oci-archive:')) return parseArchive(text);
  const plain = text.startsWith('oci://') ? text.slice('oci://'.length) : text;
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(plain)?.[0];
  if (scheme !== undefined) {
    const isImage = /^(oci|docker|https?):/i.test(scheme);
    throw invalid(text, 'a scheme other than oci://', isImage ? plain.slice(scheme.length) : undefined);
  }
  if (/^(\.{0,2}\/|~\/)/.test(plain)) throw invalid(text, 'a path', localAddress(text));
  const { rest, digest } = splitDigest(plain, text);
  const slash = rest.indexOf('/');
  const first = slash < 0 ? rest : rest.slice(0, slash);
  if (slash < 0 || !looksLikeHost(first)) throw withoutHost(text);
  const host = canonicalHost(first);
  if (host === undefined) throw invalid(text, `'${first}' is not a host name`);
  const { name, tag } = splitTag(rest.slice(slash + 1), text);
  const repository = host === 'docker.io' && !name.includes('/') ? `library/${name}` : name;
  if (!isRepositoryName(repository))
    throw invalid(
      text,
      `'${name}' is not a repository name (lower case, a-z 0-9 . _ - /)`,
      isRepositoryName(name.toLowerCase()) ? text.replace(name, name.toLowerCase()) : undefined,
    );
  return {
    kind: 'registry',
    host,
    repository,
    tag,
    digest,
  };
}

/** Writes a reference in full; parsing it again gives the same. */
export function formatReference(reference: Reference): string {
  const { tag, digest } = reference;
  return placeOf(reference) + (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`);
}

function placeOf(reference: Reference): string {
  if (reference.kind === 'layout') return `layout:${reference.directory}`;
  return reference.kind === 'archive' ? `oci-archive:${reference.file}` : `${reference.host}/${reference.repository}`;
}

/** True for what names artifacts on this machine: a layout, or an archive of one. */
export function isLocalAddress(text: string): boolean {
  return /^(layout|oci-archive):/.test(text);
}

/** A path as the address of a layout, or of an archive of one. */
export function localAddress(path: string): string {
  return /\.tar(:[^/\\]*)?$/.test(path) ? `oci-archive:${path}` : `layout:${path}`;
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

export function isRepositoryName(text: string): boolean {
  return text.length <= 255 && text.split('/').every((component) => COMPONENT.test(component));
}

/** `host[:port]` in canonical form, Docker Hub's aliases folded into `docker.io`; `undefined` when it is not a host. */
export function canonicalHost(text: string): string | undefined {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text);
  const name = match?.[1] ?? '';
  const port = match?.[2];
  if (port !== undefined && (Number(port) > 65_535 || Number(port) === 0)) return undefined;
  if (!isHostName(name)) return undefined;
  const lower = name.toLowerCase();
  if (DOCKER_HUB.has(lower) && (port === undefined || port === '443')) return 'docker.io';
  return port === undefined ? lower : `${lower}:${Number(port)}`;
}

/** Where a registry's API answers: Docker Hub's has another name than its references. */
export function apiHost(host: string): string {
  return host === 'docker.io' ? 'registry-1.docker.io' : host;
}

function isHostName(name: string): boolean {
  if (name.startsWith('[')) return IPV6.test(name) && URL.canParse(`http://${name}/`);
  return (
    name.length <= 253 && name.split('.').every((label) => HOST_LABEL.test(label)) && URL.canParse(`http://${name}/`)
  );
}

function looksLikeHost(text: string): boolean {
  return text === 'localhost' || /[.:]/.test(text) || text.startsWith('[');
}

function splitDigest(plain: string, text: string): { rest: string; digest?: Digest } {
  const at = plain.indexOf('@');
  if (at < 0) return { rest: plain };
  const digest = plain.slice(at + 1);
  if (!isDigest(digest)) throw invalid(text, 'a digest must be sha256: and 64 lower-case hexadecimal digits');
  return { rest: plain.slice(0, at), digest };
}

function splitTag(name: string, text: string): { name: string; tag?: string } {
  const colon = name.indexOf(':');
  if (colon < 0) return { name };
  const tag = name.slice(colon + 1);
  if (!isTag(tag)) throw invalid(text, `'${tag}' is not a tag (letters, digits, _ . -, at most 128)`);
  return { name: name.slice(0, colon), tag };
}

function parseLayout(text: string): LayoutReference {
  const { path, tag, digest } = parseLocal(text, 'layout:');
  return { kind: 'layout', directory: path, tag, ...(digest && { digest }) };
}

function parseArchive(text: string): ArchiveReference {
  const { path, tag, digest } = parseLocal(text, 'oci-archive:');
  return { kind: 'archive', file: path, tag, ...(digest && { digest }) };
}

/** The tag is what follows the last colon, if that is no part of the path: `layout:./models:q4_k_m`. */
function parseLocal(text: string, scheme: string): { path: string; tag?: string; digest?: Digest } {
  const { rest, digest } = splitLocalDigest(text.slice(scheme.length), text);
  const colon = rest.lastIndexOf(':');
  const tag = rest.slice(colon + 1);
  // A drive letter (`C:\models`) is not a directory with a tag.
  const hasTag = colon > 0 && !/[/\\]/.test(tag) && !/^[A-Za-z]$/.test(rest.slice(0, colon));
  if (hasTag && !isTag(tag)) throw invalid(text, `'${tag}' is not a tag`);
  const path = hasTag ? rest.slice(0, colon) : rest;
  if (path === '' || path.includes('\0')) throw invalid(text, 'the path is missing');
  return { path, ...(hasTag && { tag }), digest };
}

function splitLocalDigest(rest: string, text: string): { rest: string; digest?: Digest } {
  const at = rest.lastIndexOf('@sha256:');
  return at < 0 ? { rest } : { rest: rest.slice(0, at), ...splitDigestOnly(rest.slice(at + 1), text) };
}

function splitDigestOnly(digest: string, text: string): { digest: Digest } {
  if (!isDigest(digest)) throw invalid(text, 'a digest must be sha256: and 64 lower-case hexadecimal digits');
  return { digest };
}

function invalid(text: string, why: string, meant?: string): SlipwayError {
  return new SlipwayError('USAGE', `'${text}' is not a reference`, {
    got: why,
    try: meant ?? 'host[:port]/repository[:tag][@sha256:…], layout:./directory[:tag] or oci-archive:./file.tar[:tag]',
  });
}

function withoutHost(text: string): SlipwayError {
  if (/^([^/:@]+\.[^/:@]+|localhost)(:\d+)?$/.test(text) && canonicalHost(text) !== undefined) {
    return new SlipwayError('USAGE', `'${text}' names a registry, and no repository in it`, {
      try: `${text}/project/name`,
    });
  }
  const plain = text.replace(/^oci:\/\//, '');
  return new SlipwayError('USAGE', `'${text}' names no registry`, {
    try: [`docker.io/${plain.replace(/^\/+/, '')} for Docker Hub`, `${localAddress(plain)} for a local image layout`],
  });
}
