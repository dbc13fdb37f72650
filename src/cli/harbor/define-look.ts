import type { Command } from 'commander';
import {
  getProject,
  getRetention,
  listImmutableRules,
  listReplication,
  readBackFromHarbor,
  retentionText,
  selectionText,
  startScan,
  type ScanKind,
} from '../../harbor/index.js';
import { EXIT_CODES, optionTable } from '../../core/index.js';
import { signersOf } from '../../stages/trust/index.js';
import { signaturePolicy } from '../../trust/index.js';
import { ToldFailure, type Start } from '../program/command-module.js';
import { declareOptions } from '../options/declare-options.js';
import { addExamples } from '../program/help.js';
import type { Result } from '../screen/output.js';
import type { Session } from '../session/session.js';
import { safeLine, safeText, table } from '../screen/text.js';
import { keysOf } from '../trust/key-option.js';
import { withContext } from '../trust/with-context.js';
import { artifactText, signersText } from './harbor-texts.js';
import { artifactOf, withHarbor } from './with-harbor.js';

const SHOW = optionTable({
  policy: { kind: 'path', value: 'file', help: 'policy file (YAML) that says whose signatures count' },
  key: { kind: 'text', list: true, value: 'pub', help: 'public key whose signatures count: PEM file or env://NAME' },
});

const REFERENCE = 'harbor.example.com/project/model[:tag][@sha256:…]';

/** `harbor show`. */
export function defineShow(harbor: Command, start: Start): void {
  const command = harbor
    .command('show')
    .summary('show an artifact as Harbor does, and what is missing')
    .description(
      'Shows an artifact as Harbor does: type, README, licence, files, label; and says what is missing, and why.\nLists who signed it, and with --policy or --key whether that verifies: an accessory alone proves nothing.',
    )
    .argument('<ref>', REFERENCE)
    .action(async (reference: string) =>
      start(async (session) => {
        const { place, artifact } = artifactOf(reference);
        const { own } = await read(session.path);
        const view = await withHarbor(session, place, async (opened) => readBackFromHarbor(opened, artifact));
        const policy =
          own.policy ?? (own.key === undefined ? undefined : signaturePolicy(await keysOf(session, own.key)));
        const signers = await withContext(session, 'harbor', async (context) =>
          signersOf(`oci://${reference}`, policy, context),
        );
        const { verification, ...signed } = signers;
        session.output.result({
          json: { ok: true, ...view, signatures: signed.statements, verification },
          text: [artifactText(view), ...signersText(signers)].join('\n'),
          quiet: view.artifact.type,
        });
        if (verification?.verdict === 'refused') throw new ToldFailure(EXIT_CODES.TRUST_REFUSED);
        if (verification?.verdict === 'undecided') throw new ToldFailure(EXIT_CODES.TRUST_UNDECIDED);
      }),
    );
  const read = declareOptions(command, { own: SHOW });
  addExamples(
    command,
    'pipeline harbor show harbor.example.com/models/qwen:q4_k_m',
    'pipeline harbor show harbor.example.com/models/qwen:q4_k_m --policy production.policy.yaml',
  );
}

/** `harbor scan`. */
export function defineScan(harbor: Command, start: Start): void {
  const command = harbor
    .command('scan')
    .summary('start a vulnerability scan, or the making of an SBOM')
    .description('Starts a vulnerability scan of an image. Its result is in `harbor show` when it is there.')
    .argument('<ref>', REFERENCE)
    .action(async (reference: string) =>
      start(async (session) => {
        const { sbom, dryRun = false } = (await read(session.path)).own;
        const { place, artifact } = artifactOf(reference);
        const kind: ScanKind = sbom === true ? 'sbom' : 'vulnerability';
        if (!dryRun) await withHarbor(session, place, async (opened) => startScan(opened, artifact, kind));
        const text = `${kind} scan of ${reference} ${dryRun ? 'would be started' : 'started; pipeline harbor show tells its result'}`;
        session.output.result({ json: { ok: true, dryRun, kind, reference }, text });
      }),
    );
  const read = declareOptions(command, {
    own: {
      sbom: { kind: 'flag', help: 'make an SBOM instead' },
      dryRun: { kind: 'flag', help: 'say what would be scanned, and scan nothing' },
    },
  });
  addExamples(
    command,
    'pipeline harbor scan harbor.example.com/models/qwen-car:v1',
    'pipeline harbor scan harbor.example.com/models/qwen-car:v1 --sbom',
  );
}

/** `harbor immutable`, `harbor retention` and `harbor replication`. */
export function defineRules(harbor: Command, start: Start): void {
  const immutable = harbor
    .command('immutable')
    .summary('list rules that keep tags from being moved')
    .description('Lists the rules that keep tags of a project from being moved.')
    .argument('<host>', 'harbor.example.com')
    .argument('<project>', 'its name')
    .action(async (host: string, project: string) =>
      start(async (session) => session.output.result(await immutableResult(session, host, project))),
    );
  addExamples(immutable, 'pipeline harbor immutable harbor.example.com models');
  const retention = harbor
    .command('retention')
    .summary('show what the retention policy keeps')
    .description('Shows what the retention policy of a project keeps. What no rule keeps is deleted when it runs.')
    .argument('<host>', 'harbor.example.com')
    .argument('<project>', 'its name')
    .action(async (host: string, project: string) =>
      start(async (session) => session.output.result(await retentionResult(session, host, project))),
    );
  addExamples(retention, 'pipeline harbor retention harbor.example.com models');
  const replication = harbor
    .command('replication')
    .summary('list rules that copy to other registries')
    .description('Lists the rules that copy artifacts to other registries.')
    .argument('<host>', 'harbor.example.com')
    .action(async (host: string) =>
      start(async (session) => session.output.result(await replicationResult(session, host))),
    );
  addExamples(replication, 'pipeline harbor replication harbor.example.com');
}

async function immutableResult(session: Session, host: string, project: string): Promise<Result> {
  const rules = await withHarbor(session, { host, path: project }, async (harbor) =>
    listImmutableRules(harbor, project),
  );
  const lines = rules.map((rule) => `${selectionText(rule)}${rule.disabled ? ' (disabled)' : ''}`);
  return {
    json: { ok: true, rules },
    text: lines.length === 0 ? 'no tag is immutable' : safeText(lines.join('\n')),
    quiet: String(rules.length),
  };
}

async function retentionResult(session: Session, host: string, project: string): Promise<Result> {
  const policy = await withHarbor(session, { host, path: project }, async (harbor) =>
    getRetention(harbor, await getProject(harbor, project)),
  );
  if (policy === undefined)
    return { json: { ok: true, policy: null }, text: 'everything is kept: no policy', quiet: '' };
  const lines = policy.rules.map((rule) => `${retentionText(rule)}: ${selectionText(rule)}`);
  const head = policy.schedule === '' ? 'runs only when told to' : `runs at ${policy.schedule}`;
  return { json: { ok: true, policy }, text: safeText([head, ...lines].join('\n')), quiet: String(lines.length) };
}

async function replicationResult(session: Session, host: string): Promise<Result> {
  const policies = await withHarbor(session, { host }, async (harbor) => listReplication(harbor));
  const rows = policies.map(({ name, repositories, tags, registry, when, enabled }) =>
    [name, repositories, tags === '**' ? 'all tags' : tags, `to ${registry}`, enabled ? when : 'disabled'].map(
      safeLine,
    ),
  );
  return {
    json: { ok: true, policies },
    text: rows.length === 0 ? 'nothing is copied' : table(rows),
    quiet: String(rows.length),
  };
}
