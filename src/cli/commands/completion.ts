import { Argument, type Command } from 'commander';
import { COMMANDS } from '../command-list.js';
import type { Start } from '../command-module.js';
import { completionScript, SHELLS, type CompletionTree, type Shell } from '../completion-script.js';
import { addExamples } from '../help.js';
import { buildProgram } from '../program.js';

export function define(command: Command, start: Start): void {
  command
    .description('Prints a script that completes commands and flags. It runs nothing and asks nobody.')
    .addArgument(new Argument('<shell>', 'bash, zsh, fish or powershell').choices(SHELLS))
    .action(async (shell: Shell) =>
      start(async (session) => {
        const script = completionScript(shell, await completionTree());
        session.output.result({ json: { shell, script }, text: script });
      }),
    );
  addExamples(
    command,
    'pipeline completion bash > ~/.local/share/bash-completion/completions/pipeline',
    'pipeline completion zsh > "${fpath[1]}/_pipeline"',
    'pipeline completion fish > ~/.config/fish/completions/pipeline.fish',
  );
}

/** Every command with its flags, from the command tree itself. */
export async function completionTree(): Promise<CompletionTree> {
  const names = COMMANDS.map((entry) => entry.name);
  const program = await buildProgram(names, () => async () => {}, { writeOut: () => {} });
  const flags = (of: Command): string[] =>
    of.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long]));
  return {
    globals: [...flags(program), '--help'],
    commands: program.commands
      .filter((inner) => names.includes(inner.name()))
      .map((inner) => ({ name: inner.name(), summary: inner.summary(), flags: flags(inner) })),
  };
}
