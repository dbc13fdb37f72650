import { SlipwayError } from '../core/index.js';
import { answerObject, field, flagField, numberField, textField, type AnswerObject } from './answer.js';
import { requireId } from './api.js';
import type { Harbor } from './open-harbor.js';

/** Another registry that Harbor copies to or from. */
export interface RegistryEndpoint {
  /** What Harbor calls it. */
  readonly name: string;
  readonly url: string;
  /** Harbor's adapter: `harbor`, `docker-registry`, `docker-hub`, `github-ghcr`, `aws-ecr` … `docker-registry` unless given. */
  readonly type?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Harbor does not check its certificate. */
  readonly insecure?: boolean | undefined;
  readonly description?: string | undefined;
}

/** An endpoint as Harbor has it. Its password cannot be read. */
export interface KeptRegistry {
  readonly id: number;
  readonly name: string;
  readonly url: string;
  readonly type: string;
  readonly username: string;
  readonly insecure: boolean;
  readonly description: string;
  /** `healthy`, or what is wrong. */
  readonly status: string;
}

/** Every endpoint. System administrators only. */
export async function listRegistries(harbor: Harbor): Promise<readonly KeptRegistry[]> {
  const found = await harbor.api.list({ path: '/registries', doing: 'list its registries' });
  return found.map((registry) => toRegistry(registry, harbor));
}

/** Adds an endpoint; Harbor tries to reach it first. Returns its number. */
export async function createRegistry(harbor: Harbor, endpoint: RegistryEndpoint): Promise<number> {
  const { name, url, type = 'docker-registry', username, password = '', insecure = false, description = '' } = endpoint;
  if (password !== '') harbor.api.protect(password);
  const credential =
    username === undefined ? {} : { credential: { type: 'basic', access_key: username, access_secret: password } };
  const request = {
    path: '/registries',
    doing: `add the registry '${name}'`,
    body: { name, url, type, insecure, description, ...credential },
  };
  try {
    const { id } = await harbor.api.create(request);
    return requireId(id, harbor.host, `the registry '${name}'`);
  } catch (error) {
    throw askedBefore(error, url);
  }
}

/**
 * Harbor asks a registry before it keeps it. It answers 500 "internal server error" when nothing listens there, and 400
 * "the registry is unhealthy" when the credentials are refused: both say nothing of the other registry.
 */
function askedBefore(error: unknown, url: string): unknown {
  const status = SlipwayError.is(error) ? error.details.context?.['status'] : undefined;
  if (!SlipwayError.is(error) || (status !== 500 && status !== 400)) return error;
  return new SlipwayError(error.code, error.message, {
    ...error.details,
    try:
      status === 500
        ? `Harbor asks '${url}' first, from where Harbor runs: is that address reachable there?`
        : `Harbor asks '${url}' first and was refused: check user name, password and type`,
    cause: error,
  });
}

/** Brings an endpoint to what is given, its password included. Its type cannot be changed. */
export async function updateRegistry(harbor: Harbor, kept: KeptRegistry, endpoint: RegistryEndpoint): Promise<void> {
  if (endpoint.type !== undefined && endpoint.type !== kept.type) {
    throw new SlipwayError('HARBOR_REFUSED', `the registry '${kept.name}' cannot become one of another type`, {
      got: `there ${kept.type}, wanted ${endpoint.type}`,
      try: 'give it another name',
    });
  }
  const { url, username, password, insecure = kept.insecure, description = kept.description } = endpoint;
  if (password !== undefined) harbor.api.protect(password);
  await harbor.api.change({
    method: 'PUT',
    path: `/registries/${kept.id}`,
    doing: `change the registry '${kept.name}'`,
    body: {
      url,
      insecure,
      description,
      ...(username === undefined ? {} : { credential_type: 'basic', access_key: username }),
      ...(password === undefined ? {} : { access_secret: password }),
    },
  });
}

/** True when an endpoint is as it should be, as far as Harbor tells and the settings say. */
export function isSameRegistry(kept: KeptRegistry, endpoint: RegistryEndpoint): boolean {
  const { url, username = kept.username, insecure = kept.insecure, type = kept.type } = endpoint;
  const bare = (address: string): string => address.replace(/\/+$/, '');
  return (
    bare(kept.url) === bare(url) &&
    kept.username === username &&
    kept.insecure === insecure &&
    kept.type === type &&
    (endpoint.description ?? kept.description) === kept.description
  );
}

/** An endpoint of an answer; numbers and names only count where a policy holds one. */
export function toRegistry(registry: AnswerObject, { host }: Harbor): KeptRegistry {
  const name = textField(registry, 'name');
  return {
    id: requireId(numberField(registry, 'id'), host, `the registry '${name}'`),
    name,
    url: textField(registry, 'url'),
    type: textField(registry, 'type'),
    username: textField(answerObject(field(registry, 'credential')), 'access_key'),
    insecure: flagField(registry, 'insecure'),
    description: textField(registry, 'description'),
    status: textField(registry, 'status'),
  };
}
