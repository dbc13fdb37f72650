import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Validator, type Schema } from '@cfworker/json-schema';

const FOLDER = join(import.meta.dirname, '../fixtures/schemas');
interface SchemaFile {
  readonly definitions?: Readonly<Record<string, unknown>>;
  readonly kinds: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The schemas by `group/version/Kind`: see test/fixtures/schemas/README.md. */
export function kindSchemas(): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const kinds = new Map<string, Readonly<Record<string, unknown>>>();
  for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.json.gz') && !file.startsWith('compose'))) {
    const file = unpacked(name) as SchemaFile;
    const definitions = file.definitions === undefined ? {} : { definitions: file.definitions };
    for (const [kind, schema] of Object.entries(file.kinds)) kinds.set(kind, { ...schema, ...definitions });
  }
  return kinds;
}

const schemas = kindSchemas();
const validators = new Map<string, Validator>();

/** What is wrong with a resource by the real schema of its kind; a kind without a schema is wrong. */
export function resourceProblems(resource: unknown): readonly string[] {
  const { apiVersion, kind } = resource as { readonly apiVersion: string; readonly kind: string };
  const name = `${apiVersion}/${kind}`;
  const schema = schemas.get(name);
  return schema === undefined ? [`no schema for ${name}`] : problemsOf(name, schema, '7', resource);
}

/** The same for a Compose file. */
export function composeProblems(document: unknown): readonly string[] {
  return problemsOf('compose', unpacked('compose-spec.json.gz') as Schema, '2020-12', document);
}

function problemsOf(name: string, schema: Schema, draft: '7' | '2020-12', value: unknown): readonly string[] {
  const validator = validators.get(name) ?? new Validator(schema, draft, false);
  validators.set(name, validator);
  // As it would be sent: without what is undefined.
  const { errors } = validator.validate(JSON.parse(JSON.stringify(value)));
  return errors.map(({ instanceLocation, error }) => `${name}${instanceLocation} ${error}`);
}

function unpacked(name: string): unknown {
  return JSON.parse(gunzipSync(readFileSync(join(FOLDER, name))).toString('utf8'));
}
