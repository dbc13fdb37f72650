export { Engine, type EngineFacts, type EngineOptions } from './engine/engine.js';
export {
  evaluateModels,
  type EvaluationInput,
  type EvaluationSettings,
  type EvaluationText,
  type Measurement,
  type UsedSettings,
} from './evaluate-models.js';
export {
  histogramOf,
  type EvaluatedModel,
  type EvaluatedText,
  type Evaluation,
  type Histogram,
  type SmokeResult,
  type WeightSummary,
} from './evaluation.js';
export {
  checkGate,
  gateError,
  gateNotFound,
  parseGate,
  parseGateFile,
  ruleText,
  type GateCheck,
  type GateOperator,
  type GateRule,
} from './gate.js';
export type { Metric } from './metrics.js';
export { measureWeightError, weightMetrics, worstTensors, type TensorError, type WeightError } from './weight-error.js';
export { collectImportance, type CollectOptions, type CollectedImportance } from './importance/collect-importance.js';
export {
  chunkCount,
  importanceFile,
  legacyImportance,
  mergeImportance,
  readImportance,
  type ImportanceSums,
} from './importance/importance-matrix.js';
export { importanceStatistics, type ImportanceStatistics } from './importance/importance-statistics.js';
export {
  EVALUATION_TYPE,
  evaluationPredicates,
  type Predicate,
  STATEMENT_MEDIA_TYPE,
  TEST_RESULT,
} from './statements.js';
export {
  smokeMetrics,
  smokeTest,
  SMOKE_PROMPT,
  SMOKE_TOKENS,
  type SmokeInput,
  type SmokeSettings,
} from './smoke/smoke.js';
export { compareEmbeddings, type EmbeddingComparison, type EmbeddingInput } from './embeddings.js';
export { evaluationHtml } from './report/html.js';
export { evaluationMarkdown } from './report/markdown.js';
export { evaluateOnnx, type OnnxEvaluationInput, type OnnxMeasurement, type OnnxOutput } from './onnx/evaluate-onnx.js';
export { findOnnxRuntime, OnnxRuntime, type OnnxEngineFacts, type OnnxRuntimeOptions } from './onnx/runtime.js';
export { parseShape, type GivenShapes } from './onnx/shapes.js';
export { stageOnnx, type StagedModel } from './onnx/staged-model.js';
export type { InputFill } from './onnx/tensor-values.js';
export type { OutputDifference } from './onnx/compare-outputs.js';
