export { Engine, type EngineFacts, type EngineOptions } from './engine/engine.js';
export {
  evaluateModels,
  type EvaluationInput,
  type EvaluationSettings,
  type EvaluationText,
  type Measurement,
  type UsedSettings,
} from './evaluate-models.js';
export type { Metric } from './metrics.js';
