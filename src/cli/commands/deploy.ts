import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { optionTable, SlipwayError, type RunContext } from '../../core/index.js';
import { openRunScope } from '../../run/index.js';
import {
  applyDeployment,
  DEPLOY_OPTIONS,
  deploymentOf,
  removeDeployment,
  writeRendered,
  writeText,
  type AppliedDeployment,
  type DeployStageOptions,
  type PlannedDeployment,
} from '../../stages/index.js';
import { givenSource, isArtifact } from '../arguments/any-source.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { declareOptions } from '../options/declare-options.js';
import { tellChanges } from '../screen/tell-changes.js';
import { DRY_RUN } from '../session/perform-stage.js';
import type { Session } from '../session/session.js';
import { safeLine, safeText } from '../screen/text.js';

const OWN = optionTable({
  output: {
    kind: 'path',
    asGiven: true,
    short: 'o',
    help: 'a file, or a directory for one file a resource; stdout unless given',
  },
  delete: { kind: 'flag', help: 'delete what was applied for the artifact', group: 'Applying' },
});

export function define(command: Command, start: Start): void {
  command
    .description(
      'Writes what serves an artifact: manifests that name it by its digest. Reads its manifest and the headers of the model.\nThe first target that works is chosen, unless one is named; why is told on stderr. What cannot work is refused, with\nwhat would.',
    )
    .argument('<ref>', 'host/repository[:tag][@sha256:…]')
    .action(async (ref: string) =>
      start(async (session) => {
        const { own, serving, dry } = await read(session.path);
        requireTogether(own.delete === true, serving);
        const place = givenSource(ref, session.path);
        if (!isArtifact(place)) {
          throw new SlipwayError('USAGE', `'${ref}' names no artifact`, {
            try: `pipeline push ${ref} HOST/REPOSITORY:TAG`,
          });
        }
        const request = { source: place.source, serving, output: own.output, dryRun: dry.dryRun === true };
        await (own.delete === true ? removeArtifact(session, request) : deployArtifact(session, request));
      }),
    );
  const read = declareOptions(command, { own: OWN, serving: DEPLOY_OPTIONS, dry: DRY_RUN });
  addExamples(
    command,
    'pipeline deploy harbor.example.com/models/qwen:q4_k_m | kubectl apply --server-side -f -',
    'pipeline deploy harbor.example.com/models/qwen:modelcar --target kserve --kubernetes 1.35 --kserve 0.20',
    'pipeline deploy harbor.example.com/models/qwen:q4_k_m --memory-budget 6GiB --parallel 4 -o ./deploy',
    'pipeline deploy harbor.example.com/models/qwen:q4_k_m --target command',
    'pipeline deploy harbor.example.com/models/qwen:q4_k_m --kubeconfig ~/.kube/config --apply --wait --smoke',
    'pipeline deploy harbor.example.com/models/qwen:q4_k_m --delete --wait',
  );
}

/** What is asked for, apart from how the model is served. */
interface Request {
  readonly source: string;
  readonly serving: DeployStageOptions;
  readonly output: string | undefined;
  readonly dryRun: boolean;
}

async function deployArtifact(session: Session, request: Request): Promise<void> {
  const { source, serving, output, dryRun } = request;
  await withScope(session, async (context) => {
    const planned = await deploymentOf(source, { ...serving, dryRun }, context);
    const written = output === undefined ? undefined : await write(planned, session.path(output), output);
    printReasons(session, planned);
    if (serving.apply !== true) {
      show(session, planned, written);
      return;
    }
    const applied = await applyDeployment(planned, { ...serving, dryRun }, context, {
      onPlan: (changes) => tellChanges(session, changes),
      onProgress: (line) => session.note(safeLine(line)),
    });
    showApplied(session, planned, applied, written);
  });
}

async function removeArtifact(session: Session, { source, serving, dryRun }: Request): Promise<void> {
  await withScope(session, async (context) => {
    const { removed, applied, cluster } = await removeDeployment(source, { ...serving, dryRun }, context, {
      onPlan: (ids) =>
        session.note(ids.length === 0 ? 'nothing of that name is there' : `deletes ${ids.map(safeLine).join(', ')}`),
      onProgress: (line) => session.note(safeLine(line)),
    });
    session.output.result({
      json: { ok: true, cluster, removed, applied },
      text: removed.map((id) => `${applied ? 'deleted' : 'would delete'} ${safeLine(id)}`).join('\n'),
    });
  });
}

async function withScope(session: Session, work: (context: RunContext) => Promise<void>): Promise<void> {
  const scope = await openRunScope(
    { name: 'deploy', pipeline: { name: 'deploy', run: async () => undefined }, store: 'none' },
    { env: session.env, signal: session.signal, network: session.network },
  );
  try {
    await work(scope.context);
  } finally {
    await scope.close();
  }
}

/** The story, for people. */
function printReasons(session: Session, { model, deployed }: PlannedDeployment): void {
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
      written,
    },
    text: written === undefined ? rendered.text.replace(/\n$/, '') : written.join('\n'),
  });
}

/** Flags of applying without it would be forgotten without a word. Throws `USAGE`. */
function requireTogether(
  isDelete: boolean,
  { apply, wait, smoke, forceConflicts, waitTimeout }: DeployStageOptions,
): void {
  const command = 'pipeline deploy REF';
  if (isDelete && (apply === true || smoke === true || forceConflicts === true)) {
    throw new SlipwayError('USAGE', '--delete goes with --wait and --wait-timeout, and with nothing else of applying', {
      try: [`${command} --delete`, `${command} --apply`],
    });
  }
  if (apply === true || isDelete) return;
  const alone = [
    ...(wait === true ? ['--wait'] : []),
    ...(smoke === true ? ['--smoke'] : []),
    ...(forceConflicts === true ? ['--force-conflicts'] : []),
    ...(waitTimeout === undefined ? [] : ['--wait-timeout']),
  ];
  if (alone.length === 0) return;
  throw new SlipwayError('USAGE', `${alone.join(', ')} without --apply does nothing`, {
    try: `${command} --apply ${alone.filter((flag) => flag !== '--wait-timeout').join(' ')}`.trimEnd(),
  });
}

/** What became of it in the cluster. A Secret's contents stay out of the result. */
function showApplied(
  session: Session,
  planned: PlannedDeployment,
  { changes, applied, ready, reply, cluster }: AppliedDeployment,
  written: readonly string[] | undefined,
): void {
  const { model, deployed } = planned;
  const lines = changes.map(
    ({ id, change }) => `${applied || change === 'unchanged' ? '' : 'would be '}${change} ${safeLine(id)}`,
  );
  session.output.result({
    json: {
      ok: true,
      reference: model.pinned,
      digest: model.digest,
      target: deployed.target,
      reasons: deployed.reasons,
      warnings: deployed.warnings,
      needs: deployed.needs,
      cluster,
      applied,
      changes,
      ready,
      reply: reply ?? null,
      written,
    },
    text: [
      ...lines,
      ...(ready ? ['ready'] : []),
      ...(reply === undefined ? [] : [`${reply.path}: ${safeText(reply.text)}`]),
    ].join('\n'),
  });
}

/** One file when the path has an ending or a file is there, else a directory. */
async function write({ rendered }: PlannedDeployment, path: string, typedPath: string): Promise<readonly string[]> {
  const present = await stat(path).catch(() => undefined);
  const isFile = present === undefined ? /\.[a-z]+$/i.test(typedPath) && !typedPath.endsWith('/') : present.isFile();
  if (!isFile) return writeRendered(rendered, path);
  await mkdir(dirname(path), { recursive: true });
  await writeText(path, rendered.text);
  return [path];
}
