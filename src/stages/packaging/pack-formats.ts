import { didYouMean, SlipwayError } from '../../core/index.js';
import { ARTIFACT_FORMATS, type ArtifactFormat } from '../../package/index.js';
import type { PackStageOptions } from '../options/index.js';

/** Names of the packaging formats. */
export const PACKAGE_FORMATS: readonly ArtifactFormat[] = ARTIFACT_FORMATS;

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
