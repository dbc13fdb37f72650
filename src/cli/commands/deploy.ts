import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { optionTable, SlipwayError } from '../../core/index.js';
import { openRunScope } from '../../run/index.js';
import {
  DEPLOY_OPTIONS,
  deploymentOf,
  writeRendered,
  writeText,
  type DeployStageOptions,
  type PlannedDeployment,
} from '../../stages/index.js';
import { givenSource, isArtifact } from '../arguments/any-source.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { declareOptions } from '../options/declare-options.js';
import type { Session } from '../session/session.js';
import { safeLine } from '../screen/text.js';

const OWN = optionTable({
  output: {
    kind: 'path',
    asGiven: true,
    short: 'o',
    help: 'a file, or a directory for one file a resource; stdout unless given',
  },
});

export function define(command: Command, start: Start): void {
  command
    .description(
      'Writes what serves an artifact: manifests that name it by its digest. Reads its manifest and the headers of the model.\nThe first target that works is chosen, unless one is named; why is told on stderr. What cannot work is refused, with\nwhat would.',
    )
    .argument('<ref>', 'host/repository[:tag][@sha256:…]')
    .action(async (ref: string) =>
      start(async (session) => {
        const { own, serving } = await read(session.path);
        const given = givenSource(ref, session.path);
        if (!isArtifact(given)) {
          throw new SlipwayError('USAGE', `'${ref}' names no artifact`, {
            try: `pipeline push ${ref} HOST/REPOSITORY:TAG`,
          });
        }
        await deployArtifact(session, given.source, serving, own.output);
      }),
    );
  const read = declareOptions(command, { own: OWN, serving: DEPLOY_OPTIONS });
  addExamples(
    command,
    'pipeline deploy harbor.example.com/models/qwen:q4_k_m | kubectl apply --server-side -f -',
    'pipeline deploy harbor.example.com/models/qwen:modelcar --target kserve --kubernetes 1.35 --kserve 0.20',
    'pipeline deploy harbor.example.com/models/qwen:q4_k_m --memory-budget 6GiB --parallel 4 -o ./deploy',
    'pipeline deploy harbor.example.com/models/qwen:q4_k_m --target command',
  );
}

async function deployArtifact(
  session: Session,
  source: string,
  serving: DeployStageOptions,
  output: string | undefined,
): Promise<void> {
  const scope = await openRunScope(
    { name: 'deploy', pipeline: { name: 'deploy', run: async () => undefined }, store: 'none' },
    { env: session.env, signal: session.signal, network: session.network },
  );
  try {
    const planned = await deploymentOf(source, serving, scope.context);
    const written = output === undefined ? undefined : await write(planned, session.path(output), output);
    printReasons(session, planned);
    show(session, planned, written);
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
