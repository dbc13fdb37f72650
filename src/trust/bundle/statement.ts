import { SlipwayError } from '../../core/index.js';
import { isJsonObject, jsonField, type JsonValue } from '../../files/index.js';
import { parseStrictJson } from './strict-json.js';

/** `_type` of an in-toto statement (in-toto attestation framework, spec/v1/statement.md). */
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
const STATEMENT_TYPES: ReadonlySet<unknown> = new Set([STATEMENT_TYPE, 'https://in-toto.io/Statement/v0.1']);

/** Predicate types that this house writes or asks for. */
export const PREDICATES = {
  sign: 'https://sigstore.dev/cosign/sign/v1',
  slsa: 'https://slsa.dev/provenance/v1',
  vsa: 'https://slsa.dev/verification_summary/v1',
  cyclonedx: 'https://cyclonedx.org/bom',
  spdx: 'https://spdx.dev/Document',
  oms: 'https://model_signing/signature/v1.0',
} as const;

/** As sigstore-go: more subjects than this are refused by verifiers. */
const MOST_SUBJECTS = 1024;
const MOST_DIGESTS = 32;

/** What a statement is about; it is found by digest, the name is for people. */
export interface Subject {
  readonly name?: string;
  /** Digests by algorithm, lower-case hex. */
  readonly digest: Readonly<Record<string, string>>;
}

export interface Statement {
  readonly subject: readonly Subject[];
  readonly predicateType: string;
  readonly predicate: JsonValue;
}

/** The bytes of a statement: what is signed is exactly this. */
export function statementBytes({ subject, predicateType, predicate }: Statement): Uint8Array {
  return Buffer.from(JSON.stringify({ _type: STATEMENT_TYPE, subject, predicateType, predicate }));
}

/** Reads a statement. Unknown fields are ignored, as the specification asks; doubled keys are refused. Throws `ATTESTATION_INVALID`. */
export function parseStatement(bytes: Uint8Array, name: string): Statement {
  let value: JsonValue;
  try {
    value = parseStrictJson(bytes, name);
  } catch (cause) {
    throw invalid(name, SlipwayError.is(cause) ? (cause.details.got ?? 'not JSON') : 'not JSON', cause);
  }
  if (!isJsonObject(value)) throw invalid(name, 'not a JSON object');
  if (!STATEMENT_TYPES.has(jsonField(value, '_type'))) throw invalid(name, 'another type than an in-toto statement');
  const predicateType = jsonField(value, 'predicateType');
  if (typeof predicateType !== 'string' || predicateType === '') throw invalid(name, 'no predicate type');
  const list = jsonField(value, 'subject');
  if (!Array.isArray(list) || list.length === 0) throw invalid(name, 'no subject');
  if (list.length > MOST_SUBJECTS) throw invalid(name, `${list.length} subjects, limit ${MOST_SUBJECTS}`);
  const subject = list.map((one: JsonValue) => parseSubject(one, name));
  return { subject, predicateType, predicate: jsonField(value, 'predicate') ?? {} };
}

function parseSubject(value: JsonValue, name: string): Subject {
  if (!isJsonObject(value)) throw invalid(name, 'a subject that is no object');
  const digest = jsonField(value, 'digest');
  if (!isJsonObject(digest)) throw invalid(name, 'a subject without digest');
  const entries = Object.entries(digest);
  if (entries.length === 0 || entries.length > MOST_DIGESTS)
    throw invalid(name, `${entries.length} digests of a subject`);
  if (entries.some(([, hex]) => typeof hex !== 'string')) throw invalid(name, 'a digest that is no text');
  const label = jsonField(value, 'name');
  return {
    ...(typeof label === 'string' && label !== '' && { name: label }),
    digest: Object.fromEntries(entries as [string, string][]),
  };
}

/** The subjects' SHA-256 digests; one that is not 64 lower-case hexadecimal digits counts for nothing. */
export function subjectDigests({ subject }: Statement): ReadonlySet<string> {
  const found = subject.map(({ digest }) => (Object.hasOwn(digest, 'sha256') ? digest['sha256'] : undefined));
  return new Set(found.flatMap((hex) => (hex !== undefined && /^[0-9a-f]{64}$/.test(hex) ? [`sha256:${hex}`] : [])));
}

function invalid(name: string, got: string, cause?: unknown): SlipwayError {
  return new SlipwayError('ATTESTATION_INVALID', `'${name}' is not an in-toto statement`, { where: name, got, cause });
}
