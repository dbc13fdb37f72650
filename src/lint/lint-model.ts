import type { Digest } from '../core/index.js';
import { jsonField, isJsonObject } from '../files/index.js';
import { lintCode } from './code-rules.js';
import { lintConfigs } from './config-rules.js';
import { lintGguf } from './gguf-rules.js';
import { lintLicenses } from './license-rules.js';
import { ModelView, type LintInput } from './lint-input.js';
import { lintNames } from './name-rules.js';
import { finding, type LintFinding, type LintLevel } from './lint-rules.js';
import { lintTemplate, type TemplateView } from './template-rules.js';
import { lintGgufTokens, lintRepositoryTokens } from './token-rules.js';
import { ggufTemplates, ggufTokens, repositoryTokens, type TokenView } from './token-view.js';
import { openWeightsView, type GgufModelView } from './weights-view.js';

/** What was found in a model, and in what it was looked for. */
export interface LintReport {
  readonly v: 1;
  /** No finding is an error. */
  readonly ok: boolean;
  readonly name: string;
  /** Of an artifact. */
  readonly digest?: Digest;
  /** Gravest first. */
  readonly findings: readonly LintFinding[];
  readonly counts: Readonly<Record<LintLevel, number>>;
  /** Files that were looked at. */
  readonly files: number;
  readonly notChecked: readonly string[];
}

const LEVELS: readonly LintLevel[] = ['error', 'warning', 'note'];

const NOT_CHECKED = [
  'weights: only their headers are read',
  'whether the model answers well: see pipeline evaluate',
  'what programs, pickles and archives contain: they are named, not opened',
];

/**
 * Looks a model over: names, licences, what can run code, headers of weights, configurations, special tokens, chat
 * templates. Content that cannot be read is a finding; throws only what reading itself throws (network, disk, `ABORTED`).
 */
export async function lintModel(input: LintInput, signal?: AbortSignal): Promise<LintReport> {
  const view = new ModelView(input, signal);
  view.add(...lintNames(view), ...(await lintCode(view)));
  const { ggufs, safetensors } = await openWeightsView(view);
  view.add(...(await lintLicenses(view, ggufs)));
  const tokens = await repositoryTokens(view);
  const vocabulary =
    tokens?.size === undefined || tokens.size === 0 ? undefined : { highest: tokens.size - 1, where: 'tokenizer.json' };
  view.add(...(await lintConfigs(view, safetensors, vocabulary)));
  if (tokens !== undefined && safetensors.length > 0) view.add(...(await lintRepositoryTokens(view, tokens)));
  for (const gguf of ggufs) {
    const own = ggufTokens(gguf);
    view.add(...lintGguf(gguf), ...(own === undefined ? [] : lintGgufTokens(gguf, own)));
  }
  await lintTemplates(view, ggufs, tokens);
  return reportOf(view.name, view.findings, view.files.length);
}

/** One report of several: the variants of an index. */
export function joinReports(
  name: string,
  reports: readonly (readonly [label: string, report: LintReport])[],
): LintReport {
  const findings = reports.flatMap(([label, report]) =>
    report.findings.map((one) => ({ ...one, where: label === '' ? one.where : `${label}: ${one.where}` })),
  );
  return reportOf(
    name,
    findings,
    reports.reduce((sum, [, { files }]) => sum + files, 0),
  );
}

async function lintTemplates(
  view: ModelView,
  ggufs: readonly GgufModelView[],
  tokens: TokenView | undefined,
): Promise<void> {
  const templates: TemplateView[] = [];
  for (const gguf of ggufs) {
    const own = ggufTokens(gguf);
    for (const [at, template] of ggufTemplates(gguf)) templates.push({ where: gguf.where, at, template, tokens: own });
  }
  for (const one of await repositoryTemplates(view)) templates.push({ ...one, tokens: tokens ?? firstTokens(ggufs) });
  view.add(...disagreeing(templates));
  const known = new Map<string, Promise<LintFinding[]>>();
  for (const template of templates) {
    // Quantizations of one model have one template: it is rendered once, and each finding named where it first stands.
    const key = template.template;
    if (!known.has(key)) {
      known.set(key, lintTemplate(template, view.signal));
      view.add(...((await known.get(key)) ?? []));
    }
  }
}

function firstTokens(ggufs: readonly GgufModelView[]): TokenView | undefined {
  const [first] = ggufs;
  return first === undefined ? undefined : ggufTokens(first);
}

/** Templates of a repository: a file of their own, and what the tokenizer's configuration says. */
async function repositoryTemplates(view: ModelView): Promise<Omit<TemplateView, 'tokens'>[]> {
  const found: Omit<TemplateView, 'tokens'>[] = [];
  for (const { path } of view.files.filter((file) =>
    /(?:^|\/)[^/]*chat_template[^/]*\.jinja$|^additional_chat_templates\/[^/]+\.jinja$/.test(file.path),
  )) {
    const template = await view.text(path);
    if (template !== undefined) found.push({ where: path, template });
  }
  for (const where of ['tokenizer_config.json', 'chat_template.json']) {
    const config = await view.object(where);
    const value = config === undefined ? undefined : jsonField(config, 'chat_template');
    if (typeof value === 'string') found.push({ where, at: 'chat_template', template: value });
    for (const choice of Array.isArray(value) ? value : []) {
      const [name, template] = isJsonObject(choice) ? [jsonField(choice, 'name'), jsonField(choice, 'template')] : [];
      if (typeof name === 'string' && typeof template === 'string')
        found.push({ where, at: `chat_template ${name.slice(0, 40)}`, template });
    }
  }
  return found;
}

/** The default template of each place. Line ends differ between files without any consequence. */
function disagreeing(templates: readonly TemplateView[]): LintFinding[] {
  const plain = templates.filter(({ where, at }) =>
    at === undefined ? where === 'chat_template.jinja' : at === 'chat_template' || at === 'tokenizer.chat_template',
  );
  const [first, ...others] = plain;
  if (first === undefined) return [];
  const text = (template: string): string => template.replaceAll('\r\n', '\n').trimEnd();
  return others
    .filter(({ template }) => text(template) !== text(first.template))
    .map(({ where, at }) =>
      finding('template-differs', where, `it is another one than ${first.where} has`, {
        at,
      }),
    );
}

/** A report of findings. */
export function reportOf(name: string, findings: readonly LintFinding[], files: number): LintReport {
  const count = (level: LintLevel): number => findings.filter((one) => one.level === level).length;
  const counts = { error: count('error'), warning: count('warning'), note: count('note') };
  return {
    v: 1,
    ok: counts.error === 0,
    name,
    findings: findings.toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level)),
    counts,
    files,
    notChecked: NOT_CHECKED,
  };
}
