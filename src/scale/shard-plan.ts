import { isDigest, SlipwayError, type Digest } from '../core/index.js';
import { isJsonObject, jsonField, parseJson, sha256, type JsonObject, type JsonValue } from '../files/index.js';

/** A blob that a part derives and pushes. */
export interface ShardFile {
  readonly path: string;
  /** Packaging format and variant of the first artifact that has it as a layer. */
  readonly format: string;
  readonly variant: string | null;
  readonly size: number;
  /** Which part derives it, from 0. */
  readonly part: number;
}

/** How one model is derived by many machines: the same configuration and source give the same plan. */
export interface ShardPlan {
  readonly version: 1;
  /** Program that made it; parts of another version might give other bytes. */
  readonly tool: string;
  /** The configuration's bytes; its path is where it was, and no part of the digest. */
  readonly config: { readonly path: string; readonly digest: Digest };
  /** What the model is made from and how; `null` when a stage of one's own cannot say it. */
  readonly fingerprint: string | null;
  /** `host/repository` or `layout:directory`. */
  readonly target: string;
  readonly parts: number;
  readonly files: readonly ShardFile[];
  /** Tags by artifact, in the order of the artifacts. */
  readonly tags: readonly (readonly string[])[];
  readonly reading: {
    /** Bytes of the source's weights. */
    readonly model: number;
    /** What all parts read together, by the plan. */
    readonly parts: number;
  };
  /** sha256 over everything above but `config.path`. */
  readonly digest: Digest;
}

/** The plan with its digest. */
export function sealPlan(plan: Omit<ShardPlan, 'digest'>): ShardPlan {
  return { ...plan, digest: digestOfPlan(plan) };
}

function digestOfPlan(plan: Omit<ShardPlan, 'digest'>): Digest {
  const { version, tool, config, fingerprint, target, parts, files, tags, reading } = plan;
  const named = files.map(({ path, format, variant, size, part }) => [path, format, variant, size, part]);
  const text = [version, tool, config.digest, fingerprint, target, parts, named, tags, reading.model, reading.parts];
  return sha256(JSON.stringify(text));
}

/** Reads a plan and checks that it is whole. Throws `SHARD_PLAN_INVALID`. */
export function parsePlan(text: string, name: string): ShardPlan {
  const value = parseJson(text, name);
  if (!isJsonObject(value) || jsonField(value, 'version') !== 1 || !isPlan(value))
    throw invalid(name, 'not a plan of shards');
  const plan = value as unknown as ShardPlan;
  const digest = digestOfPlan(plan);
  if (digest === plan.digest) return plan;
  throw invalid(name, `its digest is ${plan.digest}, and what it says has ${digest}`);
}

function isPlan(value: JsonObject): boolean {
  const config = jsonField(value, 'config') ?? null;
  const reading = jsonField(value, 'reading') ?? null;
  const files = jsonField(value, 'files');
  const tags = jsonField(value, 'tags');
  return (
    isJsonObject(config) &&
    typeof jsonField(config, 'path') === 'string' &&
    isDigest(jsonField(config, 'digest')) &&
    isJsonObject(reading) &&
    isCount(jsonField(reading, 'model')) &&
    isCount(jsonField(reading, 'parts')) &&
    isCount(jsonField(value, 'parts')) &&
    typeof jsonField(value, 'target') === 'string' &&
    typeof jsonField(value, 'tool') === 'string' &&
    isDigest(jsonField(value, 'digest')) &&
    Array.isArray(files) &&
    (files as readonly JsonValue[]).every(isFile) &&
    Array.isArray(tags)
  );
}

function isFile(value: JsonValue): boolean {
  return (
    isJsonObject(value) &&
    typeof jsonField(value, 'path') === 'string' &&
    typeof jsonField(value, 'format') === 'string' &&
    isCount(jsonField(value, 'size')) &&
    isCount(jsonField(value, 'part'))
  );
}

function isCount(value: JsonValue | undefined): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function invalid(name: string, got: string): SlipwayError {
  return new SlipwayError('SHARD_PLAN_INVALID', `'${name}' cannot be used as a plan`, {
    where: name,
    got,
    try: 'pipeline shard plan CONFIG --parts N -o plan.json',
  });
}

/** Refuses a plan that is not the one that this machine would make. Throws `SHARD_PLAN_CHANGED`. */
export function requireSamePlan(plan: ShardPlan, made: ShardPlan): void {
  if (plan.digest === made.digest) return;
  const differences = [
    ...(plan.tool === made.tool ? [] : [`made by ${plan.tool}, this is ${made.tool}`]),
    ...(plan.config.digest === made.config.digest ? [] : ['the configuration is another']),
    ...(plan.target === made.target ? [] : [`the target is ${made.target}, not ${plan.target}`]),
    ...(plan.fingerprint === made.fingerprint ? [] : ['the source, its revision or an option is another']),
  ];
  throw new SlipwayError('SHARD_PLAN_CHANGED', 'the plan is not the one that this configuration gives here', {
    where: plan.config.path,
    got: differences.length === 0 ? 'other files' : differences.join('; '),
    kept: 'what other parts have pushed',
    try: [
      'the configuration that the plan was made of',
      'pipeline shard plan CONFIG --parts N   (a new plan, for all parts)',
    ],
    context: { plan: plan.digest, made: made.digest },
  });
}
