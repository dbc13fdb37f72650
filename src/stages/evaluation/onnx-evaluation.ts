import { dirname } from 'node:path';
import { SlipwayError, type Digest, type RunContext } from '../../core/index.js';
import {
  checkGate,
  evaluateOnnx,
  OnnxRuntime,
  parseShape,
  stageOnnx,
  type GateCheck,
  type GateRule,
  type InputFill,
  type OnnxMeasurement,
  type StagedModel,
} from '../../evaluate/index.js';
import { digestOf, localFile, readText, type ModelFile, type Snapshot } from '../../files/index.js';
import { parseYaml } from '../../files/yaml.js';
import { temporaryPlace } from './model-on-disk.js';

/** An ONNX model among its files. */
export interface OnnxSource {
  readonly file: ModelFile;
  readonly files: readonly ModelFile[];
}

export interface OnnxRequest {
  readonly candidate: OnnxSource;
  readonly base?: OnnxSource | undefined;
  /** `input=1x128` or `batch_size=1`. */
  readonly shapes?: readonly string[] | undefined;
  /** Path of a JSON or YAML mapping of such names to sizes. */
  readonly dims?: string | undefined;
  /** `input=FILE.json`, `input=0..30000`, `input=16000`. */
  readonly inputs?: readonly string[] | undefined;
  readonly samples?: number | undefined;
  readonly gate?: readonly GateRule[] | undefined;
}

/** What was found out about an ONNX model: what `pipeline evaluate model.onnx --json` prints. */
export interface OnnxEvaluation extends OnnxMeasurement {
  readonly kind: 'onnx';
  readonly candidate: { readonly name: string; readonly digest: Digest; readonly size: number };
  readonly base?: { readonly name: string; readonly digest: Digest; readonly size: number } | undefined;
  readonly gate?: readonly GateCheck[] | undefined;
}

const FILE_LIMIT = 256 * 1024 * 1024;

/** The one ONNX model of a snapshot. Throws `MODEL_INVALID` for none, `USAGE` for several. */
export function onnxOf(snapshot: Snapshot): OnnxSource {
  const models = snapshot.files.filter(({ path }) => /\.onnx$/i.test(path));
  const [file] = models;
  if (file !== undefined && models.length === 1) return { file, files: snapshot.files };
  const { name } = snapshot.source;
  if (file === undefined) throw new SlipwayError('MODEL_INVALID', `'${name}' holds no ONNX model`, { where: name });
  throw new SlipwayError('USAGE', `'${name}' holds several ONNX models`, {
    got: models.map(({ path }) => path).join(', '),
    try: 'fetch it, and name one file: pipeline download … -o ./dir; pipeline evaluate ./dir/model.onnx',
  });
}

/**
 * Runs an ONNX model in a process of its own, and against another one. Everything about the files is checked before the
 * runtime sees them. Throws what `stageOnnx`, `OnnxRuntime.open` and `evaluateOnnx` throw.
 */
export async function evaluateOnnxModels(request: OnnxRequest, context: RunContext): Promise<OnnxEvaluation> {
  const { signal, env } = context;
  const temporary = temporaryPlace(context);
  const shapes = await shapesOf(request, signal);
  const inputs = await fillsOf(request.inputs ?? [], signal);
  const staged: StagedModel[] = [];
  const stage = async ({ file, files }: OnnxSource): Promise<StagedModel> => {
    const folder = file.onDisk === undefined ? undefined : dirname(file.onDisk);
    const model = await stageOnnx(file, files, temporary, { folder, signal });
    staged.push(model);
    return model;
  };
  try {
    const candidate = await stage(request.candidate);
    const base = request.base === undefined ? undefined : await stage(request.base);
    const runtime = await OnnxRuntime.open({ env, temporary }, signal);
    context.defer(async () => runtime.close());
    try {
      const measured = await evaluateOnnx(runtime, {
        candidate,
        base,
        shapes,
        inputs,
        samples: request.samples,
        signal,
      });
      return {
        kind: 'onnx',
        candidate: await facts(request.candidate, signal),
        base: request.base === undefined ? undefined : await facts(request.base, signal),
        ...measured,
        gate: request.gate === undefined ? undefined : checkGate(request.gate, measured.metrics),
      };
    } finally {
      await runtime.close();
    }
  } finally {
    for (const model of staged) await model.release();
  }
}

async function facts({ file }: OnnxSource, signal: AbortSignal): Promise<OnnxEvaluation['candidate']> {
  const digest = file.digest ?? (await digestOf(file.read(undefined, signal))).digest;
  return { name: file.path, digest, size: file.size };
}

async function shapesOf(
  { shapes = [], dims }: OnnxRequest,
  signal: AbortSignal,
): Promise<Map<string, readonly number[]>> {
  const shapesByName = new Map<string, readonly number[]>();
  if (dims !== undefined) {
    const value = await readYaml(dims, signal);
    for (const [name, size] of Object.entries((value ?? {}) as Record<string, unknown>))
      shapesByName.set(name, sizesOf(name, size, dims));
  }
  for (const [name, sizes] of shapes.map(parseShape)) shapesByName.set(name, sizes);
  return shapesByName;
}

async function readYaml(path: string, signal: AbortSignal): Promise<unknown> {
  const text = await readText(await localFile(path, path), FILE_LIMIT, signal);
  return parseYaml(text, { code: 'CONFIG_INVALID', what: `'${path}'`, where: path });
}

function sizesOf(name: string, size: unknown, path: string): readonly number[] {
  const sizes: unknown[] = Array.isArray(size) ? size : [size];
  const isSize = (it: unknown): it is number => typeof it === 'number' && Number.isSafeInteger(it) && it > 0;
  if (sizes.every(isSize)) return sizes;
  throw new SlipwayError('CONFIG_INVALID', `'${path}' has no sizes for '${name}'`, {
    where: path,
    try: '{ "batch_size": 1, "input": [1, 512] }',
  });
}

async function fillsOf(texts: readonly string[], signal: AbortSignal): Promise<Map<string, InputFill>> {
  const fills = new Map<string, InputFill>();
  for (const text of texts) {
    const at = text.indexOf('=');
    const [name, value] = [text.slice(0, at), text.slice(at + 1)];
    if (at < 1 || value === '') throw noInput(text);
    fills.set(name, await fillOf(value, signal));
  }
  return fills;
}

async function fillOf(value: string, signal: AbortSignal): Promise<InputFill> {
  const range = /^(-?[\d.]+)\.\.(-?[\d.]+)$/.exec(value);
  const [from, to] = [Number(range?.[1]), Number(range?.[2])];
  if (range !== null && from <= to) return { from, to };
  if (/^-?\d+(\.\d+)?$/.test(value)) return { values: [Number(value)] };
  const numbers: unknown[] = [];
  const parsed = await readYaml(value, signal);
  flatten(parsed, numbers);
  const isNumber = (it: unknown): it is number => typeof it === 'number';
  if (numbers.every(isNumber) && numbers.length > 0) return { values: numbers };
  throw noInput(value);
}

function flatten(value: unknown, into: unknown[]): void {
  if (Array.isArray(value)) for (const one of value as unknown[]) flatten(one, into);
  else into.push(value);
}

function noInput(text: string): SlipwayError {
  return new SlipwayError('USAGE', `'${text}' says nothing about an input`, {
    try: [
      '--input input_ids=0..30000   (whole numbers from a range)',
      '--input sr=16000',
      '--input x=values.json   (nested lists)',
    ],
  });
}
