import { EVALUATION_TYPE } from '../../evaluate/index.js';
import { isJsonObject, jsonField, type JsonObject } from '../../files/index.js';
import type { PerformanceMetric } from '../../trust/index.js';
import { recordedMetrics } from '../evaluation/evaluation-records.js';

/** Standard errors to both sides that hold the value in 95 of 100 cases. */
const INTERVAL = 1.96;

/** Something that is said: a predicate with its type. */
interface Said {
  readonly predicateType: string;
  readonly predicate: Readonly<Record<string, unknown>>;
}

/** The numbers of evaluations as a bill of materials repeats them. */
export function performanceMetrics(said: readonly Said[]): readonly PerformanceMetric[] {
  return said
    .filter(({ predicateType }) => predicateType === EVALUATION_TYPE)
    .flatMap(({ predicate }) => metricsOf(predicate as JsonObject));
}

function metricsOf(predicate: JsonObject): readonly PerformanceMetric[] {
  const text = jsonField(predicate, 'text');
  const name = isJsonObject(text ?? null) ? jsonField(text as JsonObject, 'name') : undefined;
  return recordedMetrics(predicate).map((metric) => {
    const { name: type, value, uncertainty } = metric;
    return {
      type,
      value: String(value),
      // Weights are compared without any text.
      ...(typeof name === 'string' && !type.startsWith('weight.') && { slice: name }),
      ...(uncertainty !== undefined && {
        confidenceInterval: {
          lowerBound: String(value - INTERVAL * uncertainty),
          upperBound: String(value + INTERVAL * uncertainty),
        },
      }),
    };
  });
}
