import { SlipwayError, type Planned, type RunContext, type Stage } from '../../core/index.js';
import type { Attached, Signer } from '../../trust/index.js';
import type { PackedModel, PushAttachment, PushedArtifact, StoredModel } from '../packaging/packed-model.js';
import { attachSubject, isSignedManifest } from '../../trust/index.js';
import { resolveArtifact, signArtifact } from './sign-artifact.js';
import { withSignatureLayer } from './signature-layer.js';
import { openSigning, saysWhatSigns, SIGNING_KEYS, WHAT_SIGNS, type SigningOptions } from './signing-options.js';
import { z } from 'zod';

export interface SignStageOptions extends SigningOptions {
  /** Also the tag that cosign up to 2.5 and Harbor before 2.15 read. True unless given. */
  readonly legacy?: boolean | undefined;
  /** Also an OpenSSF `model.sig` over all files as a layer of each artifact: for those who have the files and no registry. */
  readonly modelSignature?: boolean | undefined;
}

export const signSchema: z.ZodType<SignStageOptions> = z
  .strictObject({
    ...SIGNING_KEYS,
    legacy: z.boolean().optional().describe('false leaves out the tag sha256-….sig'),
    modelSignature: z
      .boolean()
      .optional()
      .describe('true puts an OpenSSF model.sig over all files into each artifact, as a layer'),
  })
  .refine(saysWhatSigns, { error: WHAT_SIGNS });

/** What signing and attesting take: a model that is going to be pushed, or what was pushed. */
export type Signable = PackedModel | readonly PushedArtifact[];

/**
 * Signs every artifact and index. Before push() the signatures are attached when everything is stored and before a tag
 * moves, so that no tag ever names something unsigned; after push() they come after the tags. The key is opened at once:
 * a wrong password ends the run before anything is sent.
 */
export function sign<T extends Signable = PackedModel>(options: SignStageOptions): Stage<T, T> {
  return {
    name: 'sign',
    plan: async (input, context): Promise<Planned<T>> => {
      const signer = await openSigning(options, context);
      const ready = withLayer(input, signer, options);
      const output = isPacked(ready) ? await attachedTo(ready, signAttachment(signer, options), context) : ready;
      return { reports: [{ stage: 'sign', summary: `${wayOf(options)}, before any tag moves` }], output };
    },
    run: async (input, context) => {
      const signer = await openSigning(options, context);
      return attachedTo(withLayer(input, signer, options), signAttachment(signer, options), context);
    },
  };
}

function withLayer<T extends Signable>(input: T, signer: Signer, { modelSignature = false }: SignStageOptions): T {
  if (!modelSignature) return input;
  if (isPacked(input)) return withSignatureLayer(input, signer) as T;
  throw new SlipwayError('CONFIG_INVALID', 'what is pushed already cannot be given a model.sig', {
    try: 'put sign() before push()',
  });
}

function wayOf({ key, legacy = true, modelSignature = false }: SignStageOptions): string {
  const file = modelSignature ? ', a model.sig in each' : '';
  if (key === undefined) return `bundles with a certificate${file}`;
  return `${legacy ? "bundles, and cosign's older tags" : 'bundles'}${file}`;
}

function signAttachment(signer: Signer, { legacy }: SignStageOptions): PushAttachment {
  return {
    stage: 'sign',
    attach: async ({ target, artifacts, indexes }, context) => {
      const subjects = [...artifacts.map(({ descriptor }) => descriptor), ...indexes].map(attachSubject);
      const how = { created: new Date(), legacy };
      const done = await signArtifact({ target, subjects }, signer, how, context);
      tellAttached('sign', done, context);
    },
    vouches: vouchesBy(signer),
  };
}

/** Whether a manifest is signed by this signer already. */
export function vouchesBy(signer: Signer): NonNullable<PushAttachment['vouches']> {
  return async (target, manifest, signal) => isSignedManifest(target, manifest, signer, signal);
}

/** A model that push() has still to send. */
export function isPacked(input: Signable): input is PackedModel {
  return !Array.isArray(input);
}

/** Hands the model on with what push() is to attach; attaches to what was pushed already. */
export async function attachedTo<T extends Signable>(
  input: T,
  attachment: PushAttachment,
  context: RunContext,
): Promise<T> {
  if (!Array.isArray(input)) {
    const model = input as PackedModel;
    return { ...model, attachments: [...(model.attachments ?? []), attachment] } as unknown as T;
  }
  for (const pushed of input as readonly PushedArtifact[]) {
    await refuseClaim(pushed, attachment, context);
    await attachment.attach(await storedModel(pushed, context), context);
  }
  return input;
}

/** What push() took over on the word of an annotation was not made here: it is not signed as if it were. */
async function refuseClaim(pushed: PushedArtifact, attachment: PushAttachment, context: RunContext): Promise<void> {
  if (pushed.isClaim !== true) return;
  const { target } = await resolveArtifact(pushed.reference, context, attachment.stage);
  if (await attachment.vouches?.(target, pushed.digest, context.signal)) return;
  throw new SlipwayError(
    'TRUST_REFUSED',
    `'${pushed.reference}' was not made here: only an annotation calls it the same`,
    {
      where: pushed.reference,
      kept: 'nothing was signed',
      try: `put ${attachment.stage}() before push(), or push with reuse: false, which makes it again`,
    },
  );
}

/** A pushed artifact in the form that attachments take. What it was made from is not known any more. */
async function storedModel(pushed: PushedArtifact, context: RunContext): Promise<StoredModel> {
  const { target, descriptor, layers, isIndex } = await resolveArtifact(pushed.reference, context, 'sign');
  const model: PackedModel = { name: pushed.reference, artifacts: [] };
  if (isIndex) return { target, model, artifacts: [], indexes: [descriptor] };
  const artifact = { format: '', layers: [], seal: () => ({ config: NOTHING, manifest: NOTHING }) };
  return {
    target,
    model,
    artifacts: [{ artifact, descriptor, layers: layers.map(({ digest }) => digest) }],
    indexes: [],
  };
}

const NOTHING = { mediaType: '', bytes: new Uint8Array() };

/** Says what was attached, and what was there. */
export function tellAttached(stage: string, done: readonly Attached[], context: RunContext): void {
  for (const { subject, predicateType, how } of done) {
    const id = `${subject} ${predicateType}`;
    if (how === 'added')
      context.emit({ type: 'change', stage, kind: predicateType, name: subject, change: 'created', detail: '' });
    else context.emit({ type: 'item.skip', stage, id, name: predicateType, total: null, reason: 'exists' });
  }
}
