import { Redactor } from '../core/index.js';

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
  const redactor = new Redactor();
  for (const secret of secrets) if (secret.length >= SHORTEST) redactor.add(secret);
  return (text) => redactor.redact(text);
}
