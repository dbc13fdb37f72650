import { EXIT_CODES, optionTable, type ReadOptions, type RunContext } from '../../core/index.js';
import { gateError } from '../../evaluate/index.js';
import { formatBytes } from '../../run/index.js';
import {
  evaluateOnnxModels,
  loadGate,
  onnxOf,
  withSmoke,
  type OnnxEvaluation,
  type OnnxSource,
} from '../../stages/index.js';
import { givenSource, sourceStage } from '../arguments/any-source.js';
import { errorText } from '../program/error-text.js';
import { ToldFailure } from '../program/command-module.js';
import { safeLine, table } from '../screen/text.js';
import type { Session } from '../session/session.js';

/** What only ONNX models need. */
export const ONNX_FLAGS = optionTable({
  shapes: {
    kind: 'text',
    list: true,
    flag: 'shape',
    value: 'name=sizes',
    help: 'sizes of an input (input_ids=1x128) or of a dimension (batch_size=1); none is guessed',
    group: 'ONNX',
  },
  dims: {
    kind: 'path',
    value: 'file',
    help: 'JSON or YAML: names of inputs or dimensions, and their sizes',
    group: 'ONNX',
  },
  inputs: {
    kind: 'text',
    list: true,
    flag: 'input',
    value: 'name=what',
    help: 'numbers for an input: 0..30000, 16000, or a JSON file; random ones unless given',
    group: 'ONNX',
  },
  samples: { kind: 'count', most: 1000, help: 'runs with different numbers; 4 unless given', group: 'ONNX' },
});

export type OnnxFlags = ReadOptions<typeof ONNX_FLAGS>;

/** True when all that is given are ONNX files by their names. */
export function areOnnx(candidates: readonly string[]): boolean {
  return candidates.length > 0 && candidates.every((address) => /\.onnx$/i.test(address));
}

/** Runs ONNX models, each against the base if there is one. */
export async function runOnnx(
  session: Session,
  candidates: readonly string[],
  { against, gate }: { readonly against: string | undefined; readonly gate: string | undefined },
  flags: OnnxFlags,
  context: RunContext,
): Promise<readonly OnnxEvaluation[]> {
  const rules = withSmoke(await loadGate(gate, context), {});
  const open = async (address: string): Promise<OnnxSource> =>
    onnxOf(await sourceStage(givenSource(address, session.path)).run(undefined, context));
  const base = against === undefined ? undefined : await open(against);
  const results: OnnxEvaluation[] = [];
  for (const address of candidates) {
    results.push(await evaluateOnnxModels({ ...flags, candidate: await open(address), base, gate: rules }, context));
  }
  return results;
}

/** Prints what was found, and ends with the gate's exit code when it does not hold. */
export function printOnnx(session: Session, results: readonly OnnxEvaluation[]): void {
  const failed = results.filter(({ gate = [] }) => gate.some(({ passed }) => !passed));
  const [only] = results;
  const ok = failed.length === 0;
  session.output.result({
    json: results.length === 1 ? { ok, ...only } : { ok, evaluations: results },
    text: results.map(onnxText).join('\n\n'),
    quiet: ok ? 'ok' : 'failed',
  });
  const { terminal, look, debug } = session;
  for (const { candidate, gate = [] } of failed) {
    terminal.stderr.write(`${errorText(gateError(candidate.name, gate, [], true), look, debug)}\n`);
  }
  if (!ok) throw new ToldFailure(EXIT_CODES.GATE_FAILED);
}

function onnxText({
  candidate,
  base,
  engine,
  inputs,
  outputs,
  differences = [],
  checks,
  samples,
  gate = [],
}: OnnxEvaluation): string {
  const model = ({ name, size }: OnnxEvaluation['candidate']): string => `${safeLine(name)}  ${formatBytes(size)}`;
  const shape = (sizes: readonly number[]): string => `[${sizes.join(', ')}]`;
  return [
    table([
      ['candidate', model(candidate)],
      ...(base === undefined ? [] : [['base', model(base)]]),
      ['engine', `${engine.name} ${engine.version}, ${samples} runs`],
    ]),
    table([
      ...inputs.map(({ name, type, shape: sizes }) => ['input', safeLine(name), `${type}${shape(sizes)}`, '']),
      ...outputs.map(({ name, type, shape: sizes, min, max }) => [
        'output',
        safeLine(name),
        `${type}${shape(sizes)}`,
        min === undefined || max === undefined ? '' : `${digits(min)} to ${digits(max)}`,
      ]),
    ]),
    table(
      differences.map(({ name, maxError, meanError, cosine }) => [
        'differs',
        safeLine(name),
        `max ${digits(maxError)}`,
        `mean ${digits(meanError)}`,
        `cosine ${cosine.toFixed(6)}`,
      ]),
    ),
    checks
      .map(
        ({ name, passed, got }) =>
          `${passed ? 'passed' : 'FAILED'}   ${name}${got === undefined ? '' : `: ${safeLine(got)}`}`,
      )
      .join('\n'),
    gate
      .filter(({ metric }) => metric !== 'smoke.passed')
      .map(
        ({ metric, operator, threshold, value, passed }) =>
          `gate     ${passed ? 'passed' : 'FAILED'}  ${metric}${operator}${threshold}  ${value ?? 'not measured'}`,
      )
      .join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function digits(value: number): string {
  return String(Number(value.toPrecision(5)));
}
