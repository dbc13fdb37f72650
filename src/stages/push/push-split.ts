import { SlipwayError, type Digest } from '../../core/index.js';
import { uploadRules, type Artifact, type OpenedTarget, type UploadRules } from '../../registry/index.js';
import { formatLimit } from '../limit-text.js';
import type { PushSplitOptions } from '../options/index.js';
import type { PackedModel } from '../packaging/packed-model.js';
import { splitBytes } from '../conversion/split-weights.js';

/** A model that fits its target, and what has to be said about that. */
export interface Fitted {
  readonly model: PackedModel;
  /** One line for the plan. */
  readonly note?: string;
  readonly warnings: readonly string[];
}

/** Cuts what is too large for the target. Throws `OCI_LIMIT` for what has more files than its manifests can name. */
export function fitTarget(model: PackedModel, target: OpenedTarget['target'], options: PushSplitOptions): Fitted {
  const rules = target.host !== undefined ? uploadRules(target.host) : undefined;
  const fitted = cut(model, rules, options);
  if (rules !== undefined) for (const artifact of fitted.model.artifacts) checkManifest(artifact, target.name, rules);
  return fitted;
}

function cut(model: PackedModel, rules: UploadRules | undefined, options: PushSplitOptions): Fitted {
  const known = rules?.largestLayer ?? Number.MAX_SAFE_INTEGER;
  const largest = largestLayer(model);
  const limit = options.splitMaxSize === undefined ? known : splitBytes(options.splitMaxSize);
  if (options.split !== 'never' && largest > limit && model.fit !== undefined) {
    const fitted = model.fit(limit);
    const note = `weights split into files of at most ${formatLimit(limit)}`;
    return { model: fitted, note, warnings: overLimit(largestLayer(fitted), known) };
  }
  const hint = rules !== undefined && largest > rules.usualLayer && largest <= known;
  return {
    model,
    warnings: hint
      ? [
          `a layer of ${formatLimit(largest)}: ${usually(rules)} takes ${formatLimit(rules.usualLayer)}; splitMaxSize cuts the weights`,
        ]
      : overLimit(largest, known),
  };
}

function overLimit(largest: number, known: number): readonly string[] {
  return largest > known ? [`a layer of ${formatLimit(largest)}, but the registry takes ${formatLimit(known)}`] : [];
}

function largestLayer({ artifacts }: PackedModel): number {
  return artifacts.reduce((most, { layers }) => layers.reduce((size, { file }) => Math.max(size, file.size), most), 0);
}

function usually({ kind }: UploadRules): string {
  return kind === 'docker-hub' ? 'Docker Hub usually' : 'a registry that keeps blobs in S3 (Harbor) usually';
}

const ANY_DIGEST: Digest = `sha256:${'0'.repeat(64)}`;

/** A manifest's size is known before any digest is: all digests are of one length. */
function checkManifest(artifact: Artifact, target: string, { largestManifest }: UploadRules): void {
  const { bytes } = artifact.seal(artifact.layers.map(() => ANY_DIGEST)).manifest;
  if (bytes.byteLength <= largestManifest) return;
  throw new SlipwayError('OCI_LIMIT', `the ${artifact.format} manifest is larger than '${target}' takes`, {
    where: target,
    got: `${bytes.byteLength} bytes for ${artifact.layers.length} layers, limit ${largestManifest}`,
    try: ['fewer files: --include, --exclude', 'fewer parts: a larger --split-max-size'],
    context: { limit: largestManifest, actual: bytes.byteLength },
  });
}
