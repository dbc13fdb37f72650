import { createHash } from 'node:crypto';
import type { GgmlSetup } from './messages.js';
import { openGgml } from './ggml-library.js';
import { KNOWN_BLOCKS, KNOWN_LENGTH, knownImportance, knownWeights } from './known-blocks.js';

// A process of its own (src/quantize/native.ts starts it): a library with another ABI ends this one and not its parent.

/** What the probe found. */
export type ProbeAnswer =
  | { readonly usable: true; readonly version: string; readonly commit: string }
  | { readonly usable: false; readonly reason: string };

/** Opens the library and lets it quantize the known row. */
function probe(setup: GgmlSetup): ProbeAnswer {
  try {
    const library = openGgml(setup);
    const weights = knownWeights();
    for (const [name, digest] of KNOWN_BLOCKS) {
      const type = setup.types.find((candidate) => candidate.type === name);
      if (type === undefined) return { usable: false, reason: `no type is called ${name}` };
      const blocks = library.quantize(type.id, weights, 1, KNOWN_LENGTH, knownImportance());
      if (createHash('sha256').update(blocks).digest('hex') === digest) continue;
      return { usable: false, reason: `it quantizes a known row to ${name} with other bytes than ggml's` };
    }
    return { usable: true, ...library.info() };
  } catch (error) {
    return { usable: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

process.once('message', (setup) => {
  // A library that fails prints its own stack with a debugger unless told not to.
  process.env['GGML_NO_BACKTRACE'] = '1';
  process.send?.(probe(setup as GgmlSetup), () => process.disconnect());
});
