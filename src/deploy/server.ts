import type { ServerSettings } from './deploy-settings.js';

/** A server that runs in a container: what to start, with what, and what it needs. */
export interface ServerPlan {
  readonly kind: 'llama.cpp' | 'vllm';
  readonly image: string;
  /** In place of the image's entry point. */
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  /** Answers 200 when the model is loaded. */
  readonly health: string;
  /** Bytes. */
  readonly memory: { readonly request: number; readonly limit: number };
  /** CPUs. */
  readonly cpus: number;
  readonly gpus: number;
  /** Seconds that loading may take. */
  readonly loadSeconds: number;
  /** Bytes of shared memory between its processes. */
  readonly sharedMemory?: number;
  readonly settings?: ServerSettings;
  readonly reasons: readonly string[];
  readonly warnings: readonly string[];
}

/** Bytes a second that a slow network disk gives: probes wait as long as that takes. */
const SLOW_DISK = 50 * 1024 * 1024;
const SHORTEST_LOAD = 120;

/** How long to wait until so many bytes are loaded. */
export function loadSeconds(bytes: number): number {
  return Math.max(SHORTEST_LOAD, Math.ceil(bytes / SLOW_DISK / 10) * 10 + 60);
}
