import type { JsonObject } from '../../files/index.js';
import { isJsonObject, jsonField, parseJson, readWhole, sha256 } from '../../files/index.js';
import type { GgufContent } from '../../gguf/index.js';
import { FILE_TYPES } from '../../quantize/index.js';
import { blobFile, type Descriptor, type Target } from '../../registry/index.js';
import type { WeightsSaid } from '../../trust/index.js';
import { fileTypeOf } from '../conversion/gguf-facts.js';

/** What a GGUF says of itself, for provenance and for those who compare it. */
export function weightsSaid({ metadata, tensors }: GgufContent): WeightsSaid {
  const read = (key: string): unknown => metadata.get(key)?.value;
  const [architecture, version, template] = [
    'general.architecture',
    'general.quantization_version',
    'tokenizer.chat_template',
  ].map(read);
  return {
    architecture: typeof architecture === 'string' ? architecture : undefined,
    fileType: fileTypeOf(metadata),
    quantizationVersion: typeof version === 'number' ? version : undefined,
    tensors: tensors.length,
    chatTemplateSha256: typeof template === 'string' ? sha256(template).slice('sha256:'.length) : undefined,
  };
}

const CONFIG_LIMIT = 1024 * 1024;
const PRECISIONS: Readonly<Record<string, string>> = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' };

/**
 * The file type that an artifact's config names: ModelPack and CNAI in `config.quantization` or `config.precision`, Docker's in
 * `config.quantization`, Ollama's in `file_type`. `undefined` for none, and for one that no GGUF can say.
 */
export async function declaredType(
  target: Target,
  { config }: { readonly config: Descriptor },
  signal: AbortSignal,
): Promise<string | undefined> {
  if (config.size > CONFIG_LIMIT) return undefined;
  const bytes = await readWhole(blobFile(target, config, 'config'), CONFIG_LIMIT, signal);
  const all = objectIn(bytes);
  const inner = jsonField(all, 'config');
  const at = isJsonObject(inner) ? inner : {};
  const named = [jsonField(at, 'quantization'), jsonField(at, 'precision'), jsonField(all, 'file_type')].find(
    (value) => typeof value === 'string' && value !== '',
  );
  if (typeof named !== 'string') return undefined;
  const name = PRECISIONS[named] ?? named.toUpperCase();
  return FILE_TYPES.find((type) => type.name === name && type.id !== undefined)?.name;
}

function objectIn(bytes: Uint8Array): JsonObject {
  try {
    const value = parseJson(Buffer.from(bytes).toString('utf8'), 'config');
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
