export { filesOfArtifact, requireFiles, type ArtifactContents, type ArtifactFile } from './artifact-files.js';
export {
  ARTIFACT_FORMATS,
  checkedManifest,
  formatOfArtifact,
  layerForm,
  type ArtifactFormat,
  type LayerForm,
} from './artifact-format.js';
export { cnai, CNAI_ARTIFACT_TYPE, CNAI_CONFIG_TYPE } from './cnai.js';
export { DOCKER_CONFIG_V1, DOCKER_CONFIG_V2, dockerModel, type DockerModelOptions } from './docker-model.js';
export { FILE_KINDS, kindOf, type FileKind } from './file-kind.js';
export { cardData, type CardData } from './front-matter.js';
export { membersOf } from './layer-members.js';
export { modelFacts } from './model-facts.js';
export type { ModelSpecOptions } from './model-spec-layers.js';
export { modelcar, type BaseImage, type ModelcarOptions } from './modelcar.js';
export { modelkit, MODELKIT_ARTIFACT_TYPE, MODELKIT_CONFIG_TYPE, type ModelKitOptions } from './modelkit.js';
export { modelpack, MODELPACK_ARTIFACT_TYPE, MODELPACK_CONFIG_TYPE } from './modelpack.js';
export { modelPackProblems } from './modelpack-validation.js';
export { ollama, type OllamaOptions, type OllamaParameters } from './ollama.js';
export { oras, ORAS_ARTIFACT_TYPE, type OrasOptions } from './oras.js';
export { packAs, type FormatOptions } from './pack.js';
export { createdAt, type PackOptions } from './pack-options.js';
export { parameterSize } from './parameter-size.js';
export {
  ARTIFACT_SHAPES,
  explainReaders,
  READERS,
  shapeOfArtifact,
  type ArtifactShape,
  type Reader,
  type ReaderAnswer,
  type Verdict,
} from './readers.js';
export { spdxLicense } from './spdx.js';
export { tarFile, type TarLook } from './tar-file.js';
export { untar, type TarMember, type UntarLimits } from './untar.js';
export { VARIANT_ANNOTATIONS, variantIndex, type IndexMember, type SealedIndex } from './variant-index.js';
export { variantOfSnapshot } from './variant-of-snapshot.js';
export type { ModelFacts, ModelVariant } from './variant.js';
