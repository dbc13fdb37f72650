import { createHash } from 'node:crypto';
import { addonPaths, SlipwayError } from '../core/index.js';
import { tensorType, type TensorType } from '../gguf/index.js';
import { createCompiledEngine } from '../../workers/compiled-engine.js';
import { encodeRows } from '../../workers/encode-rows.js';
import { KNOWN_BLOCKS, KNOWN_LENGTH, knownImportance, knownWeights } from '../../workers/known-blocks.js';
import type { NativeSetup } from '../../workers/messages.js';
import { loadKernelAddon, nativeKernelsMaker } from '../../workers/native-kernels.js';

/** Native kernels that were tried, or why there are none. */
type Trial = { readonly setup: NativeSetup } | { readonly reasons: readonly string[] };

let tried: Trial | undefined;

/**
 * The kernels that are compiled for this processor: those of `native/build`, else those that the package brings. Before
 * they are used they encode known blocks, and have to give ggml's bytes. Asked once a process.
 */
export function findNativeKernels(): NativeSetup | undefined {
  tried ??= tryAll();
  return 'setup' in tried ? tried.setup : undefined;
}

/** The same; throws `KERNEL_UNAVAILABLE` with the reasons when there are none. */
export function requireNativeKernels(): NativeSetup {
  const setup = findNativeKernels();
  if (setup !== undefined) return setup;
  throw new SlipwayError('KERNEL_UNAVAILABLE', 'there are no native kernels for this machine', {
    where: `${process.platform} ${process.arch}`,
    got: nativeRefusals().join('; '),
    try: [
      '--engine wasm (the same bytes, slower)',
      'npm run build:native (in the folder of slipway; needs a C compiler)',
    ],
  });
}

/** Why there are no native kernels; empty where there are. */
export function nativeRefusals(): readonly string[] {
  tried ??= tryAll();
  return 'reasons' in tried ? tried.reasons : [];
}

function tryAll(): Trial {
  const paths = addonPaths('kernels.node');
  const reasons = paths.length === 0 ? [`none come with this package for ${process.platform}-${process.arch}`] : [];
  for (const addon of paths) {
    const trial = tryAddon(addon);
    if ('setup' in trial) return trial;
    reasons.push(...trial.reasons);
  }
  return { reasons };
}

function tryAddon(addon: string): Trial {
  try {
    const { variants } = loadKernelAddon(addon);
    const exact = variants.find((variant) => wrongType({ addon, variant }) === undefined);
    if (exact !== undefined) return { setup: { addon, variant: exact } };
    const [first] = variants;
    if (first === undefined) return { reasons: [`${addon} has none for this processor: it lacks AVX2`] };
    return {
      reasons: [
        `${addon} encodes a known block to ${wrongType({ addon, variant: first })} with other bytes than ggml's`,
      ],
    };
  } catch (error) {
    return { reasons: [`${addon}: ${error instanceof Error ? error.message : String(error)}`] };
  }
}

/** The first type whose known block does not come out as ggml stores it. */
function wrongType(setup: NativeSetup): string | undefined {
  const engines = [createCompiledEngine(nativeKernelsMaker(setup)())];
  const input = new Uint8Array(knownWeights().buffer);
  const task = {
    from: tensorType('F32'),
    input,
    rowLength: KNOWN_LENGTH,
    importance: knownImportance(),
    refuseNonFinite: true,
  };
  const output = new Uint8Array(input.length);
  return KNOWN_BLOCKS.find(([type, digest]) => {
    const outcome = encodeRows(engines, { ...task, to: tensorType(type as TensorType) }, output);
    return outcome.kind !== 'encoded' || createHash('sha256').update(outcome.bytes).digest('hex') !== digest;
  })?.[0];
}
