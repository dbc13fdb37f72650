import { countText, SlipwayError } from '../core/index.js';
import type { ModelFile } from '../files/index.js';
import type { GgufContent } from './content.js';
import { layoutGguf } from './layout.js';
import { readGguf, type Gguf } from './gguf-reader.js';

/**
 * Reads the header of a file that was written with the strict reader, and compares keys, tensor table and total length
 * with what was to be written. Throws `GGUF_INVALID` when the file is not that.
 */
export async function readBack(file: ModelFile, content: GgufContent, signal?: AbortSignal): Promise<Gguf> {
  const gguf = await readGguf(file, {}, signal);
  const expected = layoutGguf(content);
  const differs = (what: string, got: string): SlipwayError =>
    new SlipwayError('GGUF_INVALID', `'${file.path}' does not hold what was written: ${what}`, {
      where: file.path,
      got,
    });
  if (file.size !== expected.size)
    throw differs('its size', `${countText(file.size, 'byte')}, expected ${expected.size}`);
  const [keys, wanted] = [[...gguf.metadata.keys()], [...content.metadata.keys()]];
  if (keys.join('\n') !== wanted.join('\n'))
    throw differs('its keys', `${keys.length} keys, expected ${wanted.length}`);
  if (gguf.tensors.length !== content.tensors.length) {
    throw differs('its tensors', `${gguf.tensors.length}, expected ${content.tensors.length}`);
  }
  for (const [index, tensor] of content.tensors.entries()) {
    const found = gguf.tensors[index];
    const same =
      found?.name === tensor.name &&
      found.type === tensor.type &&
      found.dimensions.join() === tensor.dimensions.join() &&
      gguf.positions[index] === expected.positions[index];
    if (!same) throw differs(`tensor '${tensor.name}'`, `'${found?.name ?? ''}' ${found?.type ?? ''} at this place`);
  }
  return gguf;
}
