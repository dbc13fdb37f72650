import type { Config, ConfigEnvironment } from './config.js';
import type { StageRow } from './stage-row.js';

/** A configuration ready to run. */
export interface LoadedConfig {
  readonly config: Config;
  /** Absolute path. */
  readonly path: string;
  /** Pipelines in the file; one of several is chosen by its name. */
  readonly of: number;
  /** What the run record keeps: the configuration with its secrets as references. */
  readonly description: unknown;
}

/** How to load a configuration. */
export interface LoadConfigOptions extends ConfigEnvironment {
  /** Relative paths start here. */
  readonly directory: string;
  /** `path=value`, in order. */
  readonly set?: readonly string[];
  /** Names of pipelines, `*` for any letters: of several in a file only these. */
  readonly only?: readonly string[];
  /** Stages that YAML and JSON may name; the built-in ones unless given. */
  readonly stages?: readonly StageRow[];
}
