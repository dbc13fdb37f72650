/** An environment variable that the program reads. */
export interface Variable {
  readonly name: string;
  readonly meaning: string;
  readonly expects: string;
  /** Its value is never shown. */
  readonly secret?: boolean;
}

/** Every variable, in the order of `pipeline env`. */
export const VARIABLES: readonly Variable[] = [
  { name: 'PIPELINE_HOME', meaning: 'where the store and the run records live', expects: 'a directory; ./.pipeline' },
  { name: 'PIPELINE_PROGRESS', meaning: 'as --progress', expects: 'auto, tty, plain, ndjson or none' },
  { name: 'PIPELINE_COLOR', meaning: 'as --color', expects: 'auto, always or never' },
  { name: 'NO_COLOR', meaning: 'no colours, unless --color always', expects: 'anything' },
  { name: 'FORCE_COLOR', meaning: 'colours without a terminal', expects: 'anything but 0' },
  { name: 'CI', meaning: 'plain progress', expects: 'anything but false' },
  { name: 'GITHUB_ACTIONS', meaning: 'as --github', expects: 'true, set by the runner' },
  {
    name: 'GITHUB_WORKSPACE',
    meaning: 'what paths in annotations start from',
    expects: 'a directory, named by the runner',
  },
  { name: 'GITHUB_OUTPUT', meaning: 'where outputs of a step go', expects: 'a file, named by the runner' },
  { name: 'GITHUB_STEP_SUMMARY', meaning: 'where the page of a step goes', expects: 'a file, named by the runner' },
  { name: 'GITLAB_CI', meaning: 'as --gitlab', expects: 'true, set by the runner' },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    meaning: 'read by the OpenTelemetry SDK that the host brings, not here (docs/observability.md)',
    expects: 'an address',
  },
  { name: 'TRACEPARENT', meaning: 'the trace that a run belongs to (OpenTelemetry)', expects: '00-TRACE-SPAN-FLAGS' },
  { name: 'PIPELINE_DEBUG', meaning: 'as --debug', expects: '1' },
  { name: 'PIPELINE_MEMORY', meaning: 'bytes in flight; wins over the configuration', expects: 'a size: 2GiB' },
  { name: 'PIPELINE_CONCURRENCY', meaning: 'streams at the same time', expects: '1 to 1024; 4' },
  { name: 'PIPELINE_THREADS', meaning: 'worker threads', expects: '1 to 1024; all cores' },
  { name: 'PIPELINE_ENGINE', meaning: 'as --engine', expects: 'auto, native, wasm, js or llama.cpp' },
  {
    name: 'PIPELINE_LOW_SPEED_LIMIT',
    meaning: 'bytes a second below which a transfer counts as stalled',
    expects: 'a number; 1000, 0 for none',
  },
  { name: 'PIPELINE_LOW_SPEED_TIME', meaning: 'for how long, in seconds', expects: 'a number; 60' },
  {
    name: 'PIPELINE_TMPDIR',
    meaning: 'where temporary files go: models to evaluate, plans',
    expects: 'a directory; TMPDIR',
  },
  { name: 'TMPDIR', meaning: 'the same for every program', expects: 'a directory; /tmp' },
  { name: 'SLIPWAY_LLAMA_CPP', meaning: 'the llama.cpp that runs models', expects: 'its libllama or folder, or none' },
  { name: 'SLIPWAY_LLAMA_CPP_ANY_VERSION', meaning: 'take another version of it, too', expects: '1' },
  { name: 'PIPELINE_OFFLINE', meaning: 'as --offline', expects: '1' },
  { name: 'HF_TOKEN', meaning: 'token for the Hugging Face Hub', expects: 'a token', secret: true },
  { name: 'HUGGING_FACE_HUB_TOKEN', meaning: 'the older name of HF_TOKEN', expects: 'a token', secret: true },
  { name: 'HF_TOKEN_PATH', meaning: 'file with the token', expects: 'a file; $HF_HOME/token' },
  { name: 'HF_HOME', meaning: "the Hub's own folder", expects: 'a directory' },
  { name: 'HF_ENDPOINT', meaning: 'address of the Hub or of a mirror', expects: 'https://huggingface.co' },
  { name: 'HF_HUB_OFFLINE', meaning: 'as --offline', expects: '1' },
  { name: 'TRANSFORMERS_OFFLINE', meaning: 'no connection to the Hub', expects: '1' },
  { name: 'HF_HUB_DISABLE_XET', meaning: 'nothing from the Xet storage, however large', expects: '1' },
  { name: 'HF_HUB_CACHE', meaning: 'where the Python client keeps files', expects: 'a directory' },
  { name: 'HUGGINGFACE_HUB_CACHE', meaning: 'the older name of HF_HUB_CACHE', expects: 'a directory' },
  { name: 'XDG_CACHE_HOME', meaning: "where the Hub's own folder lies", expects: 'a directory; ~/.cache' },
  { name: 'COSIGN_PASSWORD', meaning: 'password of a signing key', expects: 'text', secret: true },
  { name: 'SIGSTORE_ID_TOKEN', meaning: 'identity for keyless signing', expects: 'a token', secret: true },
  {
    name: 'ACTIONS_ID_TOKEN_REQUEST_URL',
    meaning: 'where the identity for keyless signing comes from',
    expects: 'an address, set by the runner',
  },
  { name: 'PIPELINE_CHUNK_SIZE', meaning: 'as --chunk-size', expects: 'a size: 8MiB' },
  { name: 'PIPELINE_AUTH_HOSTS', meaning: 'as --auth-host', expects: 'registry=host, several with commas' },
  { name: 'REGISTRY_AUTH_FILE', meaning: 'registry credentials', expects: 'a file as podman writes it' },
  { name: 'DOCKER_CONFIG', meaning: "Docker's configuration", expects: 'a directory; ~/.docker' },
  { name: 'XDG_CONFIG_HOME', meaning: 'where pipeline login keeps credentials', expects: 'a directory; ~/.config' },
  {
    name: 'XDG_RUNTIME_DIR',
    meaning: "where podman's containers/auth.json lies",
    expects: 'a directory, set by the session',
  },
  {
    name: 'XDG_STATE_HOME',
    meaning: 'where a command without PIPELINE_HOME keeps what it goes on with',
    expects: 'a directory; ~/.local/state',
  },
  { name: 'HTTPS_PROXY', meaning: 'proxy for https', expects: 'an address' },
  { name: 'HTTP_PROXY', meaning: 'proxy for http', expects: 'an address' },
  { name: 'NO_PROXY', meaning: 'hosts without proxy', expects: 'a list of hosts' },
  { name: 'SSL_CERT_FILE', meaning: 'as --ca-file', expects: 'a PEM file' },
  { name: 'NODE_EXTRA_CA_CERTS', meaning: 'further certificate authorities, read by Node', expects: 'a PEM file' },
  { name: 'SOURCE_DATE_EPOCH', meaning: 'the time in artifacts', expects: 'seconds since 1970' },
];

/** Variables with a registry's host in their names: `PIPELINE_REGISTRY_<HOST>_USERNAME`, `_PASSWORD`, `_TOKEN`. */
export const REGISTRY_VARIABLE: RegExp = /^PIPELINE_REGISTRY_[A-Z0-9_]+_(USERNAME|PASSWORD|TOKEN)$/;

/** A value as it may be shown: secrets only as set; a proxy's address without its password. */
export function shownValue(variable: Pick<Variable, 'name' | 'secret'>, value: string | undefined): string {
  if (value === undefined || value === '') return '';
  if (variable.secret === true) return '(set, not shown)';
  return value.replace(/(\/\/)[^/@]*@/, '$1***@');
}
