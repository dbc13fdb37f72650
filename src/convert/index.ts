export { supportedArchitectures } from './architectures/index.js';
export { conversionMap, type ConversionMap, type ConvertibleName } from './conversion-map.js';
export { checkLoadable } from './check-loadable.js';
export { convertContent, type Conversion, type ConvertedTensor, type ConvertOptions } from './convert-content.js';
export type { ParameterCount } from './plan-tensors.js';
export { openRepository, type Repository, type RepositoryOptions } from './repository.js';
export { VocabularyMemory } from './vocabulary.js';
export { OUTPUT_TYPES, type FixedOutputType, type OutputType } from './tensor-types.js';
export { nameRepository, type NamedRepository, type RepositoryKind } from './repository-kind.js';
