import type { Command } from 'commander';
import { SlipwayError } from '../../core/index.js';
import { conversionMap, type ConversionMap } from '../../convert/index.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { table } from '../screen/text.js';

export function define(command: Command, start: Start): void {
  command
    .description(
      'Lists what can be converted: the name in config.json, and what it is called in a GGUF.\nLanguage models, projectors (--mmproj) and models whose LoRA adapters can be converted (--base).',
    )
    .argument('[name]', 'a part of the name')
    .action(async (part: string | undefined) =>
      start(async (session) => {
        const map = part === undefined ? conversionMap() : matching(conversionMap(), part);
        session.output.result({
          json: map,
          text: printed(map),
          quiet: [...new Set([...map.text, ...map.projectors].map(({ name }) => name))].join('\n'),
        });
      }),
    );
  addExamples(command, 'pipeline archs', 'pipeline archs gemma', 'pipeline archs --json');
}

/** What has `part` in its name, whatever the case. Throws `USAGE` when nothing has. */
function matching(map: ConversionMap, part: string): ConversionMap {
  const wanted = part.toLowerCase();
  const has = ({ name, gguf = '' }: { readonly name: string; readonly gguf?: string }): boolean =>
    name.toLowerCase().includes(wanted) || gguf.toLowerCase().includes(wanted);
  const found = {
    text: map.text.filter(has),
    projectors: map.projectors.filter(({ name }) => has({ name })),
    adapters: map.adapters.filter(has),
    refused: map.refused.filter(has),
  };
  if (Object.values(found).some((list) => list.length > 0)) return found;
  throw new SlipwayError('USAGE', `no architecture has '${part.slice(0, 100)}' in its name`, {
    try: 'pipeline archs   (all of them)',
  });
}

function printed({ text, projectors, adapters, refused }: ConversionMap): string {
  const lists = [
    [`Language models (${text.length})`, text],
    [`Projectors, --mmproj (${projectors.length})`, projectors],
    [`LoRA adapters on, --base (${adapters.length})`, adapters],
  ] as const;
  const parts = lists
    .filter(([, names]) => names.length > 0)
    .map(
      ([title, names]) =>
        `${title}\n${table([['CONFIG.JSON', 'GGUF'], ...names.map(({ name, gguf }) => [name, gguf])])}`,
    );
  if (refused.length > 0) {
    const rows = refused.map(({ name, reason }) => [name, reason]);
    parts.push(`Refused (${refused.length})\n${table([['CONFIG.JSON', 'WHY'], ...rows])}`);
  }
  return parts.join('\n\n');
}
