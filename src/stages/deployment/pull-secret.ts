import { SlipwayError, type RunContext } from '../../core/index.js';
import { checkedSecret, resourceName, type DeployOptions, type ServedModel } from '../../deploy/index.js';
import type { KubernetesObject } from '../../cluster/index.js';
import { findCredential, type RegistryCredential } from '../../registry/index.js';

/** A Secret that nodes pull with, and the names of all secrets in order. */
export interface PullSecret {
  readonly resource: KubernetesObject;
  readonly names: readonly string[];
}

/**
 * A Secret of type `kubernetes.io/dockerconfigjson` with this machine's login to the registry. Throws `OCI_UNAUTHORIZED`
 * when there is none, or none that a file can hold.
 */
export async function pullSecret(
  model: ServedModel,
  options: DeployOptions,
  { registry, context }: { readonly registry: string; readonly context: RunContext },
): Promise<PullSecret> {
  const [host = ''] = model.repository.split('/');
  const credential =
    (await findCredential(model.repository, context.env, context.credentials)) ??
    (await findCredential(registry, context.env, context.credentials));
  if (credential === undefined) {
    throw new SlipwayError('OCI_UNAUTHORIZED', `there is no login to ${host} that a Secret could hold`, {
      try: [`pipeline login ${host}`, 'leave --with-secret out'],
    });
  }
  const named = options.pullSecrets ?? [];
  const name = checkedSecret(named[0] ?? `${resourceName(model, options)}-pull`);
  const auths = { auths: { [host === 'docker.io' ? 'https://index.docker.io/v1/' : host]: entryOf(credential, host) } };
  return {
    names: [name, ...named.slice(1)],
    resource: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name,
        namespace: options.namespace,
        labels: {
          'app.kubernetes.io/managed-by': 'slipway',
          'app.kubernetes.io/name': resourceName(model, options),
        },
      },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': Buffer.from(JSON.stringify(auths)).toString('base64') },
    },
  };
}

/** What Docker's file has for one registry. A token that ends in minutes is of no use to a node. */
function entryOf(credential: RegistryCredential, host: string): Readonly<Record<string, string>> {
  if (credential.kind === 'basic') {
    const { username, password } = credential;
    return { username, password, auth: Buffer.from(`${username}:${password}`).toString('base64') };
  }
  if (credential.kind === 'refresh') return { identitytoken: credential.token };
  throw new SlipwayError('OCI_UNAUTHORIZED', `the login to ${host} is a token for one client, which no node can use`, {
    where: credential.origin,
    try: [`pipeline login ${host}   (with a name and a password: a robot's)`, 'leave --with-secret out'],
  });
}
