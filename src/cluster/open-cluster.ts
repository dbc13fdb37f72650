import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type * as Client from '@kubernetes/client-node';
import type { KubeConfig } from '@kubernetes/client-node';
import { SlipwayError } from '../core/index.js';
import type { ClusterConnection } from './cluster-connection.js';
import { isLoopback, sender } from './send.js';

/** Which cluster, and as whom. */
export interface OpenClusterOptions {
  /** A kubeconfig; `KUBECONFIG`, then `~/.kube/config`, then the pod's own account unless given. */
  readonly kubeconfig?: string | undefined;
  /** One of its contexts; its current one unless given. */
  readonly context?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Hosts (`host:port`) that may be spoken to over plain HTTP; loopback always may. */
  readonly insecureHosts?: readonly string[] | undefined;
  readonly offline?: boolean | undefined;
}

/**
 * Opens a cluster as kubectl does: contexts, certificates, tokens, programs that give tokens (`exec`). Needs the optional
 * package `@kubernetes/client-node`. Nothing is sent yet. Throws `CONFIG_INVALID`, `NOT_FOUND`, `USAGE`,
 * `INSECURE_REFUSED`, `OFFLINE`.
 */
export async function openCluster(options: OpenClusterOptions): Promise<ClusterConnection> {
  if (options.offline === true) throw new SlipwayError('OFFLINE', 'a cluster cannot be asked with --offline');
  const config = await loadKubeconfig(options);
  const context = chosenContext(config, options.context);
  const cluster = config.getCurrentCluster();
  if (cluster === null || !URL.canParse(cluster.server)) {
    throw new SlipwayError('CONFIG_INVALID', `the context '${context.name}' of the kubeconfig names no cluster`, {
      got: cluster === null ? `cluster '${context.cluster}'` : `server '${cluster.server.slice(0, 120)}'`,
      try: 'kubectl config view --minify',
    });
  }
  const server = new URL(cluster.server);
  if (server.protocol === 'http:') allowPlain(config, server, options.insecureHosts ?? []);
  const address = `${server.protocol}//${server.host}${server.pathname.replace(/\/$/, '')}`;
  return {
    address,
    context: context.name,
    namespace: context.namespace ?? 'default',
    request: sender(address, async (more) => {
      await config.applyToHTTPSOptions(more);
    }),
  };
}

/** Loads the package that reads kubeconfigs. Throws `CONFIG_INVALID` with what installs it. */
async function loadClient(): Promise<typeof Client> {
  try {
    return await import('@kubernetes/client-node');
  } catch (cause) {
    throw new SlipwayError('CONFIG_INVALID', 'reaching a cluster needs the package @kubernetes/client-node', {
      where: '--kubeconfig',
      try: 'npm install @kubernetes/client-node@1   (beside slipway)',
      cause,
    });
  }
}

async function loadKubeconfig(options: OpenClusterOptions): Promise<KubeConfig> {
  const { KubeConfig } = await loadClient();
  const config = new KubeConfig();
  const files = kubeconfigFiles(options);
  if (files.length === 0) {
    if ((options.env['KUBERNETES_SERVICE_HOST'] ?? '') !== '') {
      config.loadFromCluster();
      return config;
    }
    throw new SlipwayError('NOT_FOUND', 'there is no kubeconfig', {
      got: options.env['KUBECONFIG'] ?? join(options.env['HOME'] ?? '~', '.kube/config'),
      try: '--kubeconfig PATH',
    });
  }
  for (const [index, file] of files.entries()) readInto(config, new KubeConfig(), file, index === 0);
  return config;
}

/** The first file decides the current context; further ones add to it. */
function readInto(config: KubeConfig, other: KubeConfig, file: string, isFirst: boolean): void {
  try {
    if (isFirst) config.loadFromFile(file);
    else {
      other.loadFromFile(file);
      config.mergeConfig(other, true);
    }
  } catch (cause) {
    throw new SlipwayError('CONFIG_INVALID', `'${file}' cannot be read as a kubeconfig`, {
      where: file,
      got: String(cause instanceof Error ? cause.message : cause).split('\n')[0] ?? '',
      try: `kubectl --kubeconfig ${file} config view`,
    });
  }
}

function kubeconfigFiles({ kubeconfig, env }: OpenClusterOptions): readonly string[] {
  if (kubeconfig !== undefined) {
    if (existsSync(kubeconfig)) return [kubeconfig];
    throw new SlipwayError('NOT_FOUND', `there is no kubeconfig '${kubeconfig}'`, { where: kubeconfig });
  }
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  const usual = listed.length > 0 ? listed : [join(env['HOME'] ?? env['USERPROFILE'] ?? '', '.kube', 'config')];
  return usual.filter((path) => existsSync(path));
}

function chosenContext(
  config: KubeConfig,
  wanted: string | undefined,
): { readonly name: string; readonly cluster: string; readonly namespace?: string | undefined } {
  const names = config.getContexts().map(({ name }) => name);
  const name = wanted ?? config.getCurrentContext();
  const context = names.includes(name) ? config.getContextObject(name) : null;
  if (context === null) {
    throw new SlipwayError(
      'USAGE',
      wanted === undefined ? 'the kubeconfig has no current context' : `the kubeconfig has no context '${wanted}'`,
      {
        got: `contexts: ${names.slice(0, 20).join(', ') || 'none'}`,
        try: `--context ${names[0] ?? 'NAME'}`,
      },
    );
  }
  config.setCurrentContext(name);
  return context;
}

/** Tokens do not go over a network in the clear. The client refuses plain HTTP unless certificates are not to be checked. */
function allowPlain(config: KubeConfig, server: URL, insecureHosts: readonly string[]): void {
  if (!isLoopback(server.hostname) && !insecureHosts.includes(server.host)) {
    throw new SlipwayError('INSECURE_REFUSED', `the cluster's address ${server.origin} is plain HTTP`, {
      try: `--insecure-http ${server.host}`,
    });
  }
  const current = config.getCurrentCluster();
  config.clusters = config.clusters.map((cluster) =>
    cluster === current ? { ...cluster, skipTLSVerify: true } : cluster,
  );
}
