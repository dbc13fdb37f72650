import { join } from 'node:path';
import { optionTable, SlipwayError } from '../../core/index.js';
import type { Command } from 'commander';
import { DiskStore, type StoredBlob } from '../../files/index.js';
import { openLayout, parseReference } from '../../registry/index.js';
import { formatBytes } from '../../run/index.js';
import type { Start } from '../program/command-module.js';
import { declareOptions } from '../options/declare-options.js';
import { addExamples } from '../program/help.js';
import type { Result } from '../screen/output.js';
import { table } from '../screen/text.js';

const PRUNE_OPTIONS = optionTable({
  olderThan: {
    kind: 'duration',
    value: 'age',
    help: 'only what was stored longer ago: 12h, 30d, 8w; everything unless given',
  },
  dryRun: { kind: 'flag', help: 'only say what would go' },
});

export function define(command: Command, start: Start): void {
  command.description('Lists or removes what earlier runs kept: blobs by digest, and interrupted transfers.');
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
    .command('gc')
    .description('removes what no tag of an OCI layout leads to; not while something is being pushed to it')
    .argument('<layout>', 'layout:./dir')
    .action(async (given: string) =>
      start(async (session) => {
        const reference = parseReference(given);
        if (reference.kind !== 'layout' || reference.tag !== undefined || reference.digest !== undefined) {
          throw new SlipwayError('USAGE', `'${given}' is no layout directory`, {
            try: 'pipeline cache gc layout:./models',
          });
        }
        const { blobs, bytes } = await openLayout(session.path(reference.directory)).collectGarbage(session.signal);
        session.output.result({
          json: { ok: true, path: reference.directory, blobs, bytes },
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
    'pipeline cache gc layout:./models',
    'du -sh $(pipeline cache path)',
  );
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
