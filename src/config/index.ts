export {
  defineConfig,
  type Config,
  type ConfigEnvironment,
  type ConfigInput,
  type CredentialReference,
  type LimitOptions,
  type SecretReference,
  type SizeText,
} from './config.js';
export { credentialLookup, secretVariables } from './credentials.js';
export { resolveLimits } from './limits.js';
export {
  CONFIG_NAMES,
  configJsonSchema,
  loadConfig,
  loadConfigs,
  readAuthorities,
  readClientCertificates,
} from './load.js';
export type { LoadConfigOptions, LoadedConfig } from './loaded-config.js';
export { loadValue } from './load-value.js';
