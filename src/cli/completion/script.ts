import { FISH_PLACES, HOSTS, LAYOUTS } from './places.js';
import type { CompletionFlag, CompletionNode } from './tree.js';

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

/** Both names of the program. */
const PROGRAMS = ['pipeline', 'slipway'];

/** A script in which everything stands but hosts and layouts, which are looked up in files: completing asks no server. */
export function completionScript(shell: Shell, nodes: readonly CompletionNode[]): string {
  switch (shell) {
    case 'bash':
      return bash(nodes);
    case 'zsh':
      return zsh(nodes);
    case 'fish':
      return fish(nodes);
    default:
      return powershell(nodes);
  }
}

const namesOf = (flags: readonly CompletionFlag[]): string[] => flags.map(({ name }) => name);
/** Flags with a list of values, by the path of their command; those of every command stand with the program. */
const valued = (node: CompletionNode, all: readonly CompletionNode[]): readonly CompletionFlag[] => {
  const globals = new Set(node.path === '' ? [] : namesOf(all[0]?.flags ?? []));
  return node.flags.filter(({ name, values }) => values.length > 0 && !globals.has(name));
};
/** Flags of every command that take a value: what stands behind them names no command. */
const globalValued = (all: readonly CompletionNode[]): string[] =>
  (all[0]?.flags ?? []).filter((flag) => flag.valued).map(({ name }) => name);

function bash(nodes: readonly CompletionNode[]): string {
  const paths = nodes.filter(({ path }) => path !== '').map(({ path }) => `"${path}"`);
  const values = nodes.flatMap((node) =>
    valued(node, nodes).map((flag) => {
      const where = node.path === '' ? `*":${flag.name}"` : `"${node.path}:${flag.name}"`;
      return `    ${where}) COMPREPLY=($(compgen -W "${flag.values.join(' ')}" -- "$word")); return ;;`;
    }),
  );
  const cases = nodes.map(({ path, flags, commands, words, places }) => {
    const plain = [...commands, ...words].join(' ');
    return `    "${path}") flags="${namesOf(flags).join(' ')}" words="${plain}"${places === 'none' ? '' : ` places=${places}`} ;;`;
  });
  return `${HOSTS}
${LAYOUTS}
_pipeline() {
  local places="" whole="" found=""
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" next="" flags="" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      ${globalValued(nodes).join('|')}|-C) ((i++)); continue ;;
      -*) continue ;;
    esac
    next="$path\${path:+ }\${COMP_WORDS[i]}"
    case "$next" in
      ${paths.join('|')}) path="$next" ;;
    esac
  done
  case "$path:$previous" in
${values.join('\n')}
  esac
  case "$path" in
${cases.join('\n')}
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$word")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$word"))
       if [ -z "$words" ] || [ \${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$word")); fi
       # A colon begins a new word for bash: places are matched with all that was typed, and offered from there on.
       whole="\${COMP_LINE:0:COMP_POINT}"
       whole="\${whole##* }"
       case "$places" in
         hosts) found="$(_pipeline_hosts)" ;;
         artifacts) found="$(_pipeline_hosts | sed 's#$#/#'; _pipeline_layouts)" ;;
       esac
       if [ -n "$found" ]; then
         found="$(compgen -W "$found" -- "$whole")"
         if [ -n "$found" ]; then
           for next in $found; do COMPREPLY+=("\${next#"\${whole%"$word"}"}"); done
           if [ "$places" = artifacts ]; then compopt -o nospace 2>/dev/null; fi
         fi
       fi ;;
  esac
}
complete -o filenames -F _pipeline ${PROGRAMS.join(' ')}`;
}

function zsh(nodes: readonly CompletionNode[]): string {
  const paths = nodes.filter(({ path }) => path !== '').map(({ path }) => `"${path}"`);
  const values = nodes.flatMap((node) =>
    valued(node, nodes).map((flag) => {
      const where = node.path === '' ? `*":${flag.name}"` : `"${node.path}:${flag.name}"`;
      return `    ${where}) compadd -- ${flag.values.join(' ')}; return ;;`;
    }),
  );
  const summaries = new Map(nodes.map(({ path, summary }) => [path, summary]));
  const cases = nodes.map(({ path, flags, commands, words, places }) => {
    const below = commands.map((name) => {
      const summary = summaries.get(`${path} ${name}`.trim()) ?? '';
      return single(`${name}:${summary.replaceAll(':', ' ')}`);
    });
    return `    "${path}") flags=(${namesOf(flags).join(' ')}) commands=(${below.join(' ')}) words_=(${words.join(' ')})${places === 'none' ? '' : ` places=${places}`} ;;`;
  });
  return `#compdef ${PROGRAMS.join(' ')}
${HOSTS}
${LAYOUTS}
_pipeline() {
  setopt localoptions nonomatch
  local places=""
  local -a flags commands words_
  local at="" next="" i
  for ((i = 2; i < CURRENT; i++)); do
    case "\${words[i]}" in
      ${globalValued(nodes).join('|')}|-C) ((i++)); continue ;;
      -*) continue ;;
    esac
    next="$at\${at:+ }\${words[i]}"
    case "$next" in
      ${paths.join('|')}) at="$next" ;;
    esac
  done
  case "$at:\${words[CURRENT-1]}" in
${values.join('\n')}
  esac
  case "$at" in
${cases.join('\n')}
  esac
  if [[ "$PREFIX" == -* ]]; then compadd -- $flags; return; fi
  if (( \${#commands} )); then _describe command commands; return; fi
  if (( \${#words_} )); then compadd -- $words_; fi
  case "$places" in
    hosts) compadd -- \${(f)"$(_pipeline_hosts)"} ;;
    artifacts) compadd -S '' -- \${(f)"$(_pipeline_hosts | sed 's#$#/#'; _pipeline_layouts)"} ;;
  esac
  _files
}
if [ "$funcstack[1]" = "_pipeline" ]; then _pipeline "$@"; else compdef _pipeline ${PROGRAMS.join(' ')}; fi`;
}

function fish(nodes: readonly CompletionNode[]): string {
  const globals = new Set(namesOf(nodes[0]?.flags ?? []));
  const lines = PROGRAMS.flatMap((program) => nodes.flatMap((node) => fishNode(program, node, nodes, globals)));
  return [FISH_PLACES, ...lines].join('\n');
}

function fishNode(
  program: string,
  node: CompletionNode,
  nodes: readonly CompletionNode[],
  globals: ReadonlySet<string>,
): string[] {
  const isTop = node.path === '';
  const seen = isTop ? [] : node.path.split(' ').map((name) => `__fish_seen_subcommand_from ${name}`);
  const here = isTop ? '' : ` -n ${single(seen.join('; and '))}`;
  const notBelow = node.commands.length === 0 ? [] : [`not __fish_seen_subcommand_from ${node.commands.join(' ')}`];
  const before = [...seen, ...notBelow].join('; and ');
  const own = isTop ? node.flags : node.flags.filter(({ name }) => !globals.has(name));
  return [
    ...own.map(({ name, values, valued: takes }) => {
      const after = values.length > 0 ? ` -x -a ${single(values.join(' '))}` : takes ? ' -r' : '';
      return `complete -c ${program}${here} -l ${name.slice(2)}${after}`;
    }),
    ...node.commands.map((name) => {
      const summary = nodes.find(({ path }) => path === `${node.path} ${name}`.trim())?.summary ?? '';
      return `complete -c ${program} -f -n ${single(before)} -a ${name} -d ${single(summary)}`;
    }),
    ...(node.words.length === 0 ? [] : [`complete -c ${program}${here} -a ${single(node.words.join(' '))}`]),
    ...(node.places === 'none' ? [] : [`complete -c ${program}${here} -a '(__pipeline_${node.places})'`]),
  ];
}

function powershell(nodes: readonly CompletionNode[]): string {
  const list = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(', ');
  const cases = nodes.map(
    ({ path, flags, commands, words }) => `    '${path}' = @(${list([...commands, ...words, ...namesOf(flags)])})`,
  );
  const values = nodes.flatMap((node) =>
    valued(node, nodes).map((flag) => `    '${node.path}:${flag.name}' = @(${list(flag.values)})`),
  );
  return `Register-ArgumentCompleter -Native -CommandName ${PROGRAMS.join(', ')} -ScriptBlock {
  param($word, $ast, $position)
  $words = @{
${cases.join('\n')}
  }
  $values = @{
${values.join('\n')}
  }
  $path = ''
  $previous = ''
  foreach ($element in ($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })) {
    if ($element -eq $word) { break }
    $next = "$path $element".Trim()
    if ($words.ContainsKey($next)) { $path = $next }
    $previous = $element
  }
  $found = $words[$path]
  foreach ($key in "\${path}:$previous", ":$previous") { if ($values.ContainsKey($key)) { $found = $values[$key]; break } }
  $found | Where-Object { $_ -like "$word*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}`;
}

function single(text: string): string {
  return `'${text.replaceAll("'", ' ')}'`;
}
