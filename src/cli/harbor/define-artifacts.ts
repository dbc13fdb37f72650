import { Argument, type Command } from 'commander';
import { SlipwayError } from '../../core/index.js';
import {
  addLabel,
  getAddition,
  getProject,
  listArtifacts,
  listLabels,
  listReplication,
  projectExists,
  startReplication,
  waitForReplication,
  type AdditionName,
  type HarborArtifact,
  type ReplicationRun,
} from '../../harbor/index.js';
import { formatBytes } from '../../run/index.js';
import type { Start } from '../program/command-module.js';
import { declareOptions } from '../options/declare-options.js';
import { addExamples } from '../program/help.js';
import { safeLine, safeText, table } from '../screen/text.js';
import { artifactOf, withHarbor } from './with-harbor.js';

const REFERENCE = 'harbor.example.com/project/model[:tag][@sha256:…]';
const ADDITIONS: Readonly<Record<'readme' | 'license' | 'files', AdditionName>> = {
  readme: 'readme.md',
  license: 'license',
  files: 'files',
};

/** `harbor ls`. */
export function defineList(harbor: Command, start: Start): void {
  const command = harbor
    .command('ls')
    .summary('list the artifacts of a repository')
    .description('Lists the artifacts of a repository as Harbor shows them, newest first.')
    .argument('<repository>', 'harbor.example.com/project/model')
    .action(async (reference: string) =>
      start(async (session) => {
        const { place, artifact } = artifactOf(reference);
        const { project, repository } = artifact;
        const artifacts = await withHarbor(session, place, async (opened) => {
          const found = await listArtifacts(opened, project, repository);
          // To an administrator Harbor answers an empty list for a project that is not there.
          if (found.length === 0 && !(await projectExists(opened, project))) await getProject(opened, project);
          return found;
        });
        session.output.result({
          json: { ok: true, artifacts },
          text: artifacts.length === 0 ? 'there is nothing' : table(artifacts.map(rowOf)),
          quiet: artifacts.map(({ digest }) => safeLine(digest)).join('\n'),
        });
      }),
    );
  addExamples(command, 'pipeline harbor ls harbor.example.com/models/qwen');
}

function rowOf({ tags, type, size, pushTime, labels, digest }: HarborArtifact): string[] {
  const names = tags.map(({ name, immutable }) => (immutable ? `${name} (immutable)` : name)).join(', ');
  return [names, type, formatBytes(size), pushTime, labels.join(', '), digest].map(safeLine);
}

/** `harbor read`. */
export function defineRead(harbor: Command, start: Start): void {
  const command = harbor
    .command('read')
    .summary("print an artifact's README, licence or list of files")
    .description("Prints what Harbor's tabs show of a model: its README, its licence, or its files as JSON.")
    .argument('<ref>', REFERENCE)
    .addArgument(new Argument('<what>', 'readme, license or files').choices(Object.keys(ADDITIONS)))
    .action(async (reference: string, what: keyof typeof ADDITIONS) =>
      start(async (session) => {
        const { place, artifact } = artifactOf(reference);
        const { status, text } = await withHarbor(session, place, async (opened) =>
          getAddition(opened, artifact, ADDITIONS[what]),
        );
        if (status !== 200) {
          throw new SlipwayError('HARBOR_NOT_FOUND', `Harbor shows no ${what} of '${reference}'`, {
            got: `HTTP ${status}`,
            try: `pipeline harbor show ${reference}`,
          });
        }
        session.output.result({
          json: { ok: true, what, text },
          text: safeText(text).trimEnd(),
          quiet: safeText(text).trimEnd(),
        });
      }),
    );
  addExamples(command, 'pipeline harbor read harbor.example.com/models/qwen:q4_k_m readme');
}

/** `harbor label`. */
export function defineLabel(harbor: Command, start: Start): void {
  const command = harbor
    .command('label')
    .summary('put a label of the project on an artifact')
    .description('Puts a label of the project on an artifact. A label that it has already stays.')
    .argument('<ref>', REFERENCE)
    .argument('<name>', "the label's name; harbor apply makes labels")
    .action(async (reference: string, name: string) =>
      start(async (session) => {
        const { place, artifact } = artifactOf(reference);
        await withHarbor(session, place, async (opened) => {
          const labels = await listLabels(opened, (await getProject(opened, artifact.project)).id);
          const label = labels.find((one) => one.name === name);
          if (label === undefined) throw notThere('label', name, artifact.project, labels);
          await addLabel(opened, artifact, label.id);
        });
        session.output.result({ json: { ok: true, reference, label: name }, text: `labelled '${name}'` });
      }),
    );
  addExamples(command, 'pipeline harbor label harbor.example.com/models/qwen:q4_k_m approved');
}

/** `harbor replicate`. */
export function defineReplicate(harbor: Command, start: Start): void {
  const command = harbor
    .command('replicate')
    .summary('run a replication rule now')
    .description('Starts a replication rule now, whatever its trigger is.')
    .argument('<host>', 'harbor.example.com')
    .argument('<rule>', 'its name: see harbor replication')
    .action(async (host: string, name: string) =>
      start(async (session) => {
        const { wait } = (await read(session.path)).own;
        const run = await withHarbor(session, { host }, async (opened) => {
          const rules = await listReplication(opened);
          const rule = rules.find((one) => one.name === name);
          if (rule === undefined) throw notThere('replication rule', name, host, rules);
          const id = await startReplication(opened, rule.id);
          return wait === true ? waitForReplication(opened, id) : { id };
        });
        const { id } = run;
        const text = 'status' in run ? outcomeText(run) : `started, run ${id}`;
        session.output.result({
          json: { ok: true, run: id, ...('status' in run ? run : {}) },
          text,
          quiet: String(id),
        });
      }),
    );
  const read = declareOptions(command, {
    own: { wait: { kind: 'flag', help: 'wait until it has ended, and fail if it failed' } },
  });
  addExamples(
    command,
    'pipeline harbor replicate harbor.example.com models-to-mirror',
    'pipeline harbor replicate harbor.example.com models-to-mirror --wait',
  );
}

/** A rule whose patterns meet nothing succeeds too. */
function outcomeText({ id, total, succeeded, text }: ReplicationRun): string {
  if (total === 0) return `run ${id} found nothing to copy${text === '' ? '' : `: ${safeLine(text)}`}`;
  return `run ${id} copied ${succeeded} of ${total}`;
}

function notThere(
  what: string,
  name: string,
  place: string,
  known: readonly { readonly name: string }[],
): SlipwayError {
  const names = known.slice(0, 20).map((one) => one.name);
  return new SlipwayError('HARBOR_NOT_FOUND', `'${place}' has no ${what} '${name}'`, {
    got: names.length === 0 ? 'none at all' : names.join(', '),
  });
}
