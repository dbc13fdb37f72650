export { parseAddress, type SourceAddress } from './source-address.js';
export { OrderedFiles, type OrderedFilesOptions } from './ordered/ordered-files.js';
export { findHubToken, hubEndpoint, type HubToken } from './hub-endpoint.js';
export { openSource, type ReadArtifact, type SourceOptions } from './open-source.js';
export { verifiedFile, type Announced } from './verified-file.js';
export { isHubFile, readHubText, type HubText } from './hub-text.js';
