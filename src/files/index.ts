export { digestedFile, digestOf, sha256, verified, type Expected } from './digest-of.js';
export { createDigester, type Digester } from './digester.js';
export { checkedRange, memoryFile } from './in-memory.js';
export type {
  FileRange,
  LeftOutFile,
  ModelFile,
  ReadingGroup,
  ReadingOutlook,
  Snapshot,
  SourceIdentity,
  SourceSignature,
} from './model-file.js';
export { readHead, readRange, readText, readWhole } from './read.js';
export { foreignFormat, hasCodeName, mayRunCode, TELLING_BYTES } from './foreign-format.js';
export { LFS_POINTER_LIMIT, lfsPointer, lfsPointerError, refuseLfsPointer, type LfsPointer } from './lfs-pointer.js';
export { missingSplits, parseSplitName, splitName } from './split-name.js';
export { copyBytes } from '../../workers/copy-bytes.js';
export { BLOCK, BLOCKS, giveBlocks, takeBlocks } from './block-memory.js';
export type { FileWriter } from './block-writer.js';
export { openWriter } from './file-writer.js';
export {
  localFile,
  readLocalFile,
  requireSpace,
  stageLocalFile,
  type StagedFile,
  writeLocalFile,
} from './local-file.js';
export { readChunks } from './read-chunks.js';
export { DiskStore, type DamagedBlob, type PrunedFile, type StoredBlob, type StoreVerification } from './store.js';
export {
  isJsonObject,
  jsonField,
  parseJson,
  isJsonSyntaxError,
  parsePythonJson,
  readJsonObject,
  type JsonObject,
  type JsonValue,
} from './json.js';
export { isHiddenPath } from './hidden-names.js';
export { OutputFolder } from './output-folder.js';
export { isNestedDeeper } from './nesting.js';
export { isTangled } from './tangled-yaml.js';
export { pathFilter, type PathSelection } from './glob.js';
export {
  assertDistinctPaths,
  comparePaths,
  localRelativePath,
  nameProblem,
  pathCollisions,
  safeRelativePath,
} from './safe-path.js';
export { searcher } from './patterns/regular-expression.js';
export { StreamInput, take } from './tar/byte-queue.js';
export { extendedRecords, MAX_EXTENDED, parseTarHeader } from './tar/parse-tar.js';
export { TAR_BLOCK, tarHeader, tarPadding, type TarEntry } from './tar/tar-header.js';
export { tarMembers, untar, type TarMember, type UntarLimits } from './tar/untar.js';
