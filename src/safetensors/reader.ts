import { countText, interruptibleStep, SlipwayError } from '../core/index.js';
import { foreignFormat, readHead, refuseLfsPointer, type ModelFile } from '../files/index.js';
import { DEFAULT_LIMITS, invalid, parseHeader, type SafetensorsHeader, type SafetensorsLimits } from './header.js';

/** Read first: most headers fit, and then one request has been enough. */
const FIRST_WINDOW = 64 * 1024;
const MOST_MS = 120_000;

/**
 * Reads and validates the header of a safetensors file; no tensor data is read.
 * Throws `SAFETENSORS_INVALID`, or `PICKLE_REFUSED` when the content is a pickle or an archive under a false name.
 */
export async function readSafetensors(
  file: ModelFile,
  signal?: AbortSignal,
  limits: SafetensorsLimits = DEFAULT_LIMITS,
): Promise<SafetensorsHeader> {
  const window = await readHead(file, { start: 0, end: Math.min(FIRST_WINDOW, file.size) }, signal);
  refuseForeign(file.path, window);
  if (window.byteLength < 8) {
    throw invalid(
      file.path,
      'it is too short for a header length',
      undefined,
      `${countText(file.size, 'byte')}, at least 8 needed`,
    );
  }
  const length = headerLength(file, window, limits);
  if (8 + length <= window.byteLength) {
    return parseHeader(file.path, window.subarray(8, 8 + length), file.size, limits);
  }
  const json = new Uint8Array(length);
  json.set(window.subarray(8));
  json.set(await readHead(file, { start: window.byteLength, end: 8 + length }, signal), window.byteLength - 8);
  // A million tensors take their time, and Ctrl-C is heard meanwhile.
  const limit = { ms: MOST_MS, code: 'SAFETENSORS_INVALID', what: `the header of '${file.path}'` } as const;
  return interruptibleStep(() => parseHeader(file.path, json, file.size, limits), length, limit, signal);
}

function headerLength(file: ModelFile, window: Uint8Array, limits: SafetensorsLimits): number {
  const length = new DataView(window.buffer, window.byteOffset).getBigUint64(0, true);
  if (length > BigInt(limits.headerSize)) {
    throw invalid(
      file.path,
      'the header is too long',
      undefined,
      `${countText(length, 'byte')}, limit ${limits.headerSize}`,
    );
  }
  if (length < 2n) throw invalid(file.path, 'the header is too short', undefined, countText(length, 'byte'));
  if (8n + length > BigInt(file.size)) {
    throw invalid(
      file.path,
      'the header runs past the end of the file',
      undefined,
      `${countText(length, 'byte')}, file ${file.size}`,
    );
  }
  return Number(length);
}

/** The start of a page, as a proxy or a login sends it in place of a file, and of a stand-in of the Hub's Xet storage. */
const STAND_INS: readonly (readonly [start: RegExp, what: string])[] = [
  [/^\s*<(?:!doctype\s+html|html|head)\b/i, 'a web page'],
  [/^\s*<\?xml\b/i, 'an XML document'],
  [/^# xet version /, "a pointer into the Hub's Xet storage"],
];

function refuseForeign(path: string, window: Uint8Array): void {
  refuseLfsPointer(path, window);
  const start = Buffer.from(window.subarray(0, 64)).toString('latin1');
  const standIn = STAND_INS.find(([pattern]) => pattern.test(start))?.[1];
  if (standIn !== undefined) {
    throw new SlipwayError('SAFETENSORS_INVALID', `'${path}' is ${standIn}, not safetensors`, {
      where: path,
      try: 'fetch the file again, from where the model is published: what answered was not the file',
    });
  }
  const format = foreignFormat(window);
  if (format === undefined) return;
  throw new SlipwayError('PICKLE_REFUSED', `'${path}' is ${format}, not safetensors`, {
    where: path,
    try: 'convert the weights to safetensors where the model comes from, and check them there',
  });
}
