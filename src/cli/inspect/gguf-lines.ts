import { countText } from '../../core/index.js';
import { parseSplitName, readSplitGguf, tensorSize, weightCount, type Gguf, type GgufValue } from '../../gguf/index.js';
import type { ModelFile } from '../../files/index.js';
import { inputTypesOf, roleInKeys } from '../../package/index.js';
import { formatBytes } from '../../run/index.js';
import type { Result } from '../screen/output.js';
import { safeLine, shorten, table } from '../screen/text.js';
import { tensorRows, typeRows, type TensorRow } from './tensor-list.js';

/** Keys shown first, in this order, under their own names. */
const VALUE_WIDTH = 72;
/** A list longer than this is counted, not printed. */
const LIST_LIMIT = 8;

/**
 * What a GGUF file says, from its header alone.
 * @param file the first of a model's splits, or its only file
 * @param further the other splits, when they are to be shown as the one model that they are
 */
export async function ggufFacts(
  file: ModelFile,
  tensors: boolean,
  signal: AbortSignal,
  further: readonly ModelFile[] = [],
): Promise<Result> {
  const parts = await readSplitGguf([file, ...further], signal, { alone: further.length === 0 });
  const [gguf] = parts;
  if (gguf === undefined) throw new Error('a file has a header');
  const rows = parts.flatMap((part) => tensorsOf(part, parts.length > 1 ? [file, ...further] : []));
  const size = [file, ...further].reduce((sum, one) => sum + one.size, 0);
  const order = gguf.bigEndian ? ', big endian' : '';
  const head = `${safeLine(file.path)}   GGUF version ${gguf.version}${order}   ${formatBytes(size)}   ${countText(rows.length, 'tensor')}${splitText(file, further)}${roleText(gguf)}`;
  const metadata = [...gguf.metadata].map(([key, value]) => [`  ${safeLine(key)}`, valueText(value)]);
  const shown = [head, table(metadata), typeRows(rows), ...(tensors ? [tensorRows(rows)] : [])];
  return {
    json: {
      kind: 'gguf',
      role: roleInKeys(gguf.metadata) ?? 'weight',
      path: file.path,
      size,
      splits: further.length === 0 ? null : [file, ...further].map(({ path, size: bytes }) => ({ path, size: bytes })),
      digest: file.digest ?? null,
      version: gguf.version,
      bigEndian: gguf.bigEndian,
      alignment: gguf.alignment,
      dataOffset: gguf.dataOffset,
      metadata: new Map([...gguf.metadata].map(([key, value]) => [key, valueJson(value, tensors)])),
      tensorCount: rows.length,
      ...(tensors ? { tensors: rows } : {}),
    },
    text: shown.filter((part) => part !== '').join('\n\n'),
    quiet: String(rows.length),
  };
}

function tensorsOf(gguf: Gguf, files: readonly ModelFile[]): TensorRow[] {
  const number = gguf.metadata.get('split.no')?.value;
  const file = typeof number === 'number' ? files[number]?.path : undefined;
  return gguf.tensors.map((tensor, index) => ({
    name: tensor.name,
    type: tensor.type,
    shape: tensor.dimensions,
    weights: weightCount(tensor),
    size: tensorSize(tensor),
    offset: gguf.positions[index] ?? 0,
    file,
  }));
}

/** Says of what goes with a model what it is: `projector (image, audio)`, `adapter`. */
function roleText({ metadata }: Gguf): string {
  const role = roleInKeys(metadata);
  if (role === undefined) return '';
  const sees = inputTypesOf([metadata]).filter((type) => type !== 'text');
  return `   ${role === 'imatrix' ? 'importance matrix' : role}${role === 'projector' && sees.length > 0 ? ` (${sees.join(', ')})` : ''}`;
}

/** Says that a file is not the whole model, or that several are. */
function splitText(file: ModelFile, further: readonly ModelFile[]): string {
  if (further.length > 0) return `   in ${further.length + 1} splits`;
  const split = parseSplitName(file.path);
  return split === undefined ? '' : `   split ${split.index + 1} of ${split.count}`;
}

function valueText(value: GgufValue): string {
  if (value.type === 'ARRAY') {
    const { length } = value.value;
    if (length > LIST_LIMIT) return `${length} values of ${value.items}`;
    return shorten(safeLine(`[${[...value.value].map(scalarText).join(', ')}]`), VALUE_WIDTH);
  }
  return shorten(safeLine(scalarText(value.value)), VALUE_WIDTH);
}

function scalarText(value: unknown): string {
  return value instanceof Uint8Array ? `${value.length} bytes` : String(value).replaceAll('\n', '\\n');
}

/** Long lists (vocabularies) only with `--tensors`: then everything is wanted. */
function valueJson(value: GgufValue, everything: boolean): unknown {
  if (value.type !== 'ARRAY') return value.value;
  const { length } = value.value;
  return everything || length <= LIST_LIMIT ? [...value.value] : { type: `array of ${value.items}`, length };
}
