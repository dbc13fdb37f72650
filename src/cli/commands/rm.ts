import type { Command } from 'commander';
import { optionTable } from '../../core/index.js';
import { wantedReference } from '../../registry/index.js';
import { formatBytes } from '../../run/index.js';
import { allReferrers, deleteQuietly } from '../lifecycle/tagged.js';
import { withRepository } from '../lifecycle/with-repository.js';
import { declareOptions } from '../options/declare-options.js';
import { addExamples } from '../program/help.js';
import type { Start } from '../program/command-module.js';
import { safeLine } from '../screen/text.js';
import { confirm } from '../setup/prompt.js';
import { DRY_RUN } from '../session/perform-stage.js';

const OWN = optionTable({
  referrers: { kind: 'flag', off: true, help: 'leave what refers to it: signatures, attestations' },
});

export function define(command: Command, start: Start): void {
  command
    .description(
      'Deletes an artifact: its manifest with every tag of it, and what refers to it. Blobs go with the garbage collection\nof the registry; in a layout they go at once.',
    )
    .argument('<ref>', 'host/repository:tag, …@sha256:…, layout:./dir:tag or oci-archive:f.tar:tag')
    .action(async (ref: string) =>
      start(async (session) => {
        const { own, dry } = await read(session.path);
        const { dryRun = false } = dry;
        const { referrers = true } = own;
        const removed = await withRepository(session, 'rm', ref, async (opened, { signal }) => {
          const { target } = opened;
          const found = await target.resolve(await wantedReference(opened, signal), signal);
          const attached = referrers ? await allReferrers(target, found.digest, signal) : [];
          const tags: string[] = [];
          for (const one of await target.tags(signal).catch(() => [])) {
            const present = await target.resolve(one, signal).catch(() => undefined);
            if (present?.digest === found.digest) tags.push(one);
          }
          const result = {
            name: target.name,
            digest: found.digest,
            tags,
            referrers: attached.map((one) => one.digest),
          };
          if (dryRun) return { ...result, freed: undefined };
          const more = attached.length === 0 ? '' : ` and ${attached.length} that refer to it`;
          await confirm(session, `Delete ${safeLine(`${target.name}@${found.digest}`)}${more}?`);
          // The artifact first: one that a rule keeps (an immutable tag) keeps its signatures, too.
          await target.deleteManifest(found.digest, signal);
          for (const one of attached) await deleteQuietly(target, one.digest, signal);
          // Registries without the referrers API keep the list of them under a tag of its own.
          if (attached.length > 0 && 'host' in target)
            await deleteQuietly(target, found.digest.replace(':', '-'), signal).catch(() => {});
          return {
            ...result,
            freed: 'collectGarbage' in target ? (await target.collectGarbage(signal)).bytes : undefined,
          };
        });
        const verb = dryRun ? 'would delete' : 'deleted';
        session.output.result({
          json: { ok: true, dryRun, ...removed, freed: removed.freed ?? null },
          text: [
            `${verb} ${removed.name}@${removed.digest}${removed.tags.length === 0 ? '' : `, tags ${removed.tags.join(', ')}`}`,
            ...removed.referrers.map((one) => `${verb} ${removed.name}@${one}, which refers to it`),
            ...(removed.freed === undefined ? [] : [`freed ${formatBytes(removed.freed)}`]),
          ]
            .map(safeLine)
            .join('\n'),
          quiet: safeLine(removed.digest),
        });
        if (!dryRun && removed.freed === undefined) {
          session.note(
            'its blobs stay until the registry collects garbage: Harbor does on its schedule, distribution with `registry garbage-collect CONFIG`',
          );
        }
      }),
    );
  const read = declareOptions(command, { own: OWN, dry: DRY_RUN });
  addExamples(
    command,
    'pipeline rm harbor.example.com/models/qwen:old --dry-run',
    'pipeline rm layout:./models:old',
    'pipeline rm harbor.example.com/models/qwen@sha256:… --no-referrers',
  );
}
