import { SlipwayError } from '../../core/index.js';
import type { OnnxModel } from '../../onnx/index.js';

/** Sizes by the names of inputs (all dimensions of it) or of dimensions (one number). */
export type GivenShapes = ReadonlyMap<string, readonly number[]>;

/** Reads `input=1x512` and `batch=1`. Throws `USAGE`. */
export function parseShape(text: string): readonly [string, readonly number[]] {
  const at = text.lastIndexOf('=');
  const sizes = text.slice(at + 1).split(/[x,]/);
  const isScalar = text.endsWith('=');
  if (at < 1 || (!isScalar && !sizes.every((size) => /^\d{1,9}$/.test(size) && Number(size) > 0))) {
    throw new SlipwayError('USAGE', `'${text}' is no shape`, {
      try: ['--shape input_ids=1x128', '--shape batch_size=1'],
    });
  }
  return [text.slice(0, at), isScalar ? [] : sizes.map(Number)];
}

/**
 * The shapes of all inputs: what the file says, dimensions without a size from what is given. Nothing is guessed: throws
 * `EVALUATION_FAILED` with every dimension that has no size, and for what fits no input.
 */
export function inputShapes(
  model: OnnxModel,
  wantedShapes: GivenShapes,
  path: string,
): ReadonlyMap<string, readonly number[]> {
  const missing: string[] = [];
  const known = new Set<string>();
  const shapes = model.inputs.map(({ name, shape }): [string, readonly number[]] => {
    known.add(name);
    for (const dimension of shape) if (typeof dimension === 'string') known.add(dimension);
    const whole = wantedShapes.get(name);
    if (whole !== undefined) return [name, fitting(name, shape, whole)];
    const sizes = shape.map((dimension) => {
      if (typeof dimension === 'number') return dimension;
      const size = dimension === '' ? undefined : wantedShapes.get(dimension);
      return size?.length === 1 ? size[0] : undefined;
    });
    if (sizes.includes(undefined)) missing.push(`${name}[${shape.map((it) => (it === '' ? '?' : it)).join(', ')}]`);
    return [name, sizes.map((size) => size ?? 0)];
  });
  const strange = [...wantedShapes.keys()].filter((name) => !known.has(name));
  if (strange.length > 0 || missing.length > 0) throw unknownSizes(path, missing, strange);
  return new Map(shapes);
}

function fitting(name: string, shape: readonly (number | string)[], sizes: readonly number[]): readonly number[] {
  const fits = shape.length === sizes.length && shape.every((it, at) => typeof it === 'string' || it === sizes[at]);
  if (fits) return sizes;
  throw new SlipwayError('EVALUATION_FAILED', `the shape given does not fit input '${name}'`, {
    got: `${sizes.join(' x ')}, the model has [${shape.map((it) => (it === '' ? '?' : it)).join(', ')}]`,
  });
}

function unknownSizes(path: string, missing: readonly string[], strange: readonly string[]): SlipwayError {
  const [first = ''] = missing;
  const name = /^(.*)\[(.*)\]$/.exec(first);
  const dimension = (name?.[2] ?? '').split(', ').find((it) => it !== '' && it !== '?' && !/^\d+$/.test(it));
  return new SlipwayError('EVALUATION_FAILED', `'${path}' has inputs whose sizes are not known`, {
    where: path,
    got: [
      ...(missing.length === 0 ? [] : [`no size for ${missing.join(', ')}`]),
      ...(strange.length === 0 ? [] : [`no input or dimension is called ${strange.join(', ')}`]),
    ].join('; '),
    try: [
      ...(dimension === undefined ? [] : [`--shape ${dimension}=1`]),
      `--shape ${name?.[1] ?? 'INPUT'}=${(name?.[2] ?? '')
        .split(', ')
        .map((it) => (/^\d+$/.test(it) ? it : '1'))
        .join('x')}`,
      '--dims FILE: a JSON or YAML mapping of these names to sizes',
    ],
  });
}
