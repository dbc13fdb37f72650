import { didYouMean, SlipwayError } from '../core/index.js';
import { ARTIFACT_FORMATS, type ArtifactFormat, type FormatOptions } from '../package/index.js';

/** Names of the packaging formats. */
export const PACKAGE_FORMATS: readonly ArtifactFormat[] = ARTIFACT_FORMATS;

/** How artifacts are made of variants. */
export interface PackStageOptions extends Pick<
  FormatOptions,
  'docker' | 'ollama' | 'kitops' | 'modelcar' | 'oras' | 'modelSpec'
> {
  /** Packaging formats; `modelpack` unless given. Raw formats share their blobs. */
  readonly formats?: readonly ArtifactFormat[];
  /** Annotations of every manifest. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Name of the model; the source's unless given. */
  readonly name?: string;
  /** Also one OCI index over all variants, by which a client chooses; one for each format. */
  readonly index?: boolean;
  /** Largest weights file in bytes, or `2G`, `500M`: a larger GGUF is cut into files with gguf-split's names. */
  readonly splitMaxSize?: string | number;
}

/** Finds a packaging format by its name. Throws `FORMAT_UNSUPPORTED` with the nearest one. */
export function packageFormat(name: string): ArtifactFormat {
  const format = PACKAGE_FORMATS.find((known) => known === name);
  if (format !== undefined) return format;
  throw new SlipwayError(
    'FORMAT_UNSUPPORTED',
    `there is no packaging format '${name.slice(0, 60)}'${didYouMean(name, PACKAGE_FORMATS)}`,
    { got: `'${name.slice(0, 60)}', known: ${PACKAGE_FORMATS.join(', ')}` },
  );
}

/** The formats that are asked for, each once. Throws `FORMAT_UNSUPPORTED`. */
export function wantedFormats(options: PackStageOptions): readonly ArtifactFormat[] {
  const formats = [...new Set((options.formats ?? ['modelpack']).map(packageFormat))];
  if (formats.length > 0) return formats;
  throw new SlipwayError('CONFIG_INVALID', 'no packaging format is given', { got: 'an empty list of formats' });
}
