import { jsonField, isJsonObject, type JsonObject, type JsonValue } from '../../files/index.js';
import { BUILD_TYPE, type ReadProvenance } from '../provenance/slsa.js';
import { fail, pass, skip, type Check } from './verification-report.js';

/** What the header of weights (GGUF) says of them, as far as provenance says it, too. */
export interface WeightsSaid {
  readonly architecture?: string | undefined;
  /** Name of `general.file_type`: `Q4_K_M`. */
  readonly fileType?: string | undefined;
  /** `general.quantization_version`. */
  readonly quantizationVersion?: number | undefined;
  readonly tensors: number;
  /** SHA-256 of the chat template, lower-case hex. */
  readonly chatTemplateSha256?: string | undefined;
}

/** What an artifact says of its weights: in their header, and in its config. */
export interface SaidOfWeights {
  readonly said?: WeightsSaid | undefined;
  /** File type that the artifact's config names, where it is one that a GGUF can say. */
  readonly declaredType?: string | undefined;
}

/** What is said of weights, as provenance has it among its internal parameters. */
export function weightsParameters({ architecture, fileType, quantizationVersion, ...rest }: WeightsSaid): JsonObject {
  const { tensors, chatTemplateSha256 } = rest;
  const all = { architecture, fileType, quantizationVersion, tensors, chatTemplateSha256 };
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])),
  );
}

/**
 * Whether provenance and artifact say the same of the weights: that they are what the provenance is about follows from the digests, that
 * neither of them calls them something else follows from this.
 */
export function agreementChecks(provenance: ReadProvenance, artifact: SaidOfWeights): readonly Check[] {
  // Another build type means other things by the same words.
  if (provenance.buildType !== BUILD_TYPE) return [];
  const { said } = artifact;
  if (said === undefined) return [skip('weights', 'it has no GGUF whose header could be compared with its provenance')];
  const named = jsonField(provenance.internalParameters, 'weights');
  const attested = isJsonObject(named) ? named : {};
  return [
    fileTypeCheck(jsonField(attested, 'fileType'), artifact),
    equal('template', jsonField(attested, 'chatTemplateSha256'), said.chatTemplateSha256, 'chat template'),
    headerCheck(attested, said),
  ];
}

function fileTypeCheck(attested: JsonValue | undefined, { said, declaredType }: SaidOfWeights): Check {
  const all: readonly (readonly [who: string, type: JsonValue | undefined])[] = [
    ['its provenance', attested],
    ['its config', declaredType],
    ['its weights', said?.fileType],
  ];
  const telling = all.filter(([, type]) => type !== undefined);
  if (telling.length < 2) return skip('fileType', 'no two of provenance, config and weights say a file type');
  const words = telling.map(([who, type]) => `${who} ${shown(type)}`).join(', ');
  return new Set(telling.map(([, type]) => type)).size === 1
    ? pass('fileType', `${shown(telling[0]?.[1])}, as ${telling.map(([who]) => who).join(' and ')} say`)
    : fail('fileType', `the file type is told differently: ${words}`);
}

/** The keys of the header besides file type and template. */
function headerCheck(attested: JsonObject, said: WeightsSaid): Check {
  const keys = ['architecture', 'quantizationVersion', 'tensors'] as const;
  const known = keys.filter((key) => jsonField(attested, key) !== undefined);
  if (known.length === 0) return skip('header', 'its provenance does not say what the header of the weights says');
  const wrong = known.find((key) => jsonField(attested, key) !== said[key]);
  if (wrong === undefined) return pass('header', known.map((key) => `${key} ${said[key] ?? ''}`).join(', '));
  const words = `${shown(jsonField(attested, wrong))} in its provenance, ${shown(said[wrong])} in its weights`;
  return fail('header', `${wrong} is ${words}`);
}

function equal(check: string, attested: JsonValue | undefined, actual: string | undefined, what: string): Check {
  if (attested === undefined)
    return actual === undefined
      ? skip(check, `there is no ${what}`)
      : skip(check, `its provenance does not say what ${what} it has`);
  if (attested === actual) return pass(check, `the ${what} is that of its provenance, sha256 ${actual}`);
  return fail(check, `the ${what} is ${shown(actual)}, in its provenance ${shown(attested)}`);
}

/** A value of a stranger's JSON, as a sentence quotes it. */
function shown(value: JsonValue | undefined): string {
  return value === undefined
    ? 'none'
    : `'${typeof value === 'string' ? value.slice(0, 80) : JSON.stringify(value).slice(0, 80)}'`;
}
