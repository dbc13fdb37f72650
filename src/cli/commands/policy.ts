import type { Command } from 'commander';
import { optionTable } from '../../core/index.js';
import { ADMISSION_ENGINES, admissionPolicy, loadPolicy, type AdmissionEngine } from '../../trust/index.js';
import { declareOptions } from '../options/declare-options.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { safeLine } from '../screen/text.js';

const OWN = optionTable({
  image: {
    kind: 'text',
    list: true,
    value: 'glob',
    help: 'images that it is about (repeatable); every image unless given',
  },
  name: { kind: 'text', value: 'name', help: "name of the resource; of the policy's name unless given" },
});

const SUMMARIES: Readonly<Record<AdmissionEngine, string>> = {
  kyverno: 'print an ImageValidatingPolicy (policies.kyverno.io/v1)',
  'policy-controller': 'print a ClusterImagePolicy (policy.sigstore.dev/v1beta1)',
};

export function define(command: Command, start: Start): void {
  command
    .description(
      'Prints the cluster policy that enforces the identities and predicate types of a policy file at admission.\nRules that the engine cannot express are told on stderr, and in --json.',
    )
    .helpCommand(false);
  for (const engine of ADMISSION_ENGINES) defineEngine(command, engine, start);
  addExamples(
    command,
    "pipeline policy kyverno production.policy.yaml --image 'harbor.example.com/models/*' | kubectl apply -f -",
    'pipeline policy policy-controller production.policy.yaml --json',
  );
}

function defineEngine(policy: Command, engine: AdmissionEngine, start: Start): void {
  const command = policy
    .command(engine)
    .summary(SUMMARIES[engine])
    .description(`Prints ${SUMMARIES[engine].slice('print '.length)} for a policy file.`)
    .argument('<policy>', 'policy file (YAML), as for verify')
    .action(async (file: string) =>
      start(async (session) => {
        const { own } = await read(session.path);
        const loaded = await loadPolicy(session.path(file), session.env);
        const made = await admissionPolicy(loaded, engine, { name: own.name, images: own.image });
        const { resource, notExpressed, notes } = made;
        const text = made.text.trimEnd();
        for (const { rule, why } of notExpressed) session.note(`not expressed: ${safeLine(rule)}: ${safeLine(why)}`);
        for (const note of notes) session.note(`note: ${safeLine(note)}`);
        session.output.result({ json: { v: 1, ok: true, engine, resource, notExpressed, notes }, text, quiet: text });
      }),
    );
  const read = declareOptions(command, { own: OWN });
  addExamples(command, `pipeline policy ${engine} production.policy.yaml --image 'harbor.example.com/models/*'`);
}
