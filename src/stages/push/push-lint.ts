import { SlipwayError, type RunContext } from '../../core/index.js';
import type { ModelFile } from '../../files/index.js';
import { lintModel, type LintFinding, type LintInput, type LintReport, type MadeGguf } from '../../lint/index.js';
import type { ModelVariant } from '../../package/index.js';
import type { PackedModel } from '../packaging/packed-model.js';
import type { PushOptions } from '../options/index.js';

/** What becomes of findings before something is sent: see {@link PushOptions}. */
export type LintMode = NonNullable<PushOptions['lint']>;

/** Findings that a warning names; more are counted. */
const SHOWN = 10;

/**
 * Looks a packed model over before it is sent. Returns what a person should be warned of. Throws `LINT_FAILED` for errors
 * when they are to be refused.
 */
export async function lintPacked(
  packed: PackedModel,
  mode: LintMode | undefined,
  { signal }: RunContext,
): Promise<readonly string[]> {
  if (mode === 'off') return [];
  const { files, made } = modelOf(packed);
  return judgeLint(await lintModel({ name: packed.name, files, made, travels: true }, signal), mode);
}

/** What is about to be sent: every file once, but for weights that sending makes. */
function modelOf({ variants, artifacts }: PackedModel): Pick<LintInput, 'files' | 'made'> {
  if (variants === undefined)
    return { files: distinct(artifacts.flatMap(({ layers }) => layers.map(({ file }) => file))) };
  const isMade = ({ gguf, weights }: ModelVariant): boolean =>
    gguf !== undefined && weights.some(({ onDisk, digest }) => onDisk === undefined && digest === undefined);
  const made = variants.filter(isMade).flatMap(({ gguf, weights }): MadeGguf[] => {
    const [first] = weights;
    if (gguf === undefined || first === undefined) return [];
    return [{ where: first.path, metadata: gguf.metadata, tensors: gguf.tensors }];
  });
  const files = variants.flatMap((variant) => [...(isMade(variant) ? [] : variant.weights), ...variant.companions]);
  return { files: distinct(files), made };
}

function distinct(files: readonly ModelFile[]): ModelFile[] {
  return [...new Map(files.map((file) => [file.path, file])).values()];
}

/** Refuses a report, or makes warnings of it. Throws `LINT_FAILED`. */
export function judgeLint(report: LintReport, mode: Exclude<LintMode, 'off'> | undefined): readonly string[] {
  const { findings, name } = report;
  const errors = findings.filter(({ level }) => level === 'error');
  if (mode === 'error' && errors.length > 0) throw refused(name, errors);
  const reported = mode === undefined ? errors : findings.filter(({ level }) => level !== 'note');
  const more = reported.length > SHOWN ? [`lint: ${reported.length - SHOWN} more findings: pipeline lint`] : [];
  return [...reported.slice(0, SHOWN).map(lineOf), ...more];
}

function lineOf({ code, where, at, message }: LintFinding): string {
  return `${code}: ${where}${at === undefined ? '' : ` ${at}`}: ${message}`;
}

function refused(name: string, errors: readonly LintFinding[]): SlipwayError {
  const count = errors.length === 1 ? 'an error' : `${errors.length} errors`;
  return new SlipwayError('LINT_FAILED', `'${name}' has ${count} that lint finds`, {
    where: errors[0]?.where ?? name,
    problems: errors.slice(0, SHOWN).map(({ code, where, at, message }) => ({
      at: `${where}${at === undefined ? '' : ` ${at}`}`,
      text: `${code}: ${message}`,
    })),
    kept: 'nothing was sent',
    try: [errors[0]?.try ?? 'pipeline lint', 'push with --lint warn to send it all the same'],
    context: { codes: [...new Set(errors.map(({ code }) => code))] },
  });
}
