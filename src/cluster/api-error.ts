import { SlipwayError } from '../core/index.js';
import type { ClusterAnswer, ClusterConnection } from './cluster-connection.js';
import { fieldOf, listOf, textOf } from './fields.js';

/** What a cluster refused to do, and about what (`Deployment models/tiny`). */
export interface Refusal {
  readonly about: string;
  /** What would help when there is nothing of that kind or name. */
  readonly absent?: readonly string[];
  /** The verb and resource that `kubectl auth can-i` takes: `patch deployments.apps`. */
  readonly access?: string;
}

/** The error of an answer that is no success (Kubernetes' `Status`): one code a kind, the server's own words in `got`. */
export function clusterError(connection: ClusterConnection, answer: ClusterAnswer, refusal: Refusal): SlipwayError {
  const { status, body } = answer;
  const message = textOf(body, 'message') ?? (typeof body === 'string' ? body.slice(0, 500) : '');
  const details = { where: `${refusal.about} in ${connection.address}`, got: message, context: { status } };
  const problems = causesOf(body);
  if (status === 401) {
    return new SlipwayError('CLUSTER_UNAUTHORIZED', 'the cluster does not accept the account of the kubeconfig', {
      ...details,
      try: 'log in again as for kubectl, or name another --context',
    });
  }
  if (status === 403 && !isAdmission(message)) return denied(refusal, details);
  if (status === 404) {
    return new SlipwayError('CLUSTER_NOT_FOUND', `the cluster has not what ${refusal.about} needs`, {
      ...details,
      ...absentTry(message, refusal),
    });
  }
  if (status === 409 && problems.length > 0) return conflict(refusal, details, problems);
  // A field that the schema has not is a failure of the server's own there.
  if (status >= 500 && !/webhook|typed patch|not declared in schema/.test(message)) {
    return new SlipwayError('CLUSTER_UNAVAILABLE', `the cluster answers ${status}`, { ...details, retryable: true });
  }
  return new SlipwayError('CLUSTER_REFUSED', `the cluster does not take ${refusal.about}`, {
    ...details,
    ...(problems.length > 0 && { problems }),
    ...(/immutable/.test(message) && { try: ['the same command with --delete first', '--name ANOTHER'] }),
  });
}

interface Told {
  readonly where: string;
  readonly got: string;
}

function denied({ about, access }: Refusal, details: Told): SlipwayError {
  return new SlipwayError('CLUSTER_DENIED', `the account of the kubeconfig may not do this with ${about}`, {
    ...details,
    try: access === undefined ? undefined : `kubectl auth can-i ${access}   (ask for that right)`,
  });
}

/** Refused by a rule of the cluster, not for want of a right. */
function isAdmission(message: string): boolean {
  return /admission|denied the request|exceeded quota|PodSecurity|violates/i.test(message);
}

function absentTry(message: string, { absent }: Refusal): { readonly try: readonly string[] } | undefined {
  const [, namespace] = /namespaces "([^"]+)" not found/.exec(message) ?? [];
  if (namespace !== undefined) return { try: [`kubectl create namespace ${namespace}`, '--namespace ANOTHER'] };
  return absent === undefined ? undefined : { try: absent };
}

/** Fields that something else has set before (server-side apply). */
function conflict(
  { about }: Refusal,
  details: Told,
  problems: readonly { readonly at: string; readonly text: string }[],
): SlipwayError {
  const managers = new Set(problems.map(({ text }) => /conflict with "([^"]+)"/.exec(text)?.[1] ?? text));
  return new SlipwayError('CLUSTER_CONFLICT', `fields of ${about} are set by ${[...managers].join(', ')}`, {
    where: details.where,
    problems,
    kept: 'nothing was changed',
    try: [
      '--force-conflicts   (takes these fields over)',
      `take them out of what ${[...managers][0] ?? 'the other'} applies`,
      '--name ANOTHER',
    ],
  });
}

function causesOf(body: unknown): readonly { readonly at: string; readonly text: string }[] {
  return listOf(fieldOf(body, 'details'), 'causes').map((cause) => ({
    at: textOf(cause, 'field') ?? '',
    text: textOf(cause, 'message') ?? textOf(cause, 'reason') ?? '',
  }));
}
