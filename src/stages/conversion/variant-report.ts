import type { RunContext, StageReport } from '../../core/index.js';
import type { TargetChoice } from '../../quantize/index.js';
import { sizeOf, type QuantizedVariant } from './variants.js';

/** Says during a run what its plan warns of. */
export function tellWarnings(reports: readonly StageReport[], context: RunContext): void {
  for (const message of reports.flatMap(({ warnings = [] }) => warnings)) {
    const code = message.startsWith('--') ? 'RULE_UNMET' : 'IMATRIX_COVERAGE';
    context.emit({ type: 'warning', code, message });
  }
}

/** What a quantized variant's plan says, for people and for programs. */
export function variantReport({ variant, plan, target, warnings }: QuantizedVariant): StageReport {
  const replaced = plan.tensors.filter((tensor) => tensor.fallback !== undefined);
  const share = (plan.fallbackShare * 100).toFixed(1);
  const substitutions = replaced.length === 0 ? 'none' : `${replaced.length} tensors, ${share} % of weights`;
  return {
    stage: 'quantize',
    summary: `${variant.name}, ${plan.bitsPerWeight.toFixed(2)} bits per weight, ${target === undefined ? `substitutions ${substitutions}` : targetText(target)}`,
    details: plan.tensors.map((tensor) => `${tensor.name} ${tensor.from} → ${tensor.to}${wanted(tensor.fallback)}`),
    bytesOut: sizeOf(variant),
    ...(warnings.length > 0 && { warnings }),
    data: {
      type: variant.name,
      bitsPerWeight: plan.bitsPerWeight,
      tensors: plan.tensors,
      ...(target !== undefined && {
        target: { mix: target.fileType.name, changed: target.changed, weightLoss: target.loss },
      }),
    },
  };
}

function targetText({ fileType, changed, loss }: TargetChoice): string {
  return `${fileType.name} with ${changed.length} other types, weight loss ${loss.chosen.toFixed(3)} % instead of ${loss.mix.toFixed(3)} %`;
}

function wanted(type: string | undefined): string {
  return type === undefined ? '' : ` (instead of ${type}: its blocks do not fit the rows)`;
}
