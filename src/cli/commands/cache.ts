import { join } from 'node:path';
import { countText, optionTable, SlipwayError } from '../../core/index.js';
import type { Command } from 'commander';
import { DiskStore, type StoredBlob } from '../../files/index.js';
import { openArchive, openLayout, parseReference, recognisedAddress, type LayoutTarget } from '../../registry/index.js';
import { formatBytes } from '../../run/index.js';
import type { Start } from '../program/command-module.js';
import { declareOptions } from '../options/declare-options.js';
import { addExamples } from '../program/help.js';
import type { Result } from '../screen/output.js';
import { table } from '../screen/text.js';
import type { Session } from '../session/session.js';

const PRUNE_OPTIONS = optionTable({
  olderThan: {
    kind: 'duration',
    value: 'age',
    help: 'only what was stored longer ago: 12h, 30d, 8w; everything unless given',
  },
  dryRun: { kind: 'flag', help: 'only say what would go' },
});

export function define(command: Command, start: Start): void {
  command.description('Lists, checks or removes what earlier runs kept: blobs by digest, and interrupted transfers.');
  command
    .command('ls')
    .description('lists the blobs with their sizes')
    .action(async () =>
      start(async (session) => {
        const store = new DiskStore(join(session.home, 'store'));
        session.output.result(listing(store.directory, await store.list()));
      }),
    );
  command
    .command('path')
    .description('prints the directory')
    .action(async () =>
      start(async (session) => {
        const path = join(session.home, 'store');
        session.output.result({ json: { path }, text: path });
      }),
    );
  command
    .command('verify')
    .description('reads everything that is kept again, or every tag of an OCI layout, and sets aside what has changed')
    .argument('[layout]', 'layout:./dir or oci-archive:f.tar; the store of earlier runs unless given')
    .action(async (place: string | undefined) =>
      start(async (session) =>
        session.output.result(await (place === undefined ? verifyStore(session) : verifyLayout(place, session))),
      ),
    );
  command
    .command('gc')
    .description('removes what no tag of an OCI layout leads to; not while something is being pushed to it')
    .argument('<layout>', 'layout:./dir or oci-archive:f.tar')
    .action(async (place: string) =>
      start(async (session) => {
        const { path, layout } = layoutOf(place, 'gc', session);
        const { blobs, bytes } = await layout.collectGarbage(session.signal);
        session.output.result({
          json: { ok: true, path, blobs, bytes },
          text: `removed ${blobs} blobs, ${formatBytes(bytes)}`,
          quiet: String(blobs),
        });
      }),
    );
  const prune = command
    .command('prune')
    .description('removes blobs, interrupted transfers and records that are old')
    .action(async () =>
      start(async (session) => {
        const { olderThan: olderThanMs = 0, dryRun = false } = (await read(session.path)).own;
        const store = new DiskStore(join(session.home, 'store'));
        const removed = await store.prune({ olderThanMs, dryRun });
        const bytes = removed.reduce((sum, { size }) => sum + size, 0);
        session.output.result({
          json: { ok: true, path: store.directory, dryRun, removed, bytes },
          text: `${dryRun ? 'would remove' : 'removed'} ${removed.length} files, ${formatBytes(bytes)}`,
          quiet: removed.map(({ name }) => name).join('\n'),
        });
      }),
    );
  const read = declareOptions(prune, { own: PRUNE_OPTIONS });
  addExamples(
    command,
    'pipeline cache ls',
    'pipeline cache prune --older-than 30d --dry-run',
    'pipeline cache verify',
    'pipeline cache gc layout:./models',
    'du -sh $(pipeline cache path)',
  );
}

/** A whole layout, as it is named for people and opened. Throws `USAGE`. */
function layoutOf(layoutPath: string, command: string, session: Session): { path: string; layout: LayoutTarget } {
  const reference = parseReference(recognisedAddress(layoutPath));
  if (reference.kind !== 'registry' && reference.tag === undefined && reference.digest === undefined) {
    if (reference.kind === 'archive')
      return { path: reference.file, layout: openArchive(session.path(reference.file)) };
    return { path: reference.directory, layout: openLayout(session.path(reference.directory)) };
  }
  throw new SlipwayError('USAGE', `'${layoutPath}' is no layout`, {
    try: [`pipeline cache ${command} layout:./models`, `pipeline cache ${command} oci-archive:./models.tar`],
  });
}

/** Throws `DIGEST_MISMATCH` when something has changed: a script must notice. */
async function verifyStore(session: Session): Promise<Result> {
  const store = new DiskStore(join(session.home, 'store'));
  const { blobs, bytes, damaged, records } = await store.verify(session.signal);
  if (damaged.length > 0) {
    throw new SlipwayError('DIGEST_MISMATCH', `${countText(damaged.length, 'stored blob')} changed on the disk`, {
      where: store.directory,
      got: `${damaged.length} of ${blobs} blobs are not what their names say`,
      problems: damaged.map(({ digest, setAside }) => ({ at: digest, text: `set aside as ${setAside}` })),
      kept: `${blobs - damaged.length} blobs that are right`,
      try: 'run the pipelines that use them again: they are fetched anew',
      context: { blobs, bytes, damaged: damaged.map(({ digest }) => digest), records },
    });
  }
  return verified(store.directory, { blobs, bytes, records });
}

async function verifyLayout(layoutPath: string, session: Session): Promise<Result> {
  const { path, layout } = layoutOf(layoutPath, 'verify', session);
  const { blobs, bytes, damaged } = await layout.verify(session.signal);
  if (damaged.length > 0) {
    throw new SlipwayError(
      'DIGEST_MISMATCH',
      `${countText(damaged.length, 'blob')} of the layout changed, or are gone`,
      {
        where: path,
        problems: damaged.map(({ digest, setAside }) => ({
          at: digest,
          text: setAside === undefined ? 'is not there' : `set aside as ${setAside}`,
        })),
        try: 'push the models again: what is right stays',
        context: { blobs, bytes, damaged: damaged.map(({ digest }) => digest) },
      },
    );
  }
  return verified(path, { blobs, bytes });
}

function verified(
  path: string,
  counts: { readonly blobs: number; readonly bytes: number; readonly records?: number },
): Result {
  const { blobs, bytes, records = 0 } = counts;
  const removed = records === 0 ? '' : `; ${countText(records, 'damaged record')} removed`;
  return {
    json: { ok: true, path, blobs, bytes, damaged: [], ...(counts.records !== undefined && { records }) },
    text: `${countText(blobs, 'blob')}, ${formatBytes(bytes)}: all as they were stored${removed}`,
    quiet: String(blobs),
  };
}

function listing(path: string, blobs: readonly StoredBlob[]): Result {
  const bytes = blobs.reduce((sum, { size }) => sum + size, 0);
  const rows = blobs.map(({ digest, size, modified }) => [digest, formatBytes(size), modified.toISOString()]);
  return {
    json: { path, bytes, blobs },
    text: blobs.length === 0 ? 'nothing is kept' : table([['DIGEST', 'SIZE', 'STORED'], ...rows], [1]),
    quiet: blobs.map(({ digest }) => digest).join('\n'),
  };
}
