import type { Command } from 'commander';
import { SlipwayError, type Digest, type RunContext } from '../../core/index.js';
import { deleteTag, splitRepository } from '../../harbor/index.js';
import type { OpenedTarget } from '../../registry/index.js';
import { harborBehind, openHarborBehind } from '../../stages/index.js';
import { withRepository } from '../lifecycle/with-repository.js';
import { declareOptions } from '../options/declare-options.js';
import { addExamples } from '../program/help.js';
import type { Start } from '../program/command-module.js';
import { safeLine } from '../screen/text.js';
import { DRY_RUN } from '../session/perform-stage.js';

export function define(command: Command, start: Start): void {
  command
    .description('Removes one tag. The artifact stays, under its other tags and its digest.')
    .argument('<ref>', 'host/repository:tag, layout:./dir:tag or oci-archive:f.tar:tag')
    .action(async (ref: string) =>
      start(async (session) => {
        const { dryRun = false } = (await read(session.path)).dry;
        const removed = await withRepository(session, 'untag', ref, async ({ target, tag, digest }, context) => {
          const { signal } = context;
          if (tag === undefined || digest !== undefined) {
            throw new SlipwayError('USAGE', `'${ref}' names no tag`, {
              try: [`pipeline untag ${target.name}:TAG`, `pipeline ls ${target.name}`],
            });
          }
          const { digest: present } = await target.resolve(tag, signal);
          if (!dryRun) await untag(target, { tag, digest: present }, context);
          return { reference: `${target.name}:${tag}`, digest: present };
        });
        const { reference, digest } = removed;
        session.output.result({
          json: { ok: true, dryRun, untagged: removed },
          text: safeLine(`${dryRun ? 'would untag' : 'untagged'} ${reference}   ${digest}`),
          quiet: safeLine(digest),
        });
      }),
    );
  const read = declareOptions(command, { dry: DRY_RUN });
  addExamples(
    command,
    'pipeline untag harbor.example.com/models/qwen:old',
    'pipeline untag layout:./models:old --dry-run',
  );
}

/** A tag, and what it points at. */
interface Pointer {
  readonly tag: string;
  readonly digest: Digest;
}

async function untag(target: OpenedTarget['target'], pointer: Pointer, context: RunContext): Promise<void> {
  try {
    await target.deleteManifest(pointer.tag, context.signal);
  } catch (error) {
    const status = SlipwayError.is(error) ? error.details.context?.['status'] : undefined;
    if (!SlipwayError.is(error) || (status !== 400 && status !== 405)) throw error;
    if (await untagInHarbor(target, pointer, context)) return;
    const stays = `this registry removes no single tag: '${target.name}:${pointer.tag}' stays`;
    throw new SlipwayError('OCI_PROTOCOL', stays, {
      ...error.details,
      try: [
        `pipeline rm ${target.name}:${pointer.tag} --dry-run   (deletes the artifact with all its tags)`,
        'or let the tag point at something else: pipeline tag',
      ],
      cause: error.cause,
    });
  }
}

/** Harbor removes a tag over its own API alone. False for what is no Harbor. */
async function untagInHarbor(
  target: OpenedTarget['target'],
  { tag, digest }: Pointer,
  context: RunContext,
): Promise<boolean> {
  if (target.host === undefined || (await harborBehind(target, context)) === undefined) return false;
  const harbor = await openHarborBehind(target, context);
  if (harbor === undefined) return false;
  await deleteTag(harbor, { ...splitRepository(target.repository), reference: digest }, tag);
  return true;
}
