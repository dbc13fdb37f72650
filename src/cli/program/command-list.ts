import type { CommandEntry } from './command-module.js';

const CHAIN = 'The whole chain';
const STAGES = 'One step of it';
const LOOK = 'Looking';
const TRUST = 'Trust';
const REGISTRY = 'In a registry or layout';
const SETUP = 'Setting up';

/** Every command, in the order of the help. Only the one that is called is loaded. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'run',
    group: CHAIN,
    summary: 'run the pipeline of a configuration',
    load: () => import('../commands/run.js'),
  },
  {
    name: 'plan',
    group: CHAIN,
    summary: 'say what a run would do, before any weight is read',
    load: () => import('../commands/plan.js'),
  },
  {
    name: 'sync',
    group: CHAIN,
    summary: 'follow sources and publish what has changed',
    load: () => import('../commands/sync.js'),
  },
  {
    name: 'init',
    group: CHAIN,
    summary: 'write a configuration to start from',
    load: () => import('../commands/init.js'),
  },
  {
    name: 'download',
    group: STAGES,
    summary: 'fetch a model into a directory, verified',
    load: () => import('../commands/download.js'),
  },
  {
    name: 'convert',
    group: STAGES,
    summary: 'make a GGUF of a safetensors model, quantized if asked for',
    load: () => import('../commands/convert.js'),
  },
  {
    name: 'quantize',
    group: STAGES,
    summary: 'make quantized GGUFs of a GGUF, with one reading',
    load: () => import('../commands/quantize.js'),
  },
  {
    name: 'imatrix',
    group: STAGES,
    summary: 'make an importance matrix of a model and a text',
    load: () => import('../commands/imatrix.js'),
  },
  {
    name: 'split',
    group: STAGES,
    summary: 'cut a GGUF into files, as llama-gguf-split does',
    load: () => import('../commands/split.js'),
  },
  {
    name: 'merge',
    group: STAGES,
    summary: 'join the splits of a GGUF into one file',
    load: () => import('../commands/merge.js'),
  },
  {
    name: 'package',
    group: STAGES,
    summary: 'make an OCI artifact of a model, in a layout directory',
    load: () => import('../commands/package.js'),
  },
  {
    name: 'push',
    group: STAGES,
    summary: 'send a model or an artifact to a registry',
    load: () => import('../commands/push.js'),
  },
  {
    name: 'pull',
    group: STAGES,
    summary: "fetch an artifact's files into a directory",
    load: () => import('../commands/pull.js'),
  },
  {
    name: 'copy',
    group: STAGES,
    summary: 'copy an artifact between registries and layouts, digest kept',
    load: () => import('../commands/copy.js'),
  },
  {
    name: 'repackage',
    group: STAGES,
    summary: 'give an artifact another format, its blobs mounted',
    load: () => import('../commands/repackage.js'),
  },
  {
    name: 'key',
    group: TRUST,
    summary: 'make and show keys that sign models',
    load: () => import('../commands/key.js'),
  },
  {
    name: 'sign',
    group: TRUST,
    summary: 'sign an artifact, a directory or a file',
    load: () => import('../commands/sign.js'),
  },
  {
    name: 'attest',
    group: TRUST,
    summary: 'attach a signed statement to an artifact or a file',
    load: () => import('../commands/attest.js'),
  },
  {
    name: 'sbom',
    group: TRUST,
    summary: 'print the bill of materials of an artifact',
    load: () => import('../commands/sbom.js'),
  },
  {
    name: 'verify',
    group: TRUST,
    summary: 'say whether a signature or a policy accepts it, and what was not checked',
    load: () => import('../commands/verify.js'),
  },
  {
    name: 'promote',
    group: TRUST,
    summary: 'verify, copy with signatures, verify there, then move the tag',
    load: () => import('../commands/promote.js'),
  },
  {
    name: 'diff',
    group: TRUST,
    summary: 'say what is different between two models, files or artifacts',
    load: () => import('../commands/diff.js'),
  },
  {
    name: 'policy',
    group: TRUST,
    summary: 'print the cluster policy that enforces a policy at admission',
    load: () => import('../commands/policy.js'),
  },
  {
    name: 'lint',
    group: TRUST,
    summary: 'look a model over: template, tokens, names, licence, code',
    load: () => import('../commands/lint.js'),
  },
  {
    name: 'shard',
    group: CHAIN,
    summary: 'derive one model with many machines, or processes',
    load: () => import('../commands/shard.js'),
  },
  {
    name: 'deploy',
    group: STAGES,
    summary: 'write what serves an artifact: Kubernetes, KServe, Compose, Quadlet, a command',
    load: () => import('../commands/deploy.js'),
  },
  {
    name: 'ls',
    group: REGISTRY,
    summary: 'list the tags of a repository or layout',
    load: () => import('../commands/ls.js'),
  },
  {
    name: 'tag',
    group: REGISTRY,
    summary: 'give an artifact further tags',
    load: () => import('../commands/tag.js'),
  },
  {
    name: 'untag',
    group: REGISTRY,
    summary: 'remove one tag',
    load: () => import('../commands/untag.js'),
  },
  {
    name: 'rm',
    group: REGISTRY,
    summary: 'delete an artifact with its tags and what refers to it',
    load: () => import('../commands/rm.js'),
  },
  {
    name: 'evaluate',
    group: LOOK,
    summary: 'measure what a quantization cost: perplexity, divergence, weight error',
    load: () => import('../commands/evaluate.js'),
  },
  {
    name: 'inspect',
    group: LOOK,
    summary: 'show a GGUF, safetensors, repository or artifact without fetching it',
    load: () => import('../commands/inspect.js'),
  },
  {
    name: 'readers',
    group: LOOK,
    summary: 'say which tools can use an artifact, and why others cannot',
    load: () => import('../commands/readers.js'),
  },
  {
    name: 'types',
    group: LOOK,
    summary: 'list quantizations and tensor types',
    load: () => import('../commands/types.js'),
  },
  {
    name: 'archs',
    group: LOOK,
    summary: 'list architectures that can be converted',
    load: () => import('../commands/archs.js'),
  },
  {
    name: 'env',
    group: LOOK,
    summary: 'list environment variables and what they are set to',
    load: () => import('../commands/env.js'),
  },
  {
    name: 'version',
    group: LOOK,
    summary: 'say what this is and what it runs on',
    load: () => import('../commands/version.js'),
  },
  {
    name: 'doctor',
    group: SETUP,
    summary: 'check this machine, the hub and the registries of a configuration',
    load: () => import('../commands/doctor.js'),
  },
  {
    name: 'cache',
    group: SETUP,
    summary: 'list or remove what earlier runs kept',
    load: () => import('../commands/cache.js'),
  },
  {
    name: 'login',
    group: SETUP,
    summary: 'keep credentials for a registry',
    load: () => import('../commands/login.js'),
  },
  {
    name: 'logout',
    group: SETUP,
    summary: 'forget credentials for a registry',
    load: () => import('../commands/logout.js'),
  },
  {
    name: 'harbor',
    group: SETUP,
    summary: 'set up projects of a Harbor, and see models as it shows them',
    load: () => import('../commands/harbor.js'),
  },
  {
    name: 'completion',
    group: SETUP,
    summary: 'print a completion script for a shell',
    load: () => import('../commands/completion.js'),
  },
];
