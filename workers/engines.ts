import type { Engine } from './engine.js';
import type { WorkerSetup } from './messages.js';
import { openNative } from './native-addon.js';
import { createNativeEngine } from './native-engine.js';
import { createTwinEngine } from './twin-engine.js';
import { TWINS } from './twins/index.js';
import { createWasmEngine } from './wasm-engine.js';

/** Engines in order of preference. */
export function createEngines(setup: WorkerSetup): readonly Engine[] {
  const engines: Engine[] = [];
  if (setup.kernel !== 'js' && setup.module !== undefined) engines.push(createWasmEngine(setup.module));
  if (setup.kernel !== 'wasm') engines.push(createTwinEngine(TWINS));
  const [ours] = engines;
  if (setup.native === undefined || ours === undefined) return engines;
  return [createNativeEngine(openNative(setup.native), setup.native.types, ours), ours];
}
