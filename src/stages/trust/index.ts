export { bundleEvidence, writeBundles } from './bundle-evidence.js';
export { artifactFacts, artifactVariant } from './artifact-facts.js';
export { signDirectory, verifyDirectory, type VerifiedDirectory } from './model-directory.js';
export { resolveArtifact, signArtifact, type ResolvedArtifact } from './sign-artifact.js';
export { bundlePath, fileDigestOf, openFileBundle, signFile, type OpenedBundle } from './signed-file.js';
export { openKeyless, type IdentityToken, type KeylessSigning } from './keyless-signing.js';
export { openSigning, saysWhatSigns, type SigningOptions } from './signing-options.js';
export { openAuthority, openIdentity, openSigner, withCertificates, type SigningKey } from './signing-key.js';
export { verifyDirectoryReport, verifyFileReport } from './verify-local.js';
export {
  answered,
  verificationRefusal,
  requireTrusted,
  trustedAddress,
  trustedSource,
  verifyReference,
  type TrustedSource,
  type VerifyReferenceOptions,
} from './verify-reference.js';
export { attest, attestSchema, type AttestStageOptions } from './attest-stage.js';
export { billOfMaterials } from './bom.js';
export { performanceMetrics } from './performance.js';
export { signersOf, type AttachedStatement, type Signers } from './signers.js';
export { sign, signSchema, type Signable, type SignStageOptions } from './sign-stage.js';
export { verify, VERIFY_OPTIONS, type VerifyStageOptions } from './verify-stage.js';
export { attestVerification, type AttestVerificationOptions } from './trust-summary.js';
export { promote, type Promoted, type PromoteOptions } from './promote.js';
export { isRebuilt, rebuild, type RebuildOptions, type RebuildReport } from './rebuild.js';
