import { basename } from 'node:path';
import type { Command } from 'commander';
import { openCluster, planApply, waitUntilReady, type KubernetesObject } from '../../cluster/index.js';
import { optionTable, SlipwayError, type ReadOptions } from '../../core/index.js';
import { stableJson, stableYaml } from '../../deploy/index.js';
import { shardManifests, type ShardPlan } from '../../scale/index.js';
import { writeText } from '../../stages/index.js';
import { required } from '../arguments/required-option.js';
import { declareOptions } from '../options/declare-options.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { tellChanges } from '../screen/tell-changes.js';
import { safeLine } from '../screen/text.js';
import { DRY_RUN } from '../session/perform-stage.js';
import type { Session } from '../session/session.js';
import { PARTS, planOf, tellPlan } from './define-plan.js';
import { openConfig } from './open-plan.js';

const APPLY = 'Applying';
const DAY_MS = 86_400_000;

const OWN = optionTable({
  ...PARTS,
  kueue: { kind: 'text', value: 'queue', help: 'a LocalQueue of Kueue that the work waits in' },
  jobset: { kind: 'flag', help: 'one JobSet: the last step depends on the parts' },
  argo: { kind: 'flag', help: 'one Workflow of Argo' },
  name: { kind: 'text', value: 'name', help: 'name of the resources' },
  namespace: { kind: 'text', value: 'name', help: 'namespace of the resources' },
  toolImage: { kind: 'text', value: 'image', help: 'image of this tool' },
  hubSecret: { kind: 'text', value: 'name', help: "secret with the Hub's token, key 'token'" },
  registrySecret: { kind: 'text', value: 'name', help: 'secret to push with, of type kubernetes.io/dockerconfigjson' },
  cpus: { kind: 'count', most: 1024, help: 'of one part; 4' },
  parallelism: { kind: 'count', most: 4096, help: 'parts at the same time; all' },
  format: { kind: 'choice', choice: ['yaml', 'json'], help: 'how it is written; yaml' },
  output: { kind: 'path', short: 'o', help: 'a file; stdout unless given' },
  apply: { kind: 'flag', help: 'apply to the cluster: dry run, what changes, then for real', group: APPLY },
  forceConflicts: { kind: 'flag', help: 'take over fields that something else has set', group: APPLY },
  wait: { kind: 'flag', help: 'wait until all parts and the last step are done', group: APPLY },
  waitTimeout: { kind: 'duration', help: 'how long to wait: 24h', group: APPLY },
  kubeconfig: { kind: 'path', help: 'of the cluster; the usual one unless given', group: APPLY },
  context: { kind: 'text', value: 'name', help: 'a context of the kubeconfig', group: APPLY },
});

/** `shard manifests`. */
export function defineManifests(shard: Command, start: Start): void {
  const command = shard
    .command('manifests')
    .summary('write what runs the parts on Kubernetes')
    .description(
      'Writes an Indexed Job of the parts and the Job that finishes, or a JobSet, or a Workflow of Argo; the plan is with them.',
    )
    .argument('[config]', 'as for run')
    .action(async (config: string | undefined) =>
      start(async (session) => {
        const { own, dry } = await read(session.path);
        const applying = applyingOf(own);
        const { parts, argo = false, jobset = false, kueue, format = 'yaml', output, toolImage, ...rest } = own;
        if (argo && jobset)
          throw new SlipwayError('USAGE', '--argo and --jobset are two engines', { try: 'one of them' });
        const count = required(parts, '--parts <count>', 'pipeline shard manifests pipeline.config.yaml --parts 8');
        const opened = await openConfig(session, config);
        const plan = await planOf(session, opened, count);
        tellPlan(session, plan);
        const image = toolImage ?? `localhost/slipway:${session.version}`;
        if (toolImage === undefined)
          session.note(`${image} is this tool's image as its Containerfile builds it: name yours with --tool-image`);
        const resources = shardManifests(plan, {
          ...rest,
          image,
          queue: kueue,
          engine: argo ? 'argo' : jobset ? 'jobset' : 'job',
          config: { name: basename(opened.loaded.path), text: opened.text },
        });
        if (applying !== undefined) {
          await applyResources(session, plan, resources as readonly KubernetesObject[], { ...applying, ...dry });
          return;
        }
        const text =
          format === 'json'
            ? stableJson({ apiVersion: 'v1', kind: 'List', items: resources })
            : resources.map(stableYaml).join('---\n');
        if (output !== undefined) await writeText(output, text);
        session.output.result({ json: { ok: true, plan, resources }, text: output ?? text.trimEnd() });
      }),
    );
  const read = declareOptions(command, { own: OWN, dry: DRY_RUN });
  addExamples(
    command,
    'pipeline shard manifests pipeline.config.yaml --parts 8 | kubectl apply --server-side -f -',
    'pipeline shard manifests pipeline.config.yaml --parts 8 --jobset --kueue models',
    'pipeline shard manifests pipeline.config.yaml --parts 8 --tool-image IMAGE --apply --wait',
  );
}

type OwnOptions = ReadOptions<typeof OWN>;
type Applying = Pick<OwnOptions, 'context' | 'forceConflicts' | 'kubeconfig' | 'namespace' | 'waitTimeout' | 'wait'> & {
  readonly dryRun?: boolean | undefined;
};

/** How it is applied, when it is. Throws `USAGE` for flags that would be forgotten without a word. */
function applyingOf({
  apply,
  context,
  forceConflicts,
  kubeconfig,
  namespace,
  output,
  waitTimeout,
  wait,
}: OwnOptions): Applying | undefined {
  if (apply === true) {
    if (output === undefined) return { context, forceConflicts, kubeconfig, namespace, waitTimeout, wait };
    throw new SlipwayError('USAGE', '--apply and --output are two ways', { try: 'one of them' });
  }
  const flags = {
    '--wait': wait,
    '--wait-timeout': waitTimeout,
    '--force-conflicts': forceConflicts,
    '--kubeconfig': kubeconfig,
    '--context': context,
  };
  const alone = Object.entries(flags).flatMap(([flag, value]) => (value === undefined ? [] : [flag]));
  if (alone.length === 0) return undefined;
  throw new SlipwayError('USAGE', `${alone.join(', ')} without --apply does nothing`, {
    try: 'pipeline shard manifests CONFIG --parts N --apply',
  });
}

/** Applies what runs the parts, and waits for all of it: one line whenever something moves. */
async function applyResources(
  session: Session,
  plan: ShardPlan,
  resources: readonly KubernetesObject[],
  { context, dryRun, forceConflicts, kubeconfig, waitTimeout, wait }: Applying,
): Promise<void> {
  const { env, network, signal } = session;
  const connection = await openCluster({
    kubeconfig,
    context,
    env,
    insecureHosts: network.insecureHosts,
    offline: network.offline,
  });
  const { changes, carryOut } = await planApply(connection, resources, { force: forceConflicts, signal });
  tellChanges(session, changes);
  const applied = dryRun !== true;
  if (applied) await carryOut();
  const isWaiting = applied && wait === true;
  if (isWaiting) {
    await waitUntilReady(connection, resources, {
      timeLimit: waitTimeout ?? DAY_MS,
      signal,
      now: () => performance.now(),
      onProgress: (line) => session.note(safeLine(line)),
    });
  }
  session.output.result({
    json: { ok: true, plan: plan.digest, applied, changes, ready: isWaiting },
    text: [
      ...changes.map(
        ({ id, change }) => `${applied || change === 'unchanged' ? '' : 'would be '}${change} ${safeLine(id)}`,
      ),
      ...(isWaiting ? ['done'] : []),
    ].join('\n'),
  });
}
