import { decodePercent, SlipwayError } from '../core/index.js';

/** Where files are said to come from, taken apart. */
export type SourceAddress =
  | {
      readonly kind: 'huggingface';
      readonly repository: string;
      readonly revision?: string;
      /** One quantization of several, as it was written: `hf://org/name:Q4_K_M`. */
      readonly variant?: string;
      /** One file, from a pasted page of it. */
      readonly file?: string;
    }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string; readonly variant?: string }
  | {
      readonly kind: 'modelscope';
      readonly repository: string;
      readonly revision?: string;
      readonly variant?: string;
    }
  | { readonly kind: 'https'; readonly url: string }
  | { readonly kind: 'registry'; readonly reference: string };

// The Hub's own rule for names: letters, digits, `-`, `_`, `.`; no `--`, no `..`, not at the ends.
const NAME = /^(?!.*(--|\.\.))[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?$/;
// What git allows in a ref name, without what would need escapes in a URL's path.
const REVISION = /^(?!.*(\.\.|\/\/))[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}$/;
const HUB_HOSTS = new Set(['huggingface.co', 'www.huggingface.co', 'hf.co']);

/**
 * Parses `hf://org/name[:QUANTIZATION][@revision][/file]`, a pasted `https://huggingface.co/…` URL, `./dir`, `/dir`, `file:…`,
 * `https://host/file`, `oci://host/repository[:tag]`, `layout:./dir[:tag]` and `oci-archive:file.tar[:tag]`. Throws `USAGE`.
 */
export function parseAddress(address: string): SourceAddress {
  if (address.startsWith('hf://')) return hubAddress(address, address.slice('hf://'.length));
  if (address.startsWith('modelscope://')) return modelScopeAddress(address);
  if (address.startsWith('s3://')) return s3Address(address);
  if (/^https?:\/\//i.test(address)) return webAddress(address);
  if (/^(oci:\/\/|layout:|oci-archive:)/.test(address)) return { kind: 'registry', reference: address };
  if (address.startsWith('file:')) return { kind: 'directory', path: filePath(address) };
  if (/^(\.{0,2}\/|\.{1,2}$|~\/|[A-Za-z]:[\\/])/.test(address)) return { kind: 'directory', path: address };
  refuseOtherSchemes(address);
  throw new SlipwayError('USAGE', `'${address}' does not say where it is`, {
    try: [
      `hf://${address}   (a Hugging Face repository)`,
      `./${address}   (a directory)`,
      's3://bucket/prefix, modelscope://organization/name or https://host/file.gguf',
    ],
  });
}

const SCHEMES = 'hf://, modelscope://, s3://, https://, oci://, layout:, oci-archive: and file: are read';

/** Other stores and tools, and a scheme of ours that lacks its slashes. */
function refuseOtherSchemes(address: string): void {
  const [, scheme, slashes, rest = ''] = /^([a-z][a-z0-9+.-]*):(\/\/)?(.*)$/is.exec(address) ?? [];
  if (scheme === undefined || (slashes === undefined && !/^(hf|s3|modelscope|oci|https?)$/i.test(scheme))) return;
  const isOurs = slashes === undefined;
  const isImage = /^(docker|containers?|registry)$/i.test(scheme);
  const attempt = isOurs ? [`${scheme}://${rest.replace(/^\/+/, '')}`] : isImage ? [`oci://${rest}`] : [];
  throw new SlipwayError('USAGE', `'${address}' is no address that is read here`, {
    got: isOurs ? `'${scheme}:' without its two slashes` : `the scheme '${scheme}://'`,
    try: [...attempt, SCHEMES],
  });
}

// A quantization behind the name: no revision holds a colon.
const VARIANT = /:([A-Za-z0-9][A-Za-z0-9._-]{0,63})(?=@|$)/;

function hubAddress(address: string, rest: string, file?: string): SourceAddress {
  refuseOtherKinds(address, rest);
  const variant = VARIANT.exec(rest)?.[1];
  const { repository, revision, path } = hubParts(rest.replace(VARIANT, ''));
  const names = repository.split('/');
  if (names.length > 2 || !names.every((name) => NAME.test(name))) {
    throw new SlipwayError('USAGE', `'${address}' is not the address of a Hugging Face repository`, {
      got: `'${repository}' as the repository`,
      try: 'hf://organization/name, hf://organization/name@revision or hf://organization/name:Q4_K_M',
    });
  }
  return {
    kind: 'huggingface',
    repository,
    ...(revision === undefined ? {} : { revision: checkedRevision(revision) }),
    ...(variant === undefined ? {} : { variant }),
    ...((file ?? path) === undefined ? {} : { file: file ?? path }),
  };
}

/** A revision that holds slashes is one of the Hub's own, or names no file: `refs/pr/3`, `feature/x`. */
const WITH_FILE = /^(refs\/(?:pr|convert)\/[^/]+|[^/]+)\/(.+)$/;

/** Takes `org/name[@revision][/file]` apart. */
function hubParts(plain: string): { repository: string; revision?: string; path?: string } {
  const at = plain.indexOf('@');
  if (at === -1) {
    const [organization = '', name, ...path] = plain.split('/');
    if (name === undefined || path.includes('') || !/\.\w+$/.test(path.at(-1) ?? '')) return { repository: plain };
    return { repository: `${organization}/${name}`, path: path.join('/') };
  }
  const [repository, revision] = [plain.slice(0, at), plain.slice(at + 1)];
  const [, before, path] = WITH_FILE.exec(revision) ?? [];
  if (before === undefined || path === undefined || !/\.\w+$/.test(path)) return { repository, revision };
  return { repository, revision: before, path };
}

/** What else the Hub keeps has its kind in front of its name. */
const OTHER_KINDS: ReadonlyMap<string, string> = new Map([
  ['datasets', 'a data set'],
  ['spaces', 'a Space'],
  ['collections', 'a collection'],
  ['papers', 'a paper'],
  ['buckets', 'a bucket'],
  ['kernels', 'a kernel'],
  ['organizations', 'the page of an organization'],
  ['docs', 'a page of documentation'],
  ['blog', 'a page of the blog'],
]);

function refuseOtherKinds(address: string, rest: string): void {
  const [first = '', second, third] = rest.split('/');
  if (first === 'models' && third !== undefined) {
    throw new SlipwayError('USAGE', `'${address}' has 'models/' in front of the repository`, {
      try: `hf://${rest.slice('models/'.length)}`,
    });
  }
  const what = OTHER_KINDS.get(first);
  if (what === undefined || second === undefined) return;
  throw new SlipwayError('USAGE', `'${address}' is ${what}: only models are read here`, {
    where: address,
    try:
      first === 'datasets'
        ? ['hf download --repo-type dataset NAME fetches a data set', 'give the repository of a model']
        : 'give the repository of a model that it names: hf://organization/name',
  });
}

/** Written as an address of the Hub is: the names have the same rules. */
function modelScopeAddress(address: string): SourceAddress {
  const parsed = hubAddress(address, address.slice('modelscope://'.length));
  if (parsed.kind !== 'huggingface' || !parsed.repository.includes('/')) {
    throw new SlipwayError('USAGE', `'${address}' is not the address of a repository of ModelScope`, {
      try: 'modelscope://organization/name or modelscope://organization/name@revision',
    });
  }
  const { repository, revision, variant } = parsed;
  return { kind: 'modelscope', repository, ...(revision && { revision }), ...(variant && { variant }) };
}

/** `s3://bucket/prefix`; a quantization may stand behind a prefix as behind a name. */
function s3Address(address: string): SourceAddress {
  const [, bucket = '', rest = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(address) ?? [];
  if (bucket === '') {
    throw new SlipwayError('USAGE', `'${address}' is not an address of S3`, { try: 's3://bucket/prefix' });
  }
  const variant = VARIANT.exec(rest)?.[1];
  return { kind: 's3', bucket, prefix: rest.replace(VARIANT, ''), variant };
}

/** A branch, tag, `refs/pr/N` or commit that can stand in a URL. Throws `USAGE`. */
export function checkedRevision(revision: string): string {
  if (REVISION.test(revision)) return revision;
  throw new SlipwayError('USAGE', `'${revision}' is not a revision`, {
    got: 'characters that no branch, tag or commit on the Hub has',
    try: 'a branch (main), a tag (v1.0), refs/pr/3 or a commit of 40 hexadecimal digits',
  });
}

function webAddress(address: string): SourceAddress {
  const url = parseUrl(address);
  if (!HUB_HOSTS.has(url.hostname)) return { kind: 'https', url: address };
  const [organization, name, verb, ...rest] = url.pathname.split('/').filter((segment) => segment !== '');
  const repository = [organization, name].filter((part) => part !== undefined).join('/');
  if (verb === 'resolve' && rest.length > 1) return { kind: 'https', url: address };
  if (organization !== undefined) refuseOtherKinds(address, url.pathname.slice(1));
  // Pages of a repository: …/tree/REV, …/blob/REV/file, …/commit/REV; a revision with slashes comes percent-encoded.
  const revision = ['tree', 'blob', 'commit'].includes(verb ?? '') ? rest[0] : undefined;
  const file = verb === 'blob' && rest.length > 1 ? decodeAddress(rest.slice(1).join('/'), address) : undefined;
  const pinned = revision === undefined ? repository : `${repository}@${decodeAddress(revision, address)}`;
  return hubAddress(address, pinned, file);
}

/** A percent-encoded part of an address, as text. Throws `USAGE` for what encodes none (RFC 3986 §2.1, UTF-8). */
export function decodeAddress(part: string, address: string): string {
  const text = decodePercent(part);
  if (text !== undefined) return text;
  throw new SlipwayError('USAGE', `'${address}' is not an address`, {
    got: `'${part.slice(0, 200)}', which is no percent-encoded UTF-8`,
  });
}

function parseUrl(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined) throw new SlipwayError('USAGE', `'${address}' is not a URL`);
  if (url.username === '' && url.password === '') return url;
  throw new SlipwayError('USAGE', 'an address must not carry a user name or password', {
    where: url.host,
    try: 'give credentials in the configuration or the environment',
  });
}

function filePath(address: string): string {
  if (!address.startsWith('file://')) return address.slice('file:'.length);
  const url = parseUrl(address);
  if (url.hostname !== '' && url.hostname !== 'localhost') {
    throw new SlipwayError('USAGE', `'${address}' names a file on another host`, { got: url.hostname });
  }
  return decodeAddress(url.pathname, address);
}
