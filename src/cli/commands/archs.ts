import type { Command } from 'commander';
import { supportedArchitectures } from '../../convert/index.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { table } from '../screen/text.js';

export function define(command: Command, start: Start): void {
  command
    .description('Lists architectures that can be converted: the name in config.json, and what it is called in a GGUF.')
    .action(async () =>
      start(async (session) => {
        const rows = supportedArchitectures();
        session.output.result({
          json: rows,
          text: table([['CONFIG.JSON', 'GGUF'], ...rows.map(({ name, gguf }) => [name, gguf])]),
          quiet: rows.map(({ name }) => name).join('\n'),
        });
      }),
    );
  addExamples(command, 'pipeline archs', 'pipeline archs --json');
}
