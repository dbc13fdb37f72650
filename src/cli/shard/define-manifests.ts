import { basename } from 'node:path';
import type { Command } from 'commander';
import { optionTable, SlipwayError } from '../../core/index.js';
import { stableJson, stableYaml } from '../../deploy/index.js';
import { shardManifests } from '../../scale/index.js';
import { writeText } from '../../stages/index.js';
import { required } from '../arguments/required-option.js';
import { declareOptions } from '../options/declare-options.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { PARTS, planOf, tellPlan } from './define-plan.js';
import { openConfig } from './open-plan.js';

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
        const { own } = await read(session.path);
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
        const text =
          format === 'json'
            ? stableJson({ apiVersion: 'v1', kind: 'List', items: resources })
            : resources.map(stableYaml).join('---\n');
        if (output !== undefined) await writeText(output, text);
        session.output.result({ json: { ok: true, plan, resources }, text: output ?? text.trimEnd() });
      }),
    );
  const read = declareOptions(command, { own: OWN });
  addExamples(
    command,
    'pipeline shard manifests pipeline.config.yaml --parts 8 | kubectl apply --server-side -f -',
    'pipeline shard manifests pipeline.config.yaml --parts 8 --jobset --kueue models',
  );
}
