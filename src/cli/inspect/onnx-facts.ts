import type { ModelFile } from '../../files/index.js';
import { localExternalFiles, readOnnx, type OnnxValue } from '../../onnx/index.js';
import { formatBytes } from '../../run/index.js';
import type { Result } from '../screen/output.js';
import { safeLine, table } from '../screen/text.js';

/** Operators and files that people are shown. */
const LINES = 12;

/** What an ONNX file is; its weights are not read. `folder`: where it lies, if on this disk. */
export async function onnxFacts(file: ModelFile, signal: AbortSignal, folder?: string): Promise<Result> {
  const model = await readOnnx(file, signal);
  const { irVersion, producer, opsets, inputs, outputs, nodes, initializers, weightBytes, weights } = model;
  const operators = [...model.operators].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const external = [...new Set(model.external.map(({ location }) => location))];
  const beside = folder === undefined ? [] : await localExternalFiles(folder, model);
  const problems = beside.flatMap(({ path, problem }) => (problem === undefined ? [] : [{ path, problem }]));
  const byType = [...model.byType].map(([type, sizes]) => ({ type, ...sizes }));
  const opsetText = opsets.map(({ domain, version }) => `${domain === '' ? 'ai.onnx' : domain} ${version}`).join(', ');
  const head = table([
    ['file', safeLine(file.path)],
    ['format', `ONNX, IR version ${irVersion}, opsets ${safeLine(opsetText)}`],
    ['producer', safeLine(producer)],
    ['size', formatBytes(file.size)],
    ['weights', `${weights} in ${initializers} initializers, ${formatBytes(weightBytes)}`],
    ['nodes', String(nodes)],
    ...(model.customDomains.length === 0 ? [] : [['custom', safeLine(model.customDomains.join(', '))]]),
    ...(external.length === 0 ? [] : [['external', safeLine(external.slice(0, LINES).join(', '))]]),
    ...problems.slice(0, LINES).map(({ path, problem }) => ['problem', safeLine(`${path} is ${problem}`)]),
  ]);
  const parts = [
    head,
    table([...inputs.map((value) => valueRow('input', value)), ...outputs.map((value) => valueRow('output', value))]),
    table(
      byType.map(({ type, tensors, bytes }) => [`  ${type}`, String(tensors), formatBytes(bytes)]),
      [1, 2],
    ),
    table(
      operators.slice(0, LINES).map(([name, count]) => [`  ${safeLine(name)}`, String(count)]),
      [1],
    ),
  ];
  return {
    json: {
      kind: 'onnx',
      format: 'onnx',
      path: file.path,
      size: file.size,
      irVersion,
      producer,
      graph: model.graph,
      opsets,
      inputs,
      outputs,
      nodes,
      operators: Object.fromEntries(operators),
      customDomains: model.customDomains,
      initializers: { count: initializers, weights, bytes: weightBytes, byType },
      external: model.external,
      externalFiles: external,
      externalProblems: problems,
      metadata: Object.fromEntries(model.metadata),
    },
    text: parts.filter((part) => part !== '').join('\n\n'),
    quiet: opsetText,
  };
}

function valueRow(kind: string, { name, type, shape }: OnnxValue): string[] {
  const dimensions = shape.map((dimension) => (dimension === '' ? '?' : safeLine(String(dimension)))).join(', ');
  return [kind, safeLine(name), `${safeLine(type)}[${dimensions}]`];
}
