import { availableParallelism, freemem, totalmem } from 'node:os';
import { formatSpace } from '../../run/index.js';
import { packageFacts, toSlipwayError } from '../../core/index.js';
import { clusterClientVersion } from '../../cluster/index.js';
import { Engine, findOnnxRuntime } from '../../evaluate/index.js';
import {
  createEncoderPool,
  engineName,
  engineNamed,
  findAddon,
  findLlamaCpp,
  nativeRefusals,
  prepareGgml,
} from '../../quantize/index.js';
import type { DoctorCheck } from './check.js';

/** Versions of Node that are tested. */
const OLDEST: readonly [number, number] = [20, 19];

export const nodeCheck: DoctorCheck = {
  name: 'node',
  run: async () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    const good = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
    const fact = `${process.version} on ${process.platform} ${process.arch}, ${availableParallelism()} threads`;
    return good
      ? { state: 'ok', fact }
      : { state: 'fail', fact, fix: `Node ${OLDEST.join('.')} or later`, code: 'KERNEL_UNAVAILABLE' };
  },
};

/** `npx pipeline` outside of a project fetches another package of that name. */
export const programCheck: DoctorCheck = {
  name: 'program',
  run: async () => {
    const { version, directory } = await packageFacts();
    return { state: version === 'unknown' ? 'warn' : 'ok', fact: `slipway ${version} in ${directory}` };
  },
};

export const memoryCheck: DoctorCheck = {
  name: 'memory',
  run: async () => {
    const limit = process.constrainedMemory();
    const total = limit > 0 && limit < totalmem() ? limit : totalmem();
    const fact = `${formatSpace(total)}${total === totalmem() ? '' : ' (limited by a cgroup)'}, ${formatSpace(freemem())} free`;
    return total < 768 * 1024 ** 2
      ? { state: 'warn', fact, fix: 'PIPELINE_MEMORY=128MiB PIPELINE_THREADS=1' }
      : { state: 'ok', fact };
  },
};

// One block whose encoding follows from Q8_0's definition alone: the largest weight is 127, so the scale is 1.
const WEIGHTS = Float32Array.from({ length: 32 }, (_, index) => (index === 0 ? 127 : index - 16));

export const kernelCheck: DoctorCheck = {
  name: 'kernels',
  run: async ({ env }) => {
    const engine = engineNamed(env['PIPELINE_ENGINE']);
    const pool = createEncoderPool({ threads: 1, env, engine });
    try {
      const input = new Uint8Array(WEIGHTS.buffer.slice(0));
      const encoded = await pool.encode({ from: 'F32', to: 'Q8_0', input, rowLength: 32, tensor: 'self-test' });
      const expected = [0x00, 0x3c, ...new Uint8Array(Int8Array.from(WEIGHTS).buffer)];
      const same = encoded.length === expected.length && expected.every((byte, index) => encoded[index] === byte);
      return same
        ? { state: 'ok', fact: `a worker encodes a known Q8_0 block exactly; ${engineFact(env)}` }
        : { state: 'fail', fact: 'a worker encodes a known Q8_0 block wrongly', code: 'KERNEL_UNAVAILABLE' };
    } finally {
      await pool.close();
    }
  },
};

/** Which engine a run would take, and why not the fastest. */
function engineFact(env: Readonly<Record<string, string | undefined>>): string {
  const chosen = engineNamed(env['PIPELINE_ENGINE']) ?? 'auto';
  const why = chosen === 'auto' ? nativeRefusals() : ['as PIPELINE_ENGINE says'];
  return `engine ${engineName(chosen)}${why.length === 0 ? '' : `: ${why.join('; ')}`}`;
}

/** Only where the user names a library: it is optional, and `auto` does not use it. */
export const nativeCheck: DoctorCheck = {
  name: 'native',
  run: async ({ env }) => {
    const { version, commit, library } = await prepareGgml(env);
    const build = commit === '' ? '' : ` (${commit})`;
    return { state: 'ok', fact: `ggml ${version}${build} in ${library} quantizes known blocks exactly` };
  },
};

/** The library that `evaluate` and `imatrix` run models with: found in their order, opened as they open it. Optional. */
export const llamaCppCheck: DoctorCheck = {
  name: 'llama.cpp',
  run: async ({ env, signal }) => {
    try {
      const { path, origin } = findLlamaCpp(env, 'llama');
      const engine = await Engine.open({ env }, signal);
      const { ggmlVersion, cpuPlugin } = engine.facts;
      await engine.close();
      const plugin = cpuPlugin === '' ? '' : `, CPU plug-in ${cpuPlugin}`;
      const binding = findAddon().includes('prebuilt') ? 'with the binding of this package' : 'with native/build';
      const used = `evaluate and imatrix use it ${binding}`;
      return { state: 'ok', fact: `${path} from ${origin}: ggml ${ggmlVersion}${plugin}; ${used}` };
    } catch (thrown) {
      const { message, details } = toSlipwayError(thrown);
      const tries = [details.try ?? []].flat().filter((step) => step !== 'pipeline doctor');
      return {
        state: 'warn',
        fact: `evaluate has the weight error alone, imatrix does not run: ${message}${[details.where, details.got].flatMap((part) => (part === undefined ? [] : [`: ${part}`])).join('')}`,
        ...(tries.length > 0 && { fix: tries.join('   or ') }),
      };
    }
  },
};

/** What runs ONNX models: an optional package. */
export const onnxRuntimeCheck: DoctorCheck = {
  name: 'onnxruntime',
  run: async () => {
    try {
      const { version } = findOnnxRuntime();
      return { state: 'ok', fact: `onnxruntime-node ${version}; evaluate runs ONNX models with it` };
    } catch (thrown) {
      const { message, details } = toSlipwayError(thrown);
      const fix = [details.try ?? []].flat().join('   or ');
      return { state: 'warn', fact: `evaluate does not run ONNX models: ${message}`, ...(fix !== '' && { fix }) };
    }
  },
};

/** What reaches clusters: an optional package. */
export const clusterCheck: DoctorCheck = {
  name: 'cluster',
  run: async () => {
    const version = await clusterClientVersion();
    return version === undefined
      ? {
          state: 'warn',
          fact: 'deploy --kubeconfig and --apply do not run: @kubernetes/client-node is not installed',
          fix: 'npm install @kubernetes/client-node@1   (beside slipway)',
        }
      : { state: 'ok', fact: `@kubernetes/client-node ${version}; deploy --kubeconfig and --apply use it` };
  },
};
