import { z } from 'zod';
import type { Planned, RunContext, Stage } from '../../core/index.js';
import type { JsonObject, JsonValue } from '../../files/index.js';
import type { VariantStatement } from '../../package/index.js';
import type { Artifact, Descriptor, Target } from '../../registry/index.js';
import {
  attachDocument,
  attachSubject,
  attestOnce,
  canonicalJson,
  CERTIFIED_BUILDER,
  CYCLONEDX_TYPE,
  LOCAL_BUILDER,
  PREDICATES,
  slsaPredicate,
  subjectOf,
  withoutTimes,
  type Attached,
  type Signer,
  type Statement,
  type Subject,
} from '../../trust/index.js';
import type { PackedOrigin, PushAttachment, StoredModel } from '../packaging/packed-model.js';
import { enginesOf } from '../resources.js';
import { billOfMaterials, type BomFile } from './bom.js';
import { performanceMetrics } from './performance.js';
import { buildFacts } from './recipe.js';
import { attachedTo, isPacked, tellAttached, vouchesBy, type Signable } from './sign-stage.js';
import { openSigning, saysWhatSigns, SIGNING_KEYS, WHAT_SIGNS, type SigningOptions } from './signing-options.js';

export interface AttestStageOptions extends SigningOptions {
  /** SLSA provenance v1: what it was made from, and how. True unless given. */
  readonly slsa?: boolean | undefined;
  /** CycloneDX bill of materials: signed, and as a plain document beside. True unless given. */
  readonly mlbom?: boolean | undefined;
}

export const attestSchema: z.ZodType<AttestStageOptions> = z
  .strictObject({
    ...SIGNING_KEYS,
    slsa: z.boolean().optional().describe('SLSA provenance; true unless given'),
    mlbom: z.boolean().optional().describe('CycloneDX bill of materials; true unless given'),
  })
  .refine(saysWhatSigns, { error: WHAT_SIGNS });

/**
 * Attests how every artifact was made (SLSA provenance, about the manifest and each GGUF) and what it is made of
 * (CycloneDX ML-BOM, plain and signed), and what evaluate() found out. Put it before push(): what was only pushed does not tell how it was made.
 */
export function attest<T extends Signable = Signable>(options: AttestStageOptions): Stage<T, T> {
  const { slsa = true, mlbom = true } = options;
  const wanted = [slsa ? 'SLSA provenance' : '', mlbom ? 'CycloneDX ML-BOM' : ''].filter(Boolean);
  const attachmentBy = (signer: Signer): PushAttachment => {
    const startedOn = new Date();
    return {
      stage: 'attest',
      attach: async (stored, at) => {
        for (const made of madeArtifacts(stored)) {
          const done: Attached[] = [];
          if (slsa) done.push(await attestProvenance(made, signer, startedOn, at));
          if (mlbom) done.push(await attestBom(made, signer, at));
          done.push(...(await attestStatements(made, signer, at)));
          tellAttached('attest', done, at);
        }
      },
      vouches: vouchesBy(signer),
    };
  };
  return {
    name: 'attest',
    plan: async (input, context): Promise<Planned<T>> => {
      const signer = await openSigning(options, context);
      return {
        reports: [{ stage: 'attest', summary: `${wanted.join(' and ')}, before any tag moves` }],
        output: isPacked(input) ? await attachedTo(input, attachmentBy(signer), context) : input,
      };
    },
    run: async (input, context) => {
      const signer = await openSigning(options, context);
      return attachedTo(input, attachmentBy(signer), context);
    },
  };
}

/** An artifact that stands in the target, with what is known of its making. */
interface MadeArtifact {
  readonly target: Target;
  readonly artifact: Artifact;
  readonly descriptor: Descriptor;
  readonly origin: PackedOrigin;
  readonly files: readonly BomFile[];
  /** What earlier stages say about it: the results of evaluations. */
  readonly statements: readonly VariantStatement[];
}

function madeArtifacts({ target, model, artifacts }: StoredModel): MadeArtifact[] {
  return artifacts.flatMap(({ artifact, descriptor, layers }) => {
    const origin = model.origins?.get(artifact);
    if (origin === undefined) return [];
    const files = artifact.layers.flatMap(({ file }, index) => {
      const digest = layers[index];
      return digest === undefined ? [] : [{ path: file.path, size: file.size, digest }];
    });
    // Evaluated after packing, it has statements that its origin does not know.
    const variant = model.variants?.find(({ name }) => name === artifact.variant) ?? origin.variant;
    return [{ target, artifact, descriptor, origin, files, statements: variant.statements ?? [] }];
  });
}

async function attestProvenance(
  { target, descriptor, origin, files }: MadeArtifact,
  signer: Signer,
  startedOn: Date,
  context: RunContext,
): Promise<Attached> {
  const { recipe } = origin.variant;
  const facts = recipe === undefined ? undefined : await buildFacts(origin, recipe, context);
  const finishedOn = new Date();
  const statement: Statement = {
    subject: subjectsOf({ target, descriptor, files }),
    predicateType: PREDICATES.slsa,
    predicate: slsaPredicate({
      externalParameters: { variant: origin.variant.name },
      internalParameters: {},
      dependencies: [],
      ...facts,
      startedOn,
      finishedOn,
      engines: enginesOf(context),
      builder: signer.seal === undefined ? LOCAL_BUILDER : CERTIFIED_BUILDER,
    }),
  };
  return attestOnce(target, attachSubject(descriptor), statement, signer, {
    created: finishedOn,
    signal: context.signal,
    same: sameApartFromTimes,
  });
}

/** The manifest and each GGUF: a bundle then speaks for the file on a disk, too. */
function subjectsOf({
  target,
  descriptor,
  files,
}: Pick<MadeArtifact, 'target' | 'descriptor' | 'files'>): readonly Subject[] {
  const weights = files.filter(({ path }) => path.toLowerCase().endsWith('.gguf'));
  return [subjectOf(descriptor.digest, target.name), ...weights.map(({ path, digest }) => subjectOf(digest, path))];
}

function sameApartFromTimes(there: JsonValue, now: JsonValue): boolean {
  return canonicalJson(withoutTimes(there)) === canonicalJson(withoutTimes(now));
}

async function attestBom(
  { target, descriptor, origin, files, statements }: MadeArtifact,
  signer: Signer,
  context: RunContext,
): Promise<Attached> {
  const predicate = await billOfMaterials(
    target.name,
    descriptor,
    origin.variant,
    files,
    performanceMetrics(statements),
  );
  const bytes = Buffer.from(JSON.stringify(predicate));
  const subject = attachSubject(descriptor);
  await attachDocument(target, subject, { bytes, mediaType: CYCLONEDX_TYPE }, context.signal);
  const statement = {
    subject: [subjectOf(descriptor.digest, target.name)],
    predicateType: PREDICATES.cyclonedx,
    predicate,
  };
  return attestOnce(target, subject, statement, signer, { created: new Date(), signal: context.signal });
}

async function attestStatements(
  { target, descriptor, files, statements }: MadeArtifact,
  signer: Signer,
  { signal }: RunContext,
): Promise<readonly Attached[]> {
  const done: Attached[] = [];
  for (const { predicateType, predicate } of statements) {
    const statement = {
      subject: subjectsOf({ target, descriptor, files }),
      predicateType,
      predicate: predicate as JsonObject,
    };
    done.push(await attestOnce(target, attachSubject(descriptor), statement, signer, { created: new Date(), signal }));
  }
  return done;
}
