export { Digester, digestOf, sha256, verified, type Expected } from './digest.js';
export { checkedRange, memoryFile } from './in-memory.js';
export type { ModelFile, Snapshot, SourceIdentity } from './model-file.js';
export { readRange, readText, readWhole } from './read.js';
export {
  DiskStore,
  diskError,
  localFile,
  readLocalFile,
  requireSpace,
  stageLocalFile,
  type PrunedFile,
  type StagedFile,
  type StoredBlob,
  writeLocalFile,
} from './store.js';
export {
  isJsonObject,
  jsonField,
  parseJson,
  parsePythonJson,
  readJsonObject,
  type JsonObject,
  type JsonValue,
} from './json.js';
export { pathFilter, type PathSelection } from './glob.js';
export { assertDistinctPaths, comparePaths, safeRelativePath } from './safe-path.js';
