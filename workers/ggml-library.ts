import { createRequire } from 'node:module';
import type { BlockFormat, GgmlSetup, NumberedType } from './messages.js';

/** Releases whose types and bytes are ours (ggml.h, `ggml_version`): the pinned one first. */
const GGML_VERSIONS: readonly string[] = ['0.25.3', '0.25.1'];

/** A llama.cpp library, opened by the addon (native/binding.cc). Methods throw errors with a `code`. */
export interface GgmlLibrary {
  info(): { readonly version: string; readonly commit: string };
  /** What the library says about the type with this id. */
  shape(id: number): BlockFormatOf & { readonly needsImportance: boolean };
  quantize(id: number, weights: Float32Array, rows: number, rowLength: number, importance?: Float32Array): Uint8Array;
  dequantize(id: number, blocks: Uint8Array): Float32Array;
  /** Whether ggml accepts these blocks; it says on stderr why not. */
  validate(id: number, blocks: Uint8Array): boolean;
}

interface BlockFormatOf extends Omit<BlockFormat, 'type'> {
  /** As ggml spells it. */
  readonly name: string;
}

/** Loads the addon and opens the library, into this process. Throws when its version or its types are not ours. */
export function openGgml({ addon, library, anyVersion, types }: GgmlSetup): GgmlLibrary {
  const binding = createRequire(import.meta.url)(addon) as { open(path: string): GgmlLibrary };
  const opened = binding.open(library);
  const { version } = opened.info();
  if (!GGML_VERSIONS.includes(version) && !anyVersion) {
    throw new Error(
      `it is ggml ${version === '' ? 'without a version' : version}, expected ${GGML_VERSIONS.join(' or ')}`,
    );
  }
  for (const type of types) checkShape(opened, type);
  return opened;
}

function checkShape(library: GgmlLibrary, { type, id, blockLength, blockSize }: NumberedType): void {
  const found = library.shape(id);
  const same = found.blockLength === blockLength && found.blockSize === blockSize;
  if (same && found.name.toUpperCase() === type) return;
  const told = `${found.name} with ${found.blockSize} bytes for ${found.blockLength} weights`;
  throw new Error(`its type ${id} is ${told}, expected ${type} with ${blockSize} bytes for ${blockLength}`);
}
