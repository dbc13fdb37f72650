import { PROJECT_ADDRESS, type Digest } from '../../core/index.js';
import { isJsonObject, jsonField, type JsonObject, type JsonValue } from '../../files/index.js';

/** The recipe that `docs/build-type.md` describes: what the parameters mean and how to run it again. */
export const BUILD_TYPE = `${PROJECT_ADDRESS}/build-types/model/v1`;
/** Builder of a run on a machine of the user's own. What it is worth is the verifier's to decide, from who signed. */
export const LOCAL_BUILDER = `${PROJECT_ADDRESS}/builders/local`;

/** Builder of a run that signs with a certificate: who that was is the certificate's to say, and what the run is worth follows from it. */
export const CERTIFIED_BUILDER = `${PROJECT_ADDRESS}/builders/certified`;

/** External parameters of the build type: no others are expected. */
export const EXTERNAL_PARAMETERS: readonly string[] = [
  'source',
  'revision',
  'files',
  'convert',
  'quantize',
  'pack',
  'variant',
];

/** Something that went into a build (in-toto ResourceDescriptor). */
export interface Dependency {
  readonly name?: string;
  readonly uri?: string;
  readonly digest?: Readonly<Record<string, string>>;
  readonly annotations?: JsonObject;
}

/** What is said about how an artifact was made. */
export interface BuildFacts {
  /** What the user chose, as he chose it. */
  readonly externalParameters: JsonObject;
  /** What ran it: versions, kernels. */
  readonly internalParameters: JsonObject;
  readonly dependencies: readonly Dependency[];
  readonly startedOn?: Date;
  readonly finishedOn?: Date;
  /** {@link LOCAL_BUILDER} unless given. */
  readonly builder?: string;
  /** What has encoded weights. As the times, it is the machine's: the same bytes come of every engine. */
  readonly engines?: readonly string[];
}

/** Predicate of SLSA Provenance v1 (slsa.dev/spec/v1.2/build-provenance). Names no level: that is for the verifier. */
export function slsaPredicate({
  externalParameters,
  internalParameters,
  dependencies,
  builder = LOCAL_BUILDER,
  ...times
}: BuildFacts): JsonObject {
  const { startedOn, finishedOn, engines = [] } = times;
  const metadata = {
    ...(engines.length > 0 && { slipway_kernels: engines.join(', ') }),
    ...(startedOn !== undefined && { startedOn: seconds(startedOn) }),
    ...(finishedOn !== undefined && { finishedOn: seconds(finishedOn) }),
  };
  return {
    buildDefinition: {
      buildType: BUILD_TYPE,
      externalParameters,
      internalParameters,
      resolvedDependencies: dependencies as unknown as JsonValue,
    },
    runDetails: {
      builder: { id: builder },
      ...(Object.keys(metadata).length > 0 && { metadata }),
    },
  };
}

/** The same provenance, apart from when and with which engine. */
export function withoutTimes(predicate: JsonValue): JsonValue {
  const run = fieldOf(predicate, 'runDetails');
  if (!isJsonObject(predicate) || !isJsonObject(run)) return predicate;
  const { metadata: _times, ...rest } = run;
  return { ...predicate, runDetails: rest };
}

/** What a provenance statement says, read for checks; whatever is missing or of another type is `undefined`. */
export interface ReadProvenance {
  readonly buildType?: string;
  readonly builder?: string;
  readonly externalParameters: JsonObject;
  readonly internalParameters: JsonObject;
  readonly dependencies: readonly Dependency[];
  readonly finishedOn?: Date;
}

export function readProvenance(predicate: JsonValue): ReadProvenance {
  const definition = fieldOf(predicate, 'buildDefinition');
  const run = fieldOf(predicate, 'runDetails');
  const buildType = fieldOf(definition, 'buildType');
  const builder = fieldOf(fieldOf(run, 'builder'), 'id');
  const finished = fieldOf(fieldOf(run, 'metadata'), 'finishedOn');
  const time = typeof finished === 'string' ? Date.parse(finished) : Number.NaN;
  const list = fieldOf(definition, 'resolvedDependencies');
  return {
    ...(typeof buildType === 'string' && { buildType }),
    ...(typeof builder === 'string' && { builder }),
    ...(!Number.isNaN(time) && { finishedOn: new Date(time) }),
    externalParameters: objectOf(fieldOf(definition, 'externalParameters')),
    internalParameters: objectOf(fieldOf(definition, 'internalParameters')),
    dependencies: (Array.isArray(list) ? list : []).flatMap((one: JsonValue) => dependencyOf(one)),
  };
}

function dependencyOf(value: JsonValue): Dependency[] {
  if (!isJsonObject(value)) return [];
  const [name, uri] = ['name', 'uri'].map((key) => jsonField(value, key));
  const annotations = jsonField(value, 'annotations');
  const digest = Object.entries(objectOf(jsonField(value, 'digest'))).filter(([, hex]) => typeof hex === 'string');
  return [
    {
      ...(typeof name === 'string' && { name }),
      ...(typeof uri === 'string' && { uri }),
      ...(digest.length > 0 && { digest: Object.fromEntries(digest as [string, string][]) }),
      ...(isJsonObject(annotations) && { annotations }),
    },
  ];
}

/** What a dependency is annotated with when its own signature over its files was verified before it was read. */
export const SOURCE_SIGNATURE = 'modelSignature';

/** Who signed the source, as its provenance says; `undefined` when that was not asked, or when it brought no signature. */
export function sourceSignerOf({ dependencies }: ReadProvenance): string | undefined {
  const found = dependencies.map(({ annotations }) => fieldOf(annotations, SOURCE_SIGNATURE)).find(isJsonObject);
  const identity = fieldOf(found, 'identity');
  return typeof identity === 'string' ? identity : undefined;
}

/** The commit that the source was at: the digest `gitCommit` of a dependency. */
export function commitOf({ dependencies }: ReadProvenance): string | undefined {
  const commit = dependencies.map(({ digest }) => digest?.['gitCommit']).find((hex) => hex !== undefined);
  return commit !== undefined && /^[0-9a-f]{40}$/.test(commit) ? commit : undefined;
}

/** A digest in the form of a dependency. */
export function sha256Set(digest: Digest): { readonly sha256: string } {
  return { sha256: digest.slice('sha256:'.length) };
}

function fieldOf(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return isJsonObject(value) ? jsonField(value, key) : undefined;
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function seconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
