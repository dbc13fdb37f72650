import { SlipwayError } from '../core/index.js';
import type { EngineChoice } from '../../workers/messages.js';
import { findNativeKernels } from './native-kernels.js';

/** All of them, in the order of the help page. */
export const ENGINES = ['auto', 'native', 'wasm', 'js', 'llama.cpp'] as const satisfies readonly EngineChoice[];

/** Which implementation encodes, as it was called before engines had names: `native` is llama.cpp. */
export type KernelChoice = 'auto' | 'wasm' | 'js' | 'native';

/** What options say: `engine`, else its older spelling, else `auto`. */
export function engineChoice({ engine, kernel }: EngineWish): EngineChoice {
  return engine ?? (kernel === 'native' ? 'llama.cpp' : kernel) ?? 'auto';
}

/** The options that choose an engine. */
export interface EngineWish {
  readonly engine?: EngineChoice | undefined;
  readonly kernel?: KernelChoice | undefined;
}

/** What a choice comes to on this machine: `native (avx2)`, `wasm`. */
export function engineName(choice: EngineChoice): string {
  if (choice !== 'auto' && choice !== 'native') return choice;
  const native = findNativeKernels();
  return native === undefined ? 'wasm' : `native (${native.variant})`;
}

/** An engine from text that is no option, such as a variable's. Throws `USAGE`. */
export function engineNamed(text: string | undefined): EngineChoice | undefined {
  if (text === undefined || text === '') return undefined;
  const found = ENGINES.find((engine) => engine === text.toLowerCase());
  if (found !== undefined) return found;
  throw new SlipwayError('USAGE', '--engine, or the environment variable PIPELINE_ENGINE, cannot be understood', {
    got: `'${text}'`,
    try: [`one of ${ENGINES.join(', ')}`],
  });
}
