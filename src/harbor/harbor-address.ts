import { isDigest, SlipwayError } from '../core/index.js';
import { isLoopbackHost } from '../http/index.js';

/** An artifact of a Harbor: the first component of its repository is the project. */
export interface ArtifactName {
  readonly project: string;
  /** Without the project; may hold slashes. */
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
}

/** Where a Harbor answers: its own address, or a host as references have it (`harbor.example.com:8443`). */
export interface HarborPlace {
  /** `https://harbor.example.com`; a path before `/api` is kept. */
  readonly url?: string;
  /** Asked over HTTPS, unless it is this machine or one of `insecureHosts`. */
  readonly host?: string;
  readonly insecureHosts?: readonly string[];
}

/** The Harbor's base URL, with a slash at its end. Throws `USAGE` for what is no address. */
export function harborUrl({ url, host, insecureHosts = [] }: HarborPlace): URL {
  if (url !== undefined && URL.canParse(url)) {
    const parsed = new URL(url);
    const plain = parsed.search === '' && parsed.hash === '' && parsed.username === '' && parsed.password === '';
    if (/^https?:$/.test(parsed.protocol) && plain) {
      parsed.pathname = parsed.pathname.replace(/\/*$/, '/');
      return parsed;
    }
  }
  if (url === undefined && host !== undefined && /^[^/?#@\s\\]+$/.test(host) && URL.canParse(`http://${host}/`)) {
    const { hostname } = new URL(`http://${host}/`);
    const plain = isLoopbackHost(hostname) || insecureHosts.includes(host);
    return new URL(`${plain ? 'http' : 'https'}://${host}/`);
  }
  throw new SlipwayError('USAGE', 'a Harbor is named by its address or its host', {
    got: `'${(url ?? host ?? '').replace(/\/\/[^/@]*@/, '//***@')}'`,
    try: ['https://harbor.example.com', 'harbor.example.com:8443'],
  });
}

/** A name as one component of a path. */
export function segment(name: string): string {
  return encodeURIComponent(name);
}

/** A repository as one component: encoded twice, because proxies in front of Harbor decode once. */
export function repositorySegment(repository: string): string {
  return encodeURIComponent(encodeURIComponent(repository));
}

/** The path of an artifact below `/api/v2.0`. Throws `USAGE` for a name that cannot be one. */
export function artifactPath({ project, repository, reference }: ArtifactName): string {
  if (!isDigest(reference) && !/^\w[\w.-]{0,127}$/.test(reference)) {
    throw new SlipwayError('USAGE', `'${reference}' is neither a tag nor a digest`, { try: 'q4_k_m, sha256:…' });
  }
  return `/projects/${segment(project)}/repositories/${repositorySegment(repository)}/artifacts/${reference}`;
}

/** Splits a repository as registries know it. Throws `USAGE` when there is nothing behind the project. */
export function splitRepository(repository: string): { readonly project: string; readonly repository: string } {
  const slash = repository.indexOf('/');
  if (slash > 0 && slash < repository.length - 1) {
    return { project: repository.slice(0, slash), repository: repository.slice(slash + 1) };
  }
  throw new SlipwayError('USAGE', `'${repository}' names no repository of a project`, {
    try: 'harbor.example.com/project/model:tag',
  });
}
