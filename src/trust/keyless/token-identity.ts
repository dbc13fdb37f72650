import { isJsonObject, jsonField, parseJson, type JsonValue } from '../../files/index.js';

/** Whom a certificate would name. */
export interface ExactIdentity {
  readonly issuer: string;
  readonly san: string;
}

/** Claims that become a certificate's subject, in the order in which Fulcio prefers them (fulcio, docs/oidc.md). */
const SUBJECTS: readonly { readonly claim: string; readonly san: (value: string) => string }[] = [
  // GitHub Actions: the workflow that a job is defined in.
  { claim: 'job_workflow_ref', san: (value) => `https://github.com/${value}` },
  // GitLab: the configuration that a job is defined in.
  { claim: 'ci_config_ref_uri', san: (value) => `https://${value}` },
  { claim: 'email', san: (value) => value },
  { claim: 'sub', san: (value) => value },
];

/**
 * Whom an OpenID Connect token makes a certificate name, as far as its claims tell; nothing of the token is verified. A guess that is
 * wrong only means that an earlier signature is not found.
 */
export function identityOfToken(token: string): ExactIdentity | undefined {
  const claims = claimsOf(token);
  const issuer = textOf(claims, 'iss');
  const found = SUBJECTS.flatMap(({ claim, san }) => {
    const value = textOf(claims, claim);
    return value === undefined ? [] : [san(value)];
  })[0];
  return issuer === undefined || found === undefined ? undefined : { issuer, san: found };
}

function claimsOf(token: string): JsonValue | undefined {
  const [, payload = ''] = token.split('.');
  try {
    return parseJson(Buffer.from(payload, 'base64url').toString(), 'token');
  } catch {
    return undefined;
  }
}

function textOf(claims: JsonValue | undefined, key: string): string | undefined {
  const value = claims !== undefined && isJsonObject(claims) ? jsonField(claims, key) : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}
