import { SlipwayError } from '../core/index.js';
import {
  isJsonObject,
  jsonField,
  LFS_POINTER_LIMIT,
  parsePythonJson,
  readText,
  refuseLfsPointer,
  type JsonObject,
  type JsonValue,
  type ModelFile,
} from '../files/index.js';
import type { GgufMetadata, TensorInfo } from '../gguf/index.js';
import { finding, type LintFinding } from './lint-rules.js';

/** A GGUF that does not exist yet. */
export interface MadeGguf {
  /** Path of its file, or of the first of its splits. */
  readonly where: string;
  readonly metadata: GgufMetadata;
  readonly tensors: readonly TensorInfo[];
}

/** What is linted: files, whatever they come from. */
export interface LintInput {
  /** How it is called in the report. */
  readonly name: string;
  readonly files: readonly ModelFile[];
  /** The files are all that goes out: what can run code is about to travel. */
  readonly travels?: boolean;
  /** GGUF models that are about to be made: what they will say, so that nothing has to be made to look at it. */
  readonly made?: readonly MadeGguf[];
  /** Of an artifact's manifest. */
  readonly annotations?: ReadonlyMap<string, string>;
}

/** Tokenizers with 260,000 tokens have 33 MB. */
const TEXT_LIMIT = 96 * 1024 * 1024;

/** The files of a model, each text read once, with what went wrong while reading. */
export class ModelView {
  readonly name: string;
  readonly files: readonly ModelFile[];
  readonly travels: boolean;
  readonly annotations: ReadonlyMap<string, string>;
  readonly made: readonly MadeGguf[];
  readonly signal: AbortSignal | undefined;
  readonly findings: LintFinding[] = [];
  readonly #texts = new Map<string, Promise<string | undefined>>();

  constructor(input: LintInput, signal: AbortSignal | undefined) {
    this.name = input.name;
    this.files = input.files;
    this.travels = input.travels ?? false;
    this.annotations = input.annotations ?? new Map();
    this.made = input.made ?? [];
    this.signal = signal;
  }

  file(path: string): ModelFile | undefined {
    return this.files.find((file) => file.path === path);
  }

  /** A file's text; `undefined` when it is not there, or no text (which is a finding). */
  async text(path: string): Promise<string | undefined> {
    const known = this.#texts.get(path);
    if (known !== undefined) return known;
    const reading = this.#read(path);
    this.#texts.set(path, reading);
    return reading;
  }

  async #read(path: string): Promise<string | undefined> {
    const file = this.file(path);
    if (file === undefined) return undefined;
    return this.guarded(path, async () => {
      const text = await readText(file, TEXT_LIMIT, this.signal);
      refuseLfsPointer(path, new TextEncoder().encode(text.slice(0, LFS_POINTER_LIMIT)));
      return text;
    });
  }

  /** A JSON object; what is none is a finding, once, unless the file may be something else. */
  async object(path: string, mayBeOther = false): Promise<JsonObject | undefined> {
    const text = await this.text(path);
    if (text === undefined) return undefined;
    const value = await this.guarded(path, () => Promise.resolve(parsePythonJson(text, path)));
    if (value === undefined) return undefined;
    if (isJsonObject(value)) return value;
    if (!mayBeOther) this.add(finding('config-invalid', path, 'it is no JSON object'));
    return undefined;
  }

  /** Does what can fail because of the file's content; then that is a finding. Anything else is thrown on. */
  async guarded<T>(path: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.add(unreadable(path, error));
      return undefined;
    }
  }

  add(...found: readonly LintFinding[]): void {
    for (const one of found) {
      const isKnown = this.findings.some(
        ({ code, where, at, message }) =>
          code === one.code && where === one.where && at === one.at && message === one.message,
      );
      if (!isKnown) this.findings.push(one);
    }
  }
}

const CONTENT_CODES = {
  GGUF_INVALID: 'gguf-invalid',
  SAFETENSORS_INVALID: 'safetensors-invalid',
  PICKLE_REFUSED: 'code-disguised',
  LFS_POINTER: 'lfs-pointer',
  JSON_INVALID: 'config-invalid',
  MODEL_INVALID: 'config-invalid',
  SIZE_MISMATCH: 'config-invalid',
} as const;

/** The finding that an error about a file's content is. Throws the error on when it is about something else. */
function unreadable(path: string, error: unknown): LintFinding {
  if (!SlipwayError.is(error) || !(error.code in CONTENT_CODES)) throw error;
  const code = CONTENT_CODES[error.code as keyof typeof CONTENT_CODES];
  const because = error.details.cause instanceof Error ? error.details.cause.message : undefined;
  const message = [error.message, error.details.got ?? because].filter((part) => part !== undefined).join(': ');
  return finding(code, path, message, { line: lineOf(because) });
}

/** JSON.parse names the line in the message of newer engines. */
function lineOf(message: string | undefined): number | undefined {
  const line = message === undefined ? undefined : /\(line (\d+) column \d+\)/.exec(message)?.[1];
  return line === undefined ? undefined : Number(line);
}

/** A field of a config, or of the text part of a multimodal one. */
export function configField(config: JsonObject, key: string): JsonValue | undefined {
  const own = jsonField(config, key);
  if (own !== undefined && own !== null) return own;
  const nested = jsonField(config, 'text_config');
  return isJsonObject(nested) ? jsonField(nested, key) : undefined;
}

/** A number of a config, or `undefined`. */
export function numberField(config: JsonObject | undefined, key: string): number | undefined {
  const value = config === undefined ? undefined : configField(config, key);
  return typeof value === 'number' ? value : undefined;
}
