import type { Stage } from '../core/index.js';

/** Bytes as people write them: `'4GiB'`, `'500MB'`. */
export type SizeText = `${number}${'B' | 'kB' | 'MB' | 'GB' | 'TB' | 'KiB' | 'MiB' | 'GiB' | 'TiB'}`;

/** Where a secret is to be found when it is needed. A configuration never holds the secret itself. */
export type SecretReference = { readonly env: string } | { readonly file: string };

/** How to log in to one host: a user with a password, or a token. */
export type CredentialReference =
  | { readonly username: string | SecretReference; readonly password: SecretReference }
  | { readonly token: SecretReference };

/** How much a run may use. Flags and `PIPELINE_*` variables win over this. */
export interface LimitOptions {
  /** Bytes that the process may take: 512 MiB unless given, and 24 MiB more for each thread beyond eight. */
  readonly memory?: number | SizeText;
  /** Files downloaded or blobs uploaded at the same time. */
  readonly concurrency?: number;
  /** Worker threads for conversion and quantization. */
  readonly threads?: number;
}

/** A pipeline with what it needs to run. */
export interface Config<out O = unknown> {
  /** Names the run in the terminal, the record and the report. */
  readonly name: string;
  /** Usually `pipeline(download(…), convert(…), pack(…), push(…))`. */
  readonly pipeline: Stage<void, O>;
  readonly limits?: LimitOptions;
  /** `disk` (the default) keeps what was fetched and built, so that a run can go on; `none` writes nothing to disk. */
  readonly store?: 'disk' | 'none';
  /** What encodes where a stage does not say; the fastest that is there unless given. All give the same bytes. */
  readonly engine?: 'auto' | 'native' | 'wasm' | 'js' | 'llama.cpp';
  /** By exact host, with the port if it is not the scheme's own. */
  readonly credentials?: Readonly<Record<string, CredentialReference>>;
  readonly network?: {
    /** Registries (`host:port`) that may be spoken to over plain HTTP. */
    readonly insecureHosts?: readonly string[];
    /** PEM file with further certificate authorities, relative to the configuration. */
    readonly caFile?: string;
    /** Pairs `registry=authHost`: token servers on another host that a registry's credentials may go to. */
    readonly authHosts?: readonly string[];
    /** Most bytes of one request of a blob (`8MiB`), for registries behind something that limits bodies. */
    readonly chunkSize?: number | string;
    /** PEM files of certificates to show, each to one host only; paths relative to the configuration. */
    readonly clientCertificates?: readonly {
      readonly host: string;
      readonly certFile: string;
      readonly keyFile: string;
    }[];
  };
}

/** What a configuration function is told. */
export interface ConfigEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether the pipeline is about to run, or only to be planned. */
  readonly mode: 'run' | 'plan';
}

/** A configuration, a promise of one, or a function that makes one. */
export type ConfigInput = Config | Promise<Config> | ((environment: ConfigEnvironment) => Config | Promise<Config>);

/** Gives a configuration file its types; returns what it is given. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}
