/** Shorter values would blank out ordinary words. */
const SHORTEST = 5;

/** Variables that hold secrets whatever the configuration says. */
const SECRET_VARIABLES = /^(HF_TOKEN|HUGGING_FACE_HUB_TOKEN|PIPELINE_REGISTRY_\w+_(PASSWORD|TOKEN))$/;

/** Values of the environment that must never be printed or recorded: the usual tokens, and those the configuration names. */
export function secretsOf(env: Readonly<Record<string, string | undefined>>, names: readonly string[] = []): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && (SECRET_VARIABLES.test(name) || names.includes(name)) ? [value] : [],
  );
}

/** Replaces known secrets by `***`. Nothing is guessed by its shape: only values that were given are looked for. */
export function createRedactor(secrets: Iterable<string>): (text: string) => string {
  const values = [...new Set(secrets)].filter((value) => value.length >= SHORTEST).sort((a, b) => b.length - a.length);
  if (values.length === 0) return (text) => text;
  // Secrets also occur encoded: in a JSON line, and in the query of an address.
  const forms = new Set(
    values.flatMap((value) => [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]),
  );
  return (text) => {
    let result = text;
    for (const form of forms) result = result.replaceAll(form, '***');
    return result;
  };
}
