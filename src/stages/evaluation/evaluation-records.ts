import { SlipwayError, type Digest } from '../../core/index.js';
import { EVALUATION_TYPE, STATEMENT_MEDIA_TYPE, TEST_RESULT } from '../../evaluate/index.js';
import { isJsonObject, jsonField, type JsonObject, type JsonValue } from '../../files/index.js';
import { parseManifest, type Descriptor, type ReadableTarget } from '../../registry/index.js';
import { collectReferrers, parseStatement, subjectDigests, type Statement } from '../../trust/index.js';

/** An evaluation that is attached to an artifact: the verdict of a gate, or numbers. */
export interface EvaluationRecord {
  /** Manifest that holds it. */
  readonly digest: string;
  readonly predicateType: string;
  /** Whether it is in a signed envelope; `pipeline verify` says whose signature it is. */
  readonly signed: boolean;
  readonly predicate: JsonObject;
}

/** A statement of an evaluation is some kilobytes; anything larger is not looked at. */
const LIMIT = 4 * 1024 * 1024;
/** Unsigned statements of one artifact that are read. */
const MOST = 32;

/**
 * What is attached to an artifact about how it was evaluated: in-toto test results and this project's own predicate,
 * unsigned or in signed bundles. What cannot be read, or speaks of something else, is left out. Throws what the
 * registry throws.
 */
export async function evaluationRecords(
  target: ReadableTarget,
  digest: Digest,
  signal?: AbortSignal,
): Promise<readonly EvaluationRecord[]> {
  const { attestations, others } = await collectReferrers(target, digest, signal);
  const signed = attestations.flatMap(({ statement, where }) => recordOf(statement, digest, where, true));
  const plain = others.filter(({ artifactType }) => artifactType === STATEMENT_MEDIA_TYPE).slice(0, MOST);
  const unsigned: EvaluationRecord[] = [];
  for (const { digest: where } of plain) {
    const statement = await unsignedStatement(target, where, digest, signal);
    if (statement !== undefined) unsigned.push(...recordOf(statement, digest, where, false));
  }
  const said = new Set(signed.map(key));
  return [...signed, ...unsigned.filter((record) => !said.has(key(record)))];
}

/** What a signed statement says, too, is not repeated. */
function key({ predicateType, predicate }: EvaluationRecord): string {
  return `${predicateType}\n${JSON.stringify(predicate)}`;
}

function recordOf(statement: Statement, digest: Digest, where: string, signed: boolean): EvaluationRecord[] {
  const { predicateType, predicate } = statement;
  if (predicateType !== EVALUATION_TYPE && predicateType !== TEST_RESULT) return [];
  if (!isJsonObject(predicate) || !subjectDigests(statement).has(digest)) return [];
  return [{ digest: where, predicateType, signed, predicate }];
}

async function unsignedStatement(
  target: ReadableTarget,
  where: Digest,
  subject: Digest,
  signal: AbortSignal | undefined,
): Promise<Statement | undefined> {
  try {
    const { bytes, descriptor } = await target.readManifest(where, signal);
    const parsed = parseManifest(bytes, where, descriptor.mediaType);
    const [, layer] = parsed.blobs;
    if (parsed.subject?.digest !== subject || layer === undefined || layer.size > LIMIT) return undefined;
    return parseStatement(await contentOf(target, layer, signal), where);
  } catch (error) {
    if (SlipwayError.is(error) && error.code !== 'ABORTED' && error.code !== 'TERMINATED') return undefined;
    throw error;
  }
}

async function contentOf(target: ReadableTarget, blob: Descriptor, signal: AbortSignal | undefined): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of target.readBlob(blob, undefined, signal)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A number of an evaluation as its predicate says it. */
export interface RecordedMetric {
  readonly name: string;
  readonly value: number;
  readonly uncertainty?: number;
}

/** The numbers of a predicate of {@link EVALUATION_TYPE}; none of one that has no list of them. */
export function recordedMetrics(predicate: JsonObject): readonly RecordedMetric[] {
  const metrics = jsonField(predicate, 'metrics');
  return Array.isArray(metrics) ? (metrics as readonly JsonValue[]).flatMap(metricOf) : [];
}

function metricOf(value: JsonValue): RecordedMetric[] {
  if (!isJsonObject(value)) return [];
  const [name, number, uncertainty] = ['name', 'value', 'uncertainty'].map((field) => jsonField(value, field));
  if (typeof name !== 'string' || typeof number !== 'number') return [];
  return [{ name, value: number, ...(typeof uncertainty === 'number' && { uncertainty }) }];
}
