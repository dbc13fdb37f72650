import type { DiscoveredCluster, NodeFacts } from '../cluster/index.js';
import type { ClusterFacts } from './cluster-facts.js';
import { atLeast, versionIn, versionText, type Version } from './platform-version.js';

/** The oldest KServe that is thought of where nothing says which it is. */
const OLDEST_KSERVE: Version = [0, 15, 0];

/** What of a discovered cluster decides how a model is served there. The oldest runtime counts: a pod may land on any node. */
export function factsOfCluster(found: DiscoveredCluster): ClusterFacts {
  const nodes = found.nodes.filter(({ usable }) => usable);
  const containerd = oldest(nodes, 'containerd');
  const crio = oldest(nodes, 'cri-o');
  const kubernetes = lowest([versionIn(found.kubernetes ?? ''), ...nodes.map(({ kubelet }) => versionIn(kubelet))]);
  const kserve = found.kserve === undefined ? undefined : (versionIn(found.kserve.version ?? '') ?? OLDEST_KSERVE);
  return {
    from: found.address,
    kubernetes,
    containerd,
    crio,
    kserve,
    featureGates: found.featureGates,
    ...(found.kserve?.modelcar !== undefined && { kserveModelcar: found.kserve.modelcar }),
    ...(nodes.length > 0 && {
      nodeMemory: Math.max(...nodes.map(({ memory }) => memory)),
      nodeGpus: Math.max(...nodes.map(({ gpus }) => gpus)),
      architectures: [...new Set(nodes.map(({ architecture }) => architecture))].sort(),
    }),
    notes: notesOn(found, nodes),
  };
}

function oldest(nodes: readonly NodeFacts[], runtime: string): Version | undefined {
  return lowest(
    nodes.filter((node) => node.runtime === runtime).map(({ runtimeVersion }) => versionIn(runtimeVersion)),
  );
}

function lowest(versions: readonly (Version | undefined)[]): Version | undefined {
  let least: Version | undefined;
  for (const version of versions) {
    if (version !== undefined && (least === undefined || atLeast(least, version))) least = version;
  }
  return least;
}

const GIB = 1024 ** 3;

/** What was found, in sentences. */
function notesOn(found: DiscoveredCluster, nodes: readonly NodeFacts[]): readonly string[] {
  const runtimes = [...new Set(nodes.map(({ runtime, runtimeVersion }) => `${runtime} ${runtimeVersion}`))].sort();
  const memory = Math.max(0, ...nodes.map((node) => node.memory));
  const gpus = nodes.reduce((sum, node) => sum + node.gpus, 0);
  const { kserve } = found;
  const others = Object.entries(found.groups).filter(([name]) => name !== 'serving.kserve.io');
  return [
    `the cluster at ${found.address} is Kubernetes ${found.kubernetes ?? 'of an unknown version'}${
      nodes.length === 0
        ? ''
        : `: ${nodes.length} node${nodes.length === 1 ? '' : 's'} that take pods, ${runtimes.join(', ')}, up to ${(memory / GIB).toFixed(1)} GiB, ${gpus === 0 ? 'no GPU' : `${gpus} GPUs`}`
    }`,
    ...(found.nodes.length > 0 && nodes.length === 0 ? ['no node of the cluster takes pods now'] : []),
    ...(kserve === undefined
      ? []
      : [
          `KServe ${kserve.version ?? `of an unknown version, taken as ${versionText(OLDEST_KSERVE)}`} (by ${kserve.from})${
            kserve.modelcar === undefined ? '' : `, oci:// is ${kserve.modelcar ? 'on' : 'off'} in its settings`
          }`,
        ]),
    ...others.map(([name, versions]) => `it has ${name} ${versions.join(', ')}`),
    ...found.unknown.map((text) => `not known: ${text}`),
  ];
}
