export { filesOfArtifact, type ArtifactContents, type ArtifactFile } from './artifact-files.js';
export {
  artifactSnapshot,
  findManifest,
  type ArtifactAddress,
  type ArtifactSnapshotOptions,
} from './artifact-snapshot.js';
export { cnai } from './cnai.js';
export { dockerModel, type DockerModelOptions } from './docker-model.js';
export {
  FILE_KIND_SYNONYMS,
  FILE_KINDS,
  isBesideWeights,
  isWeightKind,
  kindedWeights,
  kindOf,
  kindOfRole,
  type FileKind,
  type KindedFile,
} from './file-kind.js';
export { inputTypesOf, isGguf, isImatrix, isProjector, readWeightRoles, roleInKeys, roleOf } from './weight-roles.js';
export {
  ARTIFACT_FORMATS,
  formatOfArtifact,
  packagingFormat,
  shapeOfArtifact,
  type ArtifactFormat,
  type ArtifactShape,
} from './formats.js';
export { cardData, type CardData } from './front-matter.js';
export type { CheckedLayer } from './layer-files.js';
export { membersOf } from './layer-members.js';
export { modelFacts } from './model-facts.js';
export type { ModelSpecOptions } from './model-spec-layers.js';
export { modelcar, type BaseImage, type ModelcarOptions } from './modelcar.js';
export { modelkit, type ModelKitOptions } from './modelkit.js';
export { modelpack } from './modelpack.js';
export { modelPackProblems } from './modelpack-validation.js';
export { ollama, type OllamaOptions, type OllamaParameters } from './ollama.js';
export { oras, type OrasOptions } from './oras.js';
export type { LayerForm, PackagingFormat } from './packaging-format.js';
export { packAs, type FormatOptions } from './pack-as.js';
export type { PackOptions } from './format-options.js';
export { parameterSize } from './parameter-size.js';
export { explainReaders, READERS, type Reader, type ReaderAnswer, type ReaderVerdict } from './readers.js';
export { spdxLicense } from './spdx.js';
export { readSpdxExpression, type SpdxExpression } from './spdx-expression.js';
export { tarFile, type TarLook } from './tar-file.js';
export { VARIANT_ANNOTATIONS, variantIndex, type IndexMember, type SealedIndex } from './variant-index.js';
export {
  chooseVariant,
  decimalSize,
  ggufRepository,
  preferredProjector,
  quantizationInName,
  requireWhole,
  severalVariants,
  type GgufRepository,
  type GgufVariant,
} from './gguf-variants.js';
export { variantOfSnapshot } from './variant-of-snapshot.js';
export type {
  AdapterFacts,
  BuildRecipe,
  InputType,
  ModelFacts,
  ModelVariant,
  SamplingFacts,
  VariantStatement,
  WeightRole,
  WeightRoles,
} from './variant.js';
