import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { SlipwayError } from '../../core/index.js';
import {
  CACHE_TYPES,
  DEPLOY_FORMATS,
  DEPLOY_TARGETS,
  deployTarget,
  type CacheType,
  type DeployFormat,
} from '../../deploy/index.js';
import { parseSize } from '../../config/index.js';
import { openRunScope } from '../../run/index.js';
import {
  deploymentOf,
  writeRendered,
  writeText,
  type DeployStageOptions,
  type PlannedDeployment,
} from '../../stages/index.js';
import { givenSource, isArtifact } from '../any-source.js';
import { collect } from '../collect.js';
import type { Start } from '../command-module.js';
import { addExamples } from '../help.js';
import type { Session } from '../session.js';
import { safeLine } from '../text.js';

interface DeployFlags {
  readonly target?: string;
  readonly format?: DeployFormat;
  readonly output?: string;
  readonly variant?: string;
  readonly pullFrom?: string;
  readonly kubernetes?: string;
  readonly containerd?: string;
  readonly crio?: string;
  readonly kserve?: string;
  readonly featureGate?: readonly string[];
  readonly name?: string;
  readonly namespace?: string;
  readonly image?: string;
  readonly toolImage?: string;
  readonly replicas?: number;
  readonly ctxSize?: number;
  readonly parallel?: number;
  readonly cacheTypeK?: CacheType;
  readonly cacheTypeV?: CacheType;
  readonly memoryBudget?: number;
  readonly gpus?: number;
  readonly pullSecret?: readonly string[];
  readonly networkPolicy?: boolean;
}

export function define(command: Command, start: Start): void {
  command
    .description(
      'Writes what serves an artifact: manifests that name it by its digest, for the target that is named or for the first that works.\nReads the manifest and the headers of the model. Why it is so is told on stderr; what cannot work is refused with what would.',
    )
    .argument('<ref>', 'host/repository[:tag][@sha256:…]')
    .action(async (ref: string, flags: DeployFlags) => start(async (session) => deployCommand(session, ref, flags)));
  addWhat(command);
  addWhere(command);
  addHow(command);
  addExamples(
    command,
    'pipeline deploy harbor.example.com/models/qwen:q4_k_m | kubectl apply --server-side -f -',
    'pipeline deploy harbor.example.com/models/qwen:q4_k_m-modelcar --target kserve --kubernetes 1.35 --kserve 0.20',
    'pipeline deploy harbor.example.com/models/qwen:q4_k_m --memory-budget 6GiB --parallel 4 --format kustomize -o ./deploy',
    'pipeline deploy harbor.example.com/models/qwen:q4_k_m --target command',
  );
}

function addWhat(command: Command): void {
  const names = DEPLOY_TARGETS.map(({ name }) => name);
  command.addOption(
    new Option('--target <name>', `${names.join(', ')}; chosen unless given`).argParser(
      (name) => deployTarget(name).name,
    ),
  );
  command.addOption(new Option('--format <format>', 'yaml unless given').choices([...DEPLOY_FORMATS]));
  command.option('-o, --output <path>', 'a file, or a directory for one file a resource; stdout unless given');
  command.option('--variant <name>', 'which member of an index: Q4_K_M');
  command.option('--name <name>', 'name of the resources');
  command.option('--namespace <name>', 'namespace of the resources');
}

function addWhere(command: Command): void {
  const add = (option: Option): void => {
    command.addOption(option.helpGroup('The cluster'));
  };
  add(new Option('--kubernetes <version>', 'its version: 1.35'));
  add(new Option('--containerd <version>', "the nodes' containerd: 2.1"));
  add(new Option('--crio <version>', "the nodes' CRI-O: 1.33"));
  add(new Option('--kserve <version>', 'KServe in it: 0.20'));
  add(new Option('--feature-gate <name>', 'a gate that is on there: ImageVolume (repeatable)').argParser(collect));
  add(new Option('--pull-from <host/repository>', 'the repository as the cluster calls it'));
  add(new Option('--pull-secret <name>', 'secret to pull with (repeatable)').argParser(collect));
  add(new Option('--network-policy', 'also a NetworkPolicy: nothing goes out but a pull'));
}

function addHow(command: Command): void {
  const add = (option: Option): void => {
    command.addOption(option.helpGroup('The server'));
  };
  add(new Option('--image <image>', 'image of the server'));
  add(new Option('--tool-image <image>', 'image of this tool, for an init container'));
  add(new Option('--replicas <count>', 'servers; 1').argParser(countOf(1, 1000)));
  add(new Option('--ctx-size <tokens>', 'context of one request').argParser(countOf(1, 100_000_000)));
  add(new Option('--parallel <count>', 'requests at the same time').argParser(countOf(1, 1024)));
  add(new Option('--memory-budget <size>', 'the longest context that fits: 6GiB').argParser(sizeOf));
  add(new Option('--cache-type-k <type>', 'type of the keys in the cache').choices([...CACHE_TYPES]));
  add(new Option('--cache-type-v <type>', 'type of the values in the cache').choices([...CACHE_TYPES]));
  add(new Option('--gpus <count>', 'GPUs of a server').argParser(countOf(0, 64)));
}

function countOf(least: number, most: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (/^\d{1,9}$/.test(text) && count >= least && count <= most) return count;
    throw new InvalidArgumentError(`a whole number from ${least} to ${most} is needed.`);
  };
}

function sizeOf(text: string): number {
  const size = parseSize(text);
  if (size !== undefined) return size;
  throw new InvalidArgumentError('a size such as 6GiB is needed.');
}

/** Flags as the stage's options. */
function optionsOf(flags: DeployFlags): DeployStageOptions {
  const { output: _output, featureGate, ctxSize, parallel, pullSecret, ...rest } = flags;
  return {
    ...rest,
    ...(featureGate !== undefined && { featureGates: featureGate }),
    ...(ctxSize !== undefined && { contextSize: ctxSize }),
    ...(parallel !== undefined && { slots: parallel }),
    ...(pullSecret !== undefined && { pullSecrets: pullSecret }),
  };
}

async function deployCommand(session: Session, ref: string, flags: DeployFlags): Promise<void> {
  const given = givenSource(ref, session.path);
  if (!isArtifact(given)) {
    throw new SlipwayError('USAGE', `'${ref}' names no artifact`, { try: `pipeline push ${ref} HOST/REPOSITORY:TAG` });
  }
  const scope = await openRunScope(
    { name: 'deploy', pipeline: { name: 'deploy', run: async () => undefined }, store: 'none' },
    { env: session.env, signal: session.signal, network: session.network },
  );
  try {
    const planned = await deploymentOf(given.source, optionsOf(flags), scope.context);
    const written =
      flags.output === undefined ? undefined : await write(planned, session.path(flags.output), flags.output);
    tell(session, planned);
    show(session, planned, written);
  } finally {
    await scope.close();
  }
}

/** The story, for people. */
function tell(session: Session, { model, deployed }: PlannedDeployment): void {
  session.note(`serves  ${safeLine(model.pinned)}`);
  for (const reason of deployed.reasons) session.note(`because ${safeLine(reason)}`);
  if (deployed.needs.length > 0) session.note(`needs   ${deployed.needs.map(safeLine).join(', ')}`);
  for (const warning of deployed.warnings) session.note(`warning ${safeLine(warning)}`);
}

function show(
  session: Session,
  { model, deployed, rendered }: PlannedDeployment,
  written: readonly string[] | undefined,
): void {
  const { target, reasons, warnings, needs, resources, server } = deployed;
  session.output.result({
    json: {
      ok: true,
      reference: model.pinned,
      digest: model.digest,
      target,
      reasons,
      warnings,
      needs,
      resources,
      files: resources.length > 0 ? {} : deployed.files,
      ...(server !== undefined && {
        server: {
          kind: server.kind,
          image: server.image,
          args: server.args,
          memory: server.memory,
          estimate: server.settings?.estimate ?? null,
        },
      }),
      ...(written !== undefined && { written }),
    },
    text: written === undefined ? rendered.text.replace(/\n$/, '') : written.join('\n'),
  });
}

/** One file when the path has an ending or a file is there, else a directory. */
async function write({ rendered }: PlannedDeployment, path: string, given: string): Promise<readonly string[]> {
  const present = await stat(path).catch(() => undefined);
  const isFile = present === undefined ? /\.[a-z]+$/i.test(given) && !given.endsWith('/') : present.isFile();
  if (!isFile) return writeRendered(rendered, path);
  await mkdir(dirname(path), { recursive: true });
  await writeText(path, rendered.text);
  return [path];
}
