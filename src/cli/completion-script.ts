export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

/** What can be completed. */
export interface CompletionTree {
  readonly globals: readonly string[];
  readonly commands: readonly { readonly name: string; readonly summary: string; readonly flags: readonly string[] }[];
}

/** Both names of the program. */
const PROGRAMS = ['pipeline', 'slipway'];

/** A script in which everything stands: completing starts no process. */
export function completionScript(shell: Shell, tree: CompletionTree): string {
  switch (shell) {
    case 'bash':
      return bash(tree);
    case 'zsh':
      return zsh(tree);
    case 'fish':
      return fish(tree);
    default:
      return powershell(tree);
  }
}

function bash({ globals, commands }: CompletionTree): string {
  const cases = commands.map(({ name, flags }) => `    ${name}) words="${[...flags, ...globals].join(' ')}" ;;`);
  return `_pipeline() {
  local word="\${COMP_WORDS[COMP_CWORD]}" command="" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in -*) ;; *) command="\${COMP_WORDS[i]}"; break ;; esac
  done
  case "$command" in
    "") words="${[...commands.map(({ name }) => name), ...globals].join(' ')}" ;;
${cases.join('\n')}
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
    *) if [ -z "$command" ]; then COMPREPLY=($(compgen -W "$words" -- "$word")); else COMPREPLY=($(compgen -f -- "$word")); fi ;;
  esac
}
complete -o filenames -F _pipeline ${PROGRAMS.join(' ')}`;
}

function zsh({ globals, commands }: CompletionTree): string {
  const list = commands.map(({ name, summary }) => `    ${single(`${name}:${summary.replaceAll(':', ' ')}`)}`);
  const cases = commands.map(({ name, flags }) => `    ${name}) compadd -- ${[...flags, ...globals].join(' ')} ;;`);
  return `#compdef ${PROGRAMS.join(' ')}
_pipeline() {
  local -a commands
  commands=(
${list.join('\n')}
  )
  if (( CURRENT == 2 )) && [[ "$PREFIX" != -* ]]; then
    _describe command commands
    return
  fi
  if [[ "$PREFIX" != -* ]]; then
    _files
    return
  fi
  case "\${words[2]}" in
${cases.join('\n')}
    *) compadd -- ${globals.join(' ')} ;;
  esac
}
if [ "$funcstack[1]" = "_pipeline" ]; then _pipeline "$@"; else compdef _pipeline ${PROGRAMS.join(' ')}; fi`;
}

function fish({ globals, commands }: CompletionTree): string {
  const lines = PROGRAMS.flatMap((program) => [
    ...globals.map((flag) => `complete -c ${program} -l ${flag.slice(2)}`),
    ...commands.map(
      ({ name, summary }) => `complete -c ${program} -f -n __fish_use_subcommand -a ${name} -d ${single(summary)}`,
    ),
    ...commands.flatMap(({ name, flags }) =>
      flags.map((flag) => `complete -c ${program} -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}`),
    ),
  ]);
  return lines.join('\n');
}

function powershell({ globals, commands }: CompletionTree): string {
  const list = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(', ');
  const cases = commands.map(({ name, flags }) => `    '${name}' { @(${list([...flags, ...globals])}) }`);
  return `Register-ArgumentCompleter -Native -CommandName ${PROGRAMS.join(', ')} -ScriptBlock {
  param($word, $ast, $position)
  $command = $ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" } | Where-Object { $_ -notlike '-*' -and $_ -ne $word } | Select-Object -First 1
  $words = switch ($command) {
${cases.join('\n')}
    default { @(${list([...commands.map(({ name }) => name), ...globals])}) }
  }
  $words | Where-Object { $_ -like "$word*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}`;
}

function single(text: string): string {
  return `'${text.replaceAll("'", ' ')}'`;
}
