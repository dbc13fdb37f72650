export { admissionPolicy, type AdmissionOptions } from './admission/admission.js';
export {
  ADMISSION_ENGINES,
  type AdmissionEngine,
  type AdmissionPolicy,
  type NotExpressed,
} from './admission/admission-types.js';
export { bundleFileBytes, evidenceOfBundles, type BundleFile } from './bundle-files.js';
export { addLegacySignature, attachBundle, attachDocument, type AttachSubject } from './attach.js';
export {
  BUNDLE_LIMIT,
  BUNDLE_TYPE,
  bundleBytes,
  parseBundle,
  parseFileBundle,
  type Bundle,
  type MessageBundle,
} from './bundle/bundle.js';
export { isSignedBy, signEnvelope, type Envelope } from './bundle/dsse.js';
export { readMessage, type ReadMessage } from './bundle/message.js';
export { sealStatement } from './bundle/seal.js';
export { legacyTag } from './bundle/simple-signing.js';
export {
  parseStatement,
  PREDICATES,
  statementBytes,
  subjectDigests,
  type Statement,
  type Subject,
} from './bundle/statement.js';
export {
  collectEvidence,
  collectReferrers,
  type Evidence,
  type EvidenceSource,
  type FoundAttestation,
  type FoundSignature,
} from './collect-evidence.js';
export { certificateVerifierOf } from './keyless/verify-certificate.js';
export {
  keylessSigner,
  PUBLIC_SIGNING_CONFIG,
  type EarlierSignatures,
  type KeylessOptions,
} from './keyless/keyless-signer.js';
export { KEYLESS_PACKAGES, loadSignPackages, loadVerifyPackages } from './keyless/packages.js';
export { identityOfToken, type ExactIdentity } from './keyless/token-identity.js';
export { certifiedSigner } from './certificates/certified-signer.js';
export { readCertificates } from './certificates/chain.js';
export { execSigner } from './keys/exec-signer.js';
export { generateKeyPair, type KeyPair } from './keys/generate.js';
export { readPrivateKey, readPublicKey } from './keys/read-key.js';
export { callbackSigner, keyId, keySigner, type Signer } from './keys/signer.js';
export {
  compareWithSignature,
  isIgnored,
  modelSignatureSize,
  MODEL_SIGNATURE,
  MODEL_SIGNATURE_LIMIT,
  openModelSignature,
  readModelSignature,
  SINGLE_FILE,
  signModel,
  type ModelComparison,
  type SignedResource,
  type SignedModel,
} from './oms/oms.js';
export { CYCLONEDX_TYPE, mlBom, type BomModel, type PerformanceMetric } from './provenance/mlbom.js';
export {
  BUILD_TYPE,
  CERTIFIED_BUILDER,
  commitOf,
  LOCAL_BUILDER,
  readProvenance,
  sha256Set,
  slsaPredicate,
  SOURCE_SIGNATURE,
  withoutTimes,
  type BuildFacts,
  type Dependency,
  type ReadProvenance,
} from './provenance/slsa.js';
export {
  attachSubject,
  attestOnce,
  canonicalJson,
  isSignedManifest,
  signManifest,
  subjectOf,
  type Attached,
  type AttestOptions,
  type SignOptions,
} from './sign.js';
export { agreementChecks, weightsParameters, type SaidOfWeights, type WeightsSaid } from './verify/agreement-checks.js';
export type { ArtifactFacts } from './verify/content-checks.js';
export { identify, identifyMessage, identifySignature, keysOf } from './verify/identify.js';
export type { CertificateVerifier, Identified, VerifiedAttestation } from './verify/identify.js';
export {
  keyIdentity,
  loadPolicy,
  parsePolicy,
  policyJsonSchema,
  predicateTypeOf,
  signaturePolicy,
  type AuthorityIdentity,
  type CertificateIdentity,
  type Identity,
  type KeyIdentity,
  type Policy,
  type ScoreLimit,
  type SourceSignatureRule,
} from './verify/policy.js';
export {
  fail,
  pass,
  skip,
  undecided,
  verdictOf,
  type Check,
  type Verdict,
  type VerifiedBy,
  type VerifyReport,
} from './verify/verification-report.js';
export { verifyArtifact, type VerifyOptions } from './verify/verify.js';
