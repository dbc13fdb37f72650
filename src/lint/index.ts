export { joinReports, lintModel, reportOf, type LintReport } from './lint-model.js';
export type { LintInput, MadeGguf } from './model-view.js';
export { finding, LINT_RULES, type LintCode, type LintFinding, type LintLevel, type LintRule } from './rules.js';
export { sarifLog, type SarifLog, type SarifTool } from './sarif.js';
