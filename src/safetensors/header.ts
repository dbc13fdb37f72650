import { countText, SlipwayError } from '../core/index.js';
import { dtypeBits, isDtype, type SafetensorsDtype } from './dtype.js';
import { ScanError, Scanner } from './scanner.js';

/** Bounds for what one header may ask for. */
export interface SafetensorsLimits {
  /** Bytes of the JSON header; the format's own limit is 100,000,000. */
  readonly headerSize: number;
  readonly tensors: number;
  readonly rank: number;
  /** Bytes of a tensor's name. */
  readonly nameLength: number;
}

export const DEFAULT_LIMITS: SafetensorsLimits = {
  headerSize: 100_000_000,
  tensors: 1_000_000,
  rank: 8,
  nameLength: 1024,
};

/** One tensor as a header describes it. */
export interface SafetensorsTensor {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  /** Outermost dimension first; empty for a scalar. */
  readonly shape: readonly number[];
  /** First byte of the data, counted from the start of the file. */
  readonly start: number;
  /** One past the last byte of the data. */
  readonly end: number;
}

/** What a safetensors header says. */
export interface SafetensorsHeader {
  /** The free-form `__metadata__`, never interpreted. */
  readonly metadata: ReadonlyMap<string, string>;
  /** By name, in the order of the header. */
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
}

interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly offsets: readonly number[];
}

/**
 * Parses and validates a header (huggingface/safetensors, "Format"): every byte of the data belongs to exactly one
 * tensor, whose length follows from its shape and type. Throws `SAFETENSORS_INVALID`.
 * @param json the header's bytes, without the eight that hold its length
 * @param fileSize bytes of the whole file
 */
export function parseHeader(
  file: string,
  json: Uint8Array,
  fileSize: number,
  limits: SafetensorsLimits = DEFAULT_LIMITS,
): SafetensorsHeader {
  const { metadata, entries } = scanHeader(file, decode(file, json), limits);
  const dataStart = 8 + json.byteLength;
  const tensors = new Map(entries.map((entry) => [entry.name, placed(file, entry, dataStart, limits)]));
  checkCoverage(file, [...tensors.values()], dataStart, fileSize);
  return { metadata, tensors };
}

function decode(file: string, json: Uint8Array): string {
  // A byte order mark must stay visible: the format wants '{' as the first byte.
  if (json[0] !== 0x7b) throw invalid(file, "the header does not begin with '{'");
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
  } catch (cause) {
    throw invalid(file, 'the header is not UTF-8 text', cause);
  }
}

function scanHeader(
  file: string,
  text: string,
  limits: SafetensorsLimits,
): { metadata: Map<string, string>; entries: Entry[] } {
  const scanner = new Scanner(text);
  const metadata = new Map<string, string>();
  const entries: Entry[] = [];
  try {
    scanner.object((name) => {
      if (name === '__metadata__') return scanMetadata(scanner, metadata);
      if (entries.length >= limits.tensors) scanner.fail(`there are more than ${limits.tensors} tensors`);
      entries.push(scanEntry(scanner, name, limits));
    });
    scanner.end();
  } catch (error) {
    if (error instanceof ScanError) throw invalid(file, `${error.message} (character ${error.at} of the header)`);
    throw error;
  }
  return { metadata, entries };
}

/** An object of texts; `null` is as good as none, as for the official reader. */
function scanMetadata(scanner: Scanner, into: Map<string, string>): void {
  if (scanner.takeNull()) return;
  scanner.object((key) => void into.set(key, scanner.string()));
}

function scanEntry(scanner: Scanner, name: string, limits: SafetensorsLimits): Entry {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  const integers = (most: number): number[] => {
    const values: number[] = [];
    scanner.array(() => {
      if (values.length >= most) scanner.fail(`more than ${most} numbers in a list`);
      values.push(scanner.integer());
    });
    return values;
  };
  scanner.object((key) => {
    if (key === 'dtype') dtype = scanner.string();
    else if (key === 'shape') shape = integers(limits.rank);
    else if (key === 'data_offsets') offsets = integers(2);
    else scanner.fail(`a tensor has no field '${key.slice(0, 80)}'`);
  });
  if (dtype === undefined || shape === undefined || offsets === undefined) {
    return scanner.fail("a tensor needs 'dtype', 'shape' and 'data_offsets'");
  }
  return { name, dtype, shape, offsets };
}

function placed(file: string, entry: Entry, dataStart: number, limits: SafetensorsLimits): SafetensorsTensor {
  const { name, dtype, shape } = entry;
  checkName(file, name, limits);
  if (!isDtype(dtype)) throw invalid(file, `tensor '${name}' has the unknown type '${dtype.slice(0, 40)}'`);
  const [from, to] = entry.offsets;
  if (from === undefined || to === undefined || to < from) {
    throw invalid(file, `tensor '${name}' has data_offsets that are no range`);
  }
  const size = byteLength(shape, dtype);
  if (size !== to - from) {
    const expected = size === undefined ? 'no whole number of bytes below 2^53' : countText(size, 'byte');
    throw invalid(
      file,
      `tensor '${name}' does not have the length of its shape`,
      undefined,
      `${countText(to - from, 'byte')}; ${dtype} [${shape.join(', ')}] takes ${expected}`,
    );
  }
  return { name, dtype, shape, start: dataStart + from, end: dataStart + to };
}

function checkName(file: string, name: string, limits: SafetensorsLimits): void {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (name === '' || /[\u0000-\u001f\u007f]/.test(name) || Buffer.byteLength(name) > limits.nameLength) {
    const why = `a tensor's name is empty, longer than ${countText(limits.nameLength, 'byte')} or holds control characters`;
    throw invalid(file, why);
  }
}

/** Bytes of the data, or `undefined` when the product leaves the safe integers or is no whole number of bytes. */
function byteLength(shape: readonly number[], dtype: SafetensorsDtype): number | undefined {
  let bits = BigInt(dtypeBits(dtype));
  // As a checked multiplication would: an overflow counts even when a later dimension is zero.
  const most = BigInt(Number.MAX_SAFE_INTEGER) * 8n;
  for (const dimension of shape) {
    bits *= BigInt(dimension);
    if (bits > most) return undefined;
  }
  return bits % 8n === 0n ? Number(bits / 8n) : undefined;
}

function checkCoverage(file: string, tensors: SafetensorsTensor[], dataStart: number, fileSize: number): void {
  let at = dataStart;
  for (const tensor of tensors.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (tensor.start !== at) {
      const word = tensor.start < at ? 'overlaps the one before it' : 'leaves a hole before it';
      throw invalid(
        file,
        `the data of tensor '${tensor.name}' ${word}`,
        undefined,
        `starts at byte ${tensor.start}, expected ${at}`,
      );
    }
    at = tensor.end;
  }
  if (at !== fileSize) {
    const word = at > fileSize ? 'the file is truncated' : 'bytes follow the last tensor';
    throw invalid(file, word, undefined, `${countText(fileSize, 'byte')}, the tensors end at ${at}`);
  }
}

/** The error of this house. */
export function invalid(file: string, message: string, cause?: unknown, got?: string): SlipwayError {
  return new SlipwayError('SAFETENSORS_INVALID', `'${file}' is not a valid safetensors file: ${message}`, {
    where: file,
    ...(got === undefined ? {} : { got }),
    ...(cause === undefined ? {} : { cause }),
  });
}
