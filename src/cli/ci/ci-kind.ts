/** The kind of CI in which a command runs, as far as it makes a difference for what is printed. */
export type CiKind = 'github' | 'gitlab' | undefined;

/** Flags win over what the runner's variables say. */
export function ciKind(
  flags: { readonly github?: boolean | undefined; readonly gitlab?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>>,
): CiKind {
  if (flags.github === true) return 'github';
  if (flags.gitlab === true) return 'gitlab';
  if (env['GITHUB_ACTIONS'] === 'true' && flags.github !== false) return 'github';
  return env['GITLAB_CI'] === 'true' && flags.gitlab !== false ? 'gitlab' : undefined;
}

/** The same for a command line that could not be parsed: its words are looked for by hand. */
export function ciKindOf(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): CiKind {
  const flag = (name: string): boolean | undefined =>
    argv.includes(`--no-${name}`) ? false : argv.includes(`--${name}`) ? true : undefined;
  return ciKind({ github: flag('github'), gitlab: flag('gitlab') }, env);
}
