import { LINT_RULES, type LintCode, type LintFinding } from './lint-rules.js';
import type { LintReport } from './lint-model.js';

/** Who found it. */
export interface SarifTool {
  readonly version: string;
  readonly homepage: string;
  /** Directory of the model as it stands in the repository that is scanned (`models/tiny/`), or nothing. */
  readonly folder?: string;
}

/** JSON as SARIF has it. */
export type SarifLog = Readonly<Record<string, unknown>>;

/** A report as a SARIF 2.1.0 log (OASIS, "Static Analysis Results Interchange Format"), for code-scanning views. */
export function sarifLog({ findings, name }: LintReport, tool: SarifTool): SarifLog {
  const codes = [...new Set(findings.map(({ code }) => code))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'slipway',
            semanticVersion: tool.version,
            informationUri: tool.homepage,
            rules: codes.map(ruleOf),
          },
        },
        automationDetails: { id: `slipway/lint/${name}` },
        results: findings.map((one) => resultOf(one, codes.indexOf(one.code), tool.folder ?? '')),
        columnKind: 'utf16CodeUnits',
      },
    ],
  };
}

function ruleOf(code: LintCode): SarifLog {
  const { level, title, why, try: remedy } = LINT_RULES[code];
  return {
    id: code,
    shortDescription: { text: `${title}.` },
    fullDescription: { text: `${why}.` },
    help: { text: `${why}. What to do: ${remedy}.` },
    defaultConfiguration: { level },
  };
}

function resultOf(one: LintFinding, ruleIndex: number, folder: string): SarifLog {
  const { code, level, where, at, line, message } = one;
  return {
    ruleId: code,
    ruleIndex,
    level,
    message: { text: `${at === undefined ? '' : `${at}: `}${message}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(`${folder}${where}`) },
          region: { startLine: line ?? 1 },
        },
        ...(at !== undefined && { logicalLocations: [{ fullyQualifiedName: at, kind: 'member' }] }),
      },
    ],
    // The same finding of the next run is known again, whatever lines have moved.
    partialFingerprints: { 'slipway/v1': `${code}:${where}:${at ?? ''}` },
  };
}

function uriOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
