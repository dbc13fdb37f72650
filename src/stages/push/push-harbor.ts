import { SlipwayError, type RunContext } from '../../core/index.js';
import {
  detectHarbor,
  openHarbor,
  readBackFromHarbor,
  splitRepository,
  type DetectedHarbor,
  type Harbor,
} from '../../harbor/index.js';
import { findCredential, type Artifact, type OpenedTarget } from '../../registry/index.js';
import type { PackedModel, PushedArtifact } from '../packaging/packed-model.js';
import { httpOf } from '../resources.js';

/** Asks whether the target is a repository of a Harbor; `undefined` for everything else, and whenever asking fails. */
export async function harborBehind(
  target: OpenedTarget['target'],
  context: RunContext,
): Promise<DetectedHarbor | undefined> {
  if (target.host === undefined) return undefined;
  const credential = await findCredential(target.name, context.env, context.credentials).catch(() => undefined);
  const { insecureHosts } = context.network;
  return detectHarbor(target.host, {
    http: httpOf(context, 'push'),
    signal: context.signal,
    insecureHosts,
    ...(credential?.kind === 'basic' && { credential }),
  });
}

/** The API of the Harbor that a target is in; `undefined` without the name and password that it takes. */
export async function openHarborBehind(
  target: OpenedTarget['target'],
  context: RunContext,
): Promise<Harbor | undefined> {
  if (target.host === undefined) return undefined;
  const credential = await findCredential(target.name, context.env, context.credentials).catch(() => undefined);
  if (credential?.kind !== 'basic') return undefined;
  const { insecureHosts } = context.network;
  return openHarbor({
    host: target.host,
    credential,
    http: httpOf(context, 'push'),
    signal: context.signal,
    insecureHosts,
  });
}

/** Harbor's 401 in words: it is the same without credentials, with wrong ones, and for a project that is not there. */
export async function noProject(
  cause: SlipwayError,
  target: OpenedTarget['target'],
  context: RunContext,
): Promise<SlipwayError> {
  if (target.host === undefined) return cause;
  const { host } = target;
  const [project = ''] = target.repository.split('/');
  const credential = await findCredential(target.name, context.env, context.credentials).catch(() => undefined);
  const isMissing = cause.details.got?.includes(`project ${project} not found`) === true;
  const login = `pipeline login ${host}`;
  const make = [
    `pipeline harbor project create ${host} ${project}`,
    `a harbor stage before push: { host: ${host}, project: ${project} }`,
  ];
  const [sentence, hints] =
    credential === undefined
      ? [`'${host}' shows no project without credentials: '${project}'`, [login]]
      : isMissing
        ? [`'${host}' shows this account no project '${project}'`, [...make, `${login}   (as another account)`]]
        : [
            `'${host}' refuses these credentials, or shows them no project '${project}'`,
            [login, 'check that the account has not expired and is not disabled: robots often have', ...make],
          ];
  return new SlipwayError('OCI_UNAUTHORIZED', sentence, {
    where: cause.details.where,
    got: credential === undefined ? 'no credentials were found' : `those of ${credential.origin}`,
    try: hints,
    cause: cause.cause,
  });
}

/** The model in the family of formats that this Harbor shows, unless the user has chosen formats. */
export async function forHarbor(packed: PackedModel, harbor: DetectedHarbor | undefined): Promise<PackedModel> {
  return harbor === undefined ? packed : ((await packed.inFamily?.(harbor.family)) ?? packed);
}

/**
 * Reads back what Harbor now shows of what was pushed, and warns of what is missing. What cannot be asked is a warning
 * too: the push itself has succeeded.
 */
export async function reportHarborView(
  target: OpenedTarget['target'],
  pushed: readonly PushedArtifact[],
  packed: PackedModel,
  context: RunContext,
): Promise<void> {
  const harbor = await openHarborBehind(target, context);
  if (harbor === undefined || target.host === undefined) return;
  const name = splitRepository(target.repository);
  // Several quantizations miss the same things: each is told once.
  const findings = new Map<string, PushedArtifact[]>();
  const find = (message: string, artifact: PushedArtifact): void => {
    findings.set(message, [...(findings.get(message) ?? []), artifact]);
  };
  for (const [index, artifact] of packed.artifacts.entries()) {
    const result = pushed[index];
    if (result === undefined) continue;
    try {
      const view = await readBackFromHarbor(
        harbor,
        { ...name, reference: result.digest },
        expectedOf(artifact, result),
      );
      for (const { what, reason } of view.missing) find(`${what}: ${reason}`, result);
    } catch (error) {
      if (context.signal.aborted) throw error;
      find(SlipwayError.is(error) ? error.message : String(error), result);
    }
  }
  for (const [message, artifacts] of findings) warn(context, artifacts, message);
}

function expectedOf(artifact: Artifact, result: PushedArtifact): Parameters<typeof readBackFromHarbor>[2] {
  const has = (pattern: RegExp): boolean => artifact.layers.some(({ file }) => pattern.test(file.path));
  return {
    digest: result.digest,
    tags: result.tags,
    readme: has(/^readme/i),
    license: has(/^licen[cs]e/i),
    // A variant that is not quantized is called after its format.
    ...(artifact.format === 'cnai' &&
      artifact.variant !== undefined &&
      !/^(gguf|safetensors|onnx|other)$/.test(artifact.variant) && { quantization: artifact.variant }),
  };
}

function warn(context: RunContext, artifacts: readonly PushedArtifact[], message: string): void {
  const names = artifacts.map(({ reference, tags: [tag] }) =>
    tag === undefined ? reference : reference.slice(reference.lastIndexOf('/') + 1).replace(/@.*$/, ''),
  );
  context.emit({ type: 'warning', code: 'HARBOR_VIEW', message: `Harbor, ${names.join(', ')}: ${message}` });
}
