import { entriesOf, fieldOf, listOf, textOf } from './fields.js';

/** A node as far as it matters to a model. */
export interface NodeFacts {
  readonly name: string;
  /** `containerd`, `cri-o`, as the node calls it. */
  readonly runtime: string;
  readonly runtimeVersion: string;
  /** Version of the kubelet: `v1.36.2`. */
  readonly kubelet: string;
  readonly architecture: string;
  /** Allocatable memory, bytes. */
  readonly memory: number;
  /** Allocatable GPUs. */
  readonly gpus: number;
  /** It is ready, runs Linux and takes pods. */
  readonly usable: boolean;
}

/** Taints by which a node takes no pods that do not ask for it. */
const CLOSING = new Set(['NoSchedule', 'NoExecute']);

/** Reads a Node. A GPU's own taint does not close it: pods that ask for GPUs are let in there. */
export function nodeFacts(node: unknown): NodeFacts {
  const [runtime = '', runtimeVersion = ''] = (
    textOf(node, 'status', 'nodeInfo', 'containerRuntimeVersion') ?? ''
  ).split('://');
  const ready = listOf(node, 'status', 'conditions').find((row) => fieldOf(row, 'type') === 'Ready');
  const isClosed = listOf(node, 'spec', 'taints').some(
    (taint) => CLOSING.has(textOf(taint, 'effect') ?? '') && !/gpu/i.test(textOf(taint, 'key') ?? ''),
  );
  const system = textOf(node, 'status', 'nodeInfo', 'operatingSystem') ?? 'linux';
  return {
    name: textOf(node, 'metadata', 'name') ?? '',
    runtime,
    runtimeVersion,
    kubelet: textOf(node, 'status', 'nodeInfo', 'kubeletVersion') ?? '',
    architecture: textOf(node, 'status', 'nodeInfo', 'architecture') ?? '',
    memory: quantityOf(textOf(node, 'status', 'allocatable', 'memory') ?? '0'),
    gpus: gpusOf(node),
    usable:
      fieldOf(ready, 'status') === 'True' &&
      fieldOf(node, 'spec', 'unschedulable') !== true &&
      !isClosed &&
      system === 'linux',
  };
}

function gpusOf(node: unknown): number {
  return entriesOf(node, 'status', 'allocatable')
    .filter(([name]) => name === 'nvidia.com/gpu')
    .reduce((sum, [, value]) => sum + quantityOf(String(value)), 0);
}

const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** A quantity of Kubernetes (`16Gi`, `3920m`, `2e3`) as a number; 0 for what is none. */
export function quantityOf(text: string): number {
  const [, digits, suffix = ''] = /^([0-9.]+(?:[eE][0-9]+)?)([A-Za-z]*)$/.exec(text.trim()) ?? [];
  const factor = FACTORS[suffix];
  return digits === undefined || factor === undefined ? 0 : Number(digits) * factor;
}
