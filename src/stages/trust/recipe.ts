import { createHash } from 'node:crypto';
import { packageFacts, type RunContext } from '../../core/index.js';
import {
  jsonField,
  type JsonObject,
  type JsonValue,
  type ModelFile,
  type SourceIdentity,
  type SourceSignature,
} from '../../files/index.js';
import type { BuildRecipe } from '../../package/index.js';
import {
  BUILD_TYPE,
  sha256Set,
  SOURCE_SIGNATURE,
  weightsParameters,
  type BuildFacts,
  type Dependency,
  type ReadProvenance,
} from '../../trust/index.js';
import { weightsSaid } from './weights-said.js';
import type { PackedOrigin } from '../packaging/packed-model.js';

/** A source's file without a digest is read for one when it is no larger than this. */
const SMALL = 32 * 1024 * 1024;
/** Whose bytes the conversion's are (NOTICE); the release is pinned. */
const REFERENCE = 'llama.cpp 0c1e57098';
/** Every kernel gives the same bytes. */
const KERNELS = 'exact';

/** Options as text, for people. */
export function recipeText(recipe: BuildRecipe | undefined): Record<string, string> {
  const entries = Object.entries({ ...recipe?.convert, ...recipe?.quantize });
  return Object.fromEntries(
    entries.flatMap(([key, value]: [string, unknown]) =>
      value === undefined ? [] : [[key, typeof value === 'string' ? value : JSON.stringify(value)]],
    ),
  );
}

/** What provenance says of an artifact: everything that its bytes are a function of. */
export async function buildFacts(
  { variant, options }: PackedOrigin,
  recipe: BuildRecipe,
  context: Pick<RunContext, 'signal'>,
): Promise<BuildFacts> {
  const { source, files } = recipe.snapshot;
  const { version } = await packageFacts();
  return {
    externalParameters: {
      source: addressOf(source),
      revision: source.requestedRevision ?? source.revision,
      ...(recipe.convert !== undefined && { convert: plain(recipe.convert) }),
      ...(recipe.quantize !== undefined && { quantize: plain(recipe.quantize) }),
      pack: plain(options),
      variant: variant.name,
    },
    internalParameters: {
      slipway: version,
      reference: REFERENCE,
      kernels: KERNELS,
      ...(variant.gguf !== undefined && { weights: weightsParameters(weightsSaid(variant.gguf)) }),
    },
    dependencies: [
      sourceDependency(source, recipe.snapshot.signature),
      ...(await Promise.all(files.map(async (file) => fileDependency(source, file, context.signal)))),
      ...recipe.inputs.map(({ name, digest }) => ({ name, digest: sha256Set(digest) })),
      { uri: `pkg:npm/slipway@${version}` },
    ],
  };
}

/** Why what a provenance names cannot be made again by this version, whatever its inputs are; `undefined` when it can. */
export function profileTrouble({ buildType, internalParameters }: ReadProvenance): string | undefined {
  if (buildType !== BUILD_TYPE)
    return `it was made as '${buildType ?? 'nothing that is named'}', which cannot be run here`;
  const [reference, kernels] = ['reference', 'kernels'].map((key) => jsonField(internalParameters, key));
  if (reference !== undefined && reference !== REFERENCE)
    return `it has the bytes of ${JSON.stringify(reference)}; those of '${REFERENCE}' can be made here`;
  if (kernels !== undefined && kernels !== KERNELS)
    return `its kernels are ${JSON.stringify(kernels)}; '${KERNELS}' ones can be run here`;
  return undefined;
}

/** An address that `download` takes, without a revision. */
function addressOf({ kind, name, url }: SourceIdentity): string {
  if (kind === 'huggingface') return `hf://${name}`;
  return kind === 'directory' ? `directory:${name}` : url;
}

function sourceDependency(source: SourceIdentity, signature: SourceSignature | undefined): Dependency {
  const { kind, name, url, revision } = source;
  const signed = signature !== undefined && { annotations: { [SOURCE_SIGNATURE]: { ...signature } } };
  if (kind === 'huggingface') {
    return {
      name,
      ...signed,
      uri: `pkg:huggingface/${name}@${revision}`,
      ...(/^[0-9a-f]{40}$/.test(revision) && { digest: { gitCommit: revision } }),
    };
  }
  const hex = /^sha256:([0-9a-f]{64})$/.exec(revision)?.[1];
  return {
    name,
    ...signed,
    ...(kind !== 'directory' && { uri: url }),
    ...(hex !== undefined && kind === 'registry' && { digest: { sha256: hex } }),
  };
}

async function fileDependency(source: SourceIdentity, file: ModelFile, signal: AbortSignal): Promise<Dependency> {
  const digests = await digestsOf(source, file, signal);
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  return {
    name: file.path,
    ...(source.kind === 'huggingface' && {
      uri: `https://huggingface.co/${source.name}/resolve/${source.revision}/${path}`,
    }),
    ...(digests === undefined
      ? // Read by ranges, so that no digest of the whole was made on the way: said, and not made up.
        { annotations: { size: file.size, digest: 'not known' } }
      : { digest: digests }),
  };
}

/** Digests of a file that was read. What the Hub keeps in git itself is known there by the name of its blob as well. */
async function digestsOf(
  { kind }: SourceIdentity,
  file: ModelFile,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>> | undefined> {
  if (file.digest !== undefined) return sha256Set(file.digest);
  if (file.size > SMALL) return undefined;
  const [sha256, git] = [createHash('sha256'), createHash('sha1').update(`blob ${file.size}\0`)];
  for await (const chunk of file.read(undefined, signal)) for (const hash of [sha256, git]) hash.update(chunk);
  return { sha256: sha256.digest('hex'), ...(kind === 'huggingface' && { gitBlob: git.digest('hex') }) };
}

/** Options as JSON: what is no value (functions, absent ones) is left out. */
function plain(options: object): JsonObject {
  return JSON.parse(JSON.stringify(options)) as Record<string, JsonValue>;
}
