import { SlipwayError } from '../core/index.js';
import { artifactPath, type ArtifactName } from './harbor-address.js';
import { answerObject, field, numberField, textField } from './answer.js';
import type { Harbor } from './open-harbor.js';

export type ScanKind = 'vulnerability' | 'sbom';

/** How a vulnerability scan stands. */
export interface ScanState {
  /** `Pending`, `Running`, `Success`, `Error` … */
  readonly status: string;
  /** The worst that was found. */
  readonly severity: string;
  readonly total: number;
  readonly fixable: number;
  /** Number of findings by severity. */
  readonly counts: Readonly<Record<string, number>>;
}

/** How the making of an SBOM stands. */
export interface SbomState {
  readonly status: string;
  /** Digest of the accessory that holds the SBOM; empty while there is none. */
  readonly digest: string;
}

/**
 * Starts a scan, or the making of an SBOM; its result is in the artifact's `scan` or `sbom` later. Harbor does this for
 * container images only: for a model it answers 400, which is thrown as `HARBOR_INVALID` saying so. Without a scanner it
 * answers 412 for everything: `HARBOR_REFUSED`.
 */
export async function startScan(harbor: Harbor, name: ArtifactName, kind: ScanKind = 'vulnerability'): Promise<void> {
  const what = kind === 'sbom' ? 'make an SBOM of' : 'scan';
  const request = {
    method: 'POST',
    path: `${artifactPath(name)}/scan`,
    doing: `${what} '${name.project}/${name.repository}'`,
    body: { scan_type: kind },
  } as const;
  try {
    await harbor.api.change(request);
  } catch (error) {
    if (!SlipwayError.is(error)) throw error;
    if (error.code === 'HARBOR_REFUSED') throw withoutScanner(harbor, what, error);
    if (error.code !== 'HARBOR_INVALID') throw error;
    throw new SlipwayError(error.code, error.message, {
      ...error.details,
      try: 'Harbor scans container images only; give a model a scan of its own and attach the result',
      cause: error,
    });
  }
}

/** The error itself unless it is about a scanner that is not there. */
function withoutScanner({ host }: Harbor, what: string, error: SlipwayError): SlipwayError {
  const { got } = error.details;
  if (typeof got !== 'string' || !/no available scanner/i.test(got)) return error;
  return new SlipwayError(error.code, `'${host}' has no scanner, so it cannot ${what} anything`, {
    ...error.details,
    try: 'an administrator adds one: Interrogation Services, New scanner',
    cause: error,
  });
}

/** Reads `scan_overview`: one report a media type, of which the first counts. */
export function toScan(overview: unknown): ScanState | undefined {
  const [report] = Object.values(answerObject(overview));
  if (report === undefined) return undefined;
  const summary = answerObject(field(answerObject(report), 'summary'));
  const bySeverity = answerObject(field(summary, 'summary'));
  return {
    status: textField(answerObject(report), 'scan_status'),
    severity: textField(answerObject(report), 'severity'),
    total: numberField(summary, 'total') ?? 0,
    fixable: numberField(summary, 'fixable') ?? 0,
    counts: Object.fromEntries(Object.keys(bySeverity).map((level) => [level, numberField(bySeverity, level) ?? 0])),
  };
}

/** Reads `sbom_overview`. */
export function toSbom(overview: unknown): SbomState | undefined {
  const state = answerObject(overview);
  const status = textField(state, 'scan_status');
  return status === '' ? undefined : { status, digest: textField(state, 'sbom_digest') };
}
