export { artifactFacts, artifactVariant } from './artifact-facts.js';
export { signDirectory, verifyDirectory, type VerifiedDirectory } from './model-directory.js';
export { onlyTag, resolveArtifact, signArtifact, type ResolvedArtifact } from './sign-artifact.js';
export { bundlePath, fileDigestOf, openFileBundle, signFile, type OpenedBundle } from './signed-file.js';
export { openIdentity, openSigner, type SigningKey } from './signing-key.js';
export { verifyDirectoryReport, verifyFileReport } from './verify-local.js';
export { answered, refused, requireTrusted, verifyReference, type VerifyReferenceOptions } from './verify-reference.js';
