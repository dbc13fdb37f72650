import type { Digest } from '../../core/index.js';
import { isJsonObject, jsonField, type JsonValue } from '../../files/index.js';
import { PREDICATES } from '../bundle/statement.js';
import type { VerifiedAttestation } from './identify.js';
import type { ScoreLimit } from './policy.js';
import { fail, pass, skip, type Check } from './verification-report.js';

/** Whether a bill of materials that is attested is about what it is attested of. `own`: digests of the manifest and what it lists. */
export function bomCheck(own: ReadonlySet<Digest>, attestations: readonly VerifiedAttestation[]): readonly Check[] {
  const found = attestations.filter(({ statement }) => statement.predicateType === PREDICATES.cyclonedx);
  if (found.length === 0) return [];
  const hashes = found.map(({ statement }) => componentHashes(statement.predicate));
  if (hashes.some((known) => known.some((hex) => own.has(`sha256:${hex}`))))
    return [pass('bom', 'its component is the artifact')];
  return hashes.some((known) => known.length === 0)
    ? [skip('bom', 'its component names no SHA-256 that could be compared')]
    : [
        fail(
          'bom',
          `its component has the SHA-256 ${hashes.flat()[0]?.slice(0, 64) ?? ''}, which is another artifact's`,
        ),
      ];
}

function componentHashes(bom: JsonValue): readonly string[] {
  const component = fieldOf(fieldOf(bom, 'metadata'), 'component');
  const list = fieldOf(component, 'hashes');
  return (Array.isArray(list) ? (list as readonly JsonValue[]) : []).flatMap((hash) => {
    const content = fieldOf(hash, 'content');
    return fieldOf(hash, 'alg') === 'SHA-256' && typeof content === 'string' ? [content.toLowerCase()] : [];
  });
}

function fieldOf(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return isJsonObject(value) ? jsonField(value, key) : undefined;
}

/** Whether what is attested of an evaluation reaches the score that a policy asks for. */
export function scoreCheck(attestations: readonly VerifiedAttestation[], limit: ScoreLimit): Check {
  const name = `evaluation ${limit.metric}`;
  const found = attestations.filter(({ statement }) => statement.predicateType === limit.predicateType);
  if (found.length === 0) {
    return limit.required === true
      ? fail(name, 'the policy asks for it, and none is attested')
      : skip(name, 'none is attested');
  }
  const values = found.map(({ statement }) => valueAt(statement.predicate, limit.metric));
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length === 0) return fail(name, 'what is attested has no such number');
  const wrong = numbers.find((value) => value < (limit.min ?? -Infinity) || value > (limit.max ?? Infinity));
  const wanted = [
    limit.min === undefined ? '' : `at least ${limit.min}`,
    limit.max === undefined ? '' : `at most ${limit.max}`,
  ];
  return wrong === undefined
    ? pass(name, numbers.join(', '))
    : fail(name, `${wrong}, wanted ${wanted.filter(Boolean).join(' and ')}`);
}

function valueAt(value: JsonValue, path: string): JsonValue | undefined {
  // A list of named numbers, as this project's own evaluations have them.
  const metrics = isJsonObject(value) ? jsonField(value, 'metrics') : undefined;
  const named = (Array.isArray(metrics) ? (metrics as readonly JsonValue[]) : []).find(
    (metric) => isJsonObject(metric) && jsonField(metric, 'name') === path,
  );
  if (named !== undefined && isJsonObject(named)) return jsonField(named, 'value');
  let at: JsonValue | undefined = value;
  for (const key of path.split('.')) at = isJsonObject(at) ? jsonField(at, key) : undefined;
  return at;
}
