export { joinReports, lintModel, reportOf, type LintReport } from './lint-model.js';
export type { LintInput, MadeGguf } from './lint-input.js';
export { finding, LINT_RULES, type LintCode, type LintFinding, type LintLevel, type LintRule } from './lint-rules.js';
export { sarifLog, type SarifLog, type SarifTool } from './sarif.js';
