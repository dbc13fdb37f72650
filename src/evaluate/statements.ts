import { PROJECT_ADDRESS, type Digest } from '../core/index.js';
import type { Evaluation } from './evaluation.js';
import { ruleText } from './gate.js';

/** Something that is said about an artifact: what an in-toto statement says beside its subject. */
export interface Predicate {
  readonly predicateType: string;
  readonly predicate: Readonly<Record<string, unknown>>;
}

/** https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md */
export const TEST_RESULT = 'https://in-toto.io/attestation/test-result/v0.1';
/** Media type of a statement without a signature. */
export const STATEMENT_MEDIA_TYPE = 'application/vnd.in-toto+json';
/** Numbers; the fields of {@link Evaluation}. */
export const EVALUATION_TYPE = `${PROJECT_ADDRESS}/attestation/quantization-evaluation/v1`;

/** An evaluation as predicates: the verdict of its gate, if it has one, and the numbers. */
export function evaluationPredicates(evaluation: Evaluation): readonly Predicate[] {
  const { candidate, base, text, gate } = evaluation;
  const numbers: Predicate = { predicateType: EVALUATION_TYPE, predicate: plain(evaluation) };
  if (gate === undefined) return [numbers];
  const [passed, failed] = [true, false].map((wanted) => gate.filter((check) => check.passed === wanted));
  const verdict: Predicate = {
    predicateType: TEST_RESULT,
    predicate: {
      result: failed?.length === 0 ? 'PASSED' : 'FAILED',
      configuration: [
        { name: 'gate', annotations: { rules: gate.map(ruleText).join(',') } },
        resource(candidate.name, candidate.digest),
        ...(base === undefined ? [] : [resource(base.name, base.digest)]),
        ...(text === undefined ? [] : [resource(text.name, text.digest)]),
      ],
      passedTests: (passed ?? []).map(({ metric }) => metric),
      failedTests: (failed ?? []).map(({ metric }) => metric),
    },
  };
  return [verdict, numbers];
}

/** As it is written: without what is undefined. */
function plain(evaluation: Evaluation): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(evaluation)) as Readonly<Record<string, unknown>>;
}

function resource(name: string, digest: Digest): Record<string, unknown> {
  return { name, digest: { sha256: digest.replace(/^sha256:/, '') } };
}
