import { Argument, type Command } from 'commander';
import type { Start } from '../program/command-module.js';
import { completionTree } from '../completion/tree.js';
import { completionScript, SHELLS, type Shell } from '../completion/script.js';
import { addExamples } from '../program/help.js';

export function define(command: Command, start: Start, whole: () => Promise<Command>): void {
  command
    .description(
      'Prints a script that completes commands, flags, quantizations, formats, layouts and the hosts that you have logged in to.\nCompleting starts no Node and asks no server.',
    )
    .addArgument(new Argument('<shell>', 'bash, zsh, fish or powershell').choices(SHELLS))
    .action(async (shell: Shell) =>
      start(async (session) => {
        const script = completionScript(shell, completionTree(await whole()));
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
