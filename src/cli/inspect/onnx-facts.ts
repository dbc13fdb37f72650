import type { ModelFile } from '../../files/index.js';
import { readOnnx, type OnnxValue } from '../../onnx/index.js';
import { formatBytes } from '../../run/index.js';
import type { Result } from '../screen/output.js';
import { safeLine, table } from '../screen/text.js';

/** Operators and files that people are shown. */
const LINES = 12;

/** What an ONNX file is; its weights are not read. */
export async function onnxFacts(file: ModelFile, signal: AbortSignal): Promise<Result> {
  const model = await readOnnx(file, signal);
  const { irVersion, producer, opsets, inputs, outputs, nodes, initializers, weightBytes, weights } = model;
  const operators = [...model.operators].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const external = [...new Set(model.external.map(({ location }) => location))];
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
