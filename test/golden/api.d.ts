// Made by `npm run api`: do not edit.

// ---- slipway

// trust/admission/admission-types.ts
export declare const ADMISSION_ENGINES: readonly ["kyverno", "policy-controller"];

// package/formats.ts
export declare const ARTIFACT_FORMATS: readonly [ArtifactFormat, ...ArtifactFormat[]];

// trust/admission/admission-types.ts
export type AdmissionEngine = (typeof ADMISSION_ENGINES)[number];

// trust/admission/admission.ts
export interface AdmissionOptions {
    /** `metadata.name`; of the policy's name unless given. */
    readonly name?: string | undefined;
    /** Images that it is about, as globs (`harbor.example.com/models/**`); every image unless given. */
    readonly images?: readonly string[] | undefined;
}

// trust/admission/admission-types.ts
export interface AdmissionPolicy {
    readonly engine: AdmissionEngine;
    readonly resource: Readonly<Record<string, unknown>>;
    /** The resource as YAML. */
    readonly text: string;
    readonly notExpressed: readonly NotExpressed[];
    /** What has to be known to use it. */
    readonly notes: readonly string[];
}

// harbor/apply/settings.ts
export interface AppliedSettings {
    readonly changes: readonly HarborChange[];
    /** New robots with their passwords: Harbor tells them this once. */
    readonly robots: readonly {
        readonly name: string;
        readonly secret: string;
    }[];
}

// registry/artifact.ts
export interface Artifact {
    /** Packaging format: `modelpack`, `cnai`, … */
    readonly format: string;
    /** Which quantization this is (`Q4_K_M`), or `undefined` for the model as it came. */
    readonly variant?: string;
    /** Digest of what it is made of and how: equal ones stand for equal artifacts, on every machine. Recorded on its manifest. */
    readonly recipe?: Digest;
    readonly layers: readonly Layer[];
    /** Pure: the same digests give the same bytes. `digests` are the layers', in order. */
    seal(digests: readonly Digest[]): SealedArtifact;
}

// package/formats.ts
export type ArtifactFormat = keyof typeof PACKAGING_FORMATS;

// stages/trust/attest-stage.ts
export interface AttestStageOptions extends SigningOptions {
    /** SLSA provenance v1: what it was made from, and how. True unless given. */
    readonly slsa?: boolean | undefined;
    /** CycloneDX bill of materials: signed, and as a plain document beside. True unless given. */
    readonly mlbom?: boolean | undefined;
}

// core/context.ts
export interface BlobStore {
    /** Where it lies, when it lies in a directory. */
    readonly directory?: string;
    /** Size in bytes of a stored blob, or `undefined`. */
    stat(digest: Digest): Promise<number | undefined>;
    /** The blob's bytes; a stored blob was verified when it was written. */
    read(digest: Digest, range?: ByteRange, signal?: AbortSignal, hints?: ReadHints): AsyncIterable<Uint8Array>;
    /**
     * Stores content under its digest and returns that.
     * Throws `DIGEST_MISMATCH` (and keeps nothing) when `expected` is given and differs.
     */
    write(content: AsyncIterable<Uint8Array>, expected?: Digest, signal?: AbortSignal): Promise<{
        digest: Digest;
        size: number;
    }>;
    /**
     * Makes sure that a file whose digest is known is here. An interrupted transfer is kept and goes on where it
     * stopped; `onBytes` gets the number of bytes present so far.
     */
    ensure(file: StorableFile, signal?: AbortSignal, onBytes?: (done: number) => void): Promise<void>;
    /** A record by its key, or `undefined`: what an earlier run made of the same input. */
    readRecord?(key: Digest): Promise<string | undefined>;
    /** Keeps a small text under a key, replacing what was there. */
    writeRecord?(key: Digest, text: string): Promise<void>;
}

// core/events.ts
export interface Bottleneck {
    readonly by: 'processors' | 'receiving' | 'sending';
    readonly host?: string;
    /** Of the run's time, 0.5 to 1. */
    readonly share: number;
}

// core/byte-range.ts
export interface ByteRange {
    readonly start: number;
    readonly end: number;
}

// deploy/memory.ts
export type CacheType = (typeof CACHE_TYPES)[number];

// trust/verify/verification-report.ts
export interface Check {
    /** Stable name: `signature`, `provenance`, `source`, … */
    readonly check: string;
    readonly status: 'pass' | 'fail' | 'skipped';
    /** One sentence without a full stop. */
    readonly reason: string;
    /** What it is about, when that is not the artifact itself: a member of an index. */
    readonly subject?: Digest;
    /** Set on a check that was skipped although the policy asks for it: the verdict cannot be `accepted`. */
    readonly undecided?: true;
}

// core/context.ts
export interface ClientCertificate {
    /** `host[:port]` as in the URL, lower case. */
    readonly host: string;
    /** PEM text: certificate with its chain, and the private key. */
    readonly cert: string;
    readonly key: string;
}

// cluster/cluster-connection.ts
export interface ClusterAnswer {
    readonly status: number;
    readonly body: unknown;
}

// cluster/cluster-connection.ts
export interface ClusterConnection {
    /** Its address, without credentials. */
    readonly address: string;
    /** Name of the context in the kubeconfig. */
    readonly context: string;
    /** Where resources go that name no namespace. */
    readonly namespace: string;
    /** Any answer is returned, whatever its status. Throws `CLUSTER_UNAVAILABLE`, `ABORTED`. */
    request(request: ClusterRequest): Promise<ClusterAnswer>;
}

// deploy/cluster-facts.ts
export interface ClusterFacts {
    readonly kubernetes?: Version | undefined;
    readonly containerd?: Version | undefined;
    readonly crio?: Version | undefined;
    readonly kserve?: Version | undefined;
    /** Feature gates that are on although they are off by default, such as `ImageVolume`. */
    readonly featureGates?: readonly string[] | undefined;
    /** Whether KServe's settings let it run images as sidecars (`oci://`). */
    readonly kserveModelcar?: boolean;
    /** Processors of the nodes (`amd64`). */
    readonly architectures?: readonly string[];
    /** Allocatable memory of the largest node, bytes. */
    readonly nodeMemory?: number;
    /** GPUs of the node that has most of them. */
    readonly nodeGpus?: number;
    /** Where the facts come from: `flags`, or the cluster's address. */
    readonly from?: string;
    /** What was found there, in sentences: told with the reasons. */
    readonly notes?: readonly string[];
}

// cluster/cluster-connection.ts
export interface ClusterRequest {
    readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
    readonly path: string;
    readonly query?: Readonly<Record<string, string>>;
    readonly body?: unknown;
    /** Of the body; `application/json` unless given. */
    readonly contentType?: string;
    readonly signal?: AbortSignal | undefined;
    /** Milliseconds until the answer's end; 30 seconds unless given. */
    readonly timeLimit?: number;
}

// config/config.ts
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

// config/config.ts
export interface ConfigEnvironment {
    readonly env: Readonly<Record<string, string | undefined>>;
    /** Whether the pipeline is about to run, or only to be planned. */
    readonly mode: 'run' | 'plan';
}

// config/config.ts
export type ConfigInput = Config | Promise<Config> | ((environment: ConfigEnvironment) => Config | Promise<Config>);

// convert/convert-content.ts
export interface Conversion {
    readonly content: GgufContent;
    /** `general.architecture`. */
    readonly architecture: string;
    /** The class name in config.json. */
    readonly className: string;
    /** The output type, decided. */
    readonly outtype: FixedOutputType;
    /** The name of the file's type: the output type's, or that of weights that stay packed (`NVFP4`, `MXFP4_MOE`). */
    readonly typeName: string;
    readonly parameters: ParameterCount;
    readonly tensors: readonly ConvertedTensor[];
    /** What was left out or done in another way than the repository says, one sentence each. */
    readonly warnings: readonly string[];
}

// stages/options/convert-options.ts
export type ConvertOptions = OptionsOf<typeof CONVERT_OPTIONS> & MixStageOptions;

// convert/convert-content.ts
export interface ConvertedTensor {
    readonly name: string;
    readonly dimensions: readonly number[];
    readonly from: string;
    readonly to: string;
}

// registry/copy-artifact.ts
export interface Copied {
    /** `name[:tag]@digest` in the target. */
    readonly reference: string;
    readonly digest: Digest;
    readonly tags: readonly string[];
}

// registry/copy-artifact.ts
export interface CopyOptions {
    /** Tags (or digests) to copy; every tag of the source unless given. */
    readonly references?: readonly string[];
    /** The tag in the target for a single reference, if it is to be another one. */
    readonly as?: string;
    /** Copy what refers to each manifest (signatures, attestations) too. */
    readonly referrers?: boolean;
    /** Of an index, only this platform (`os/architecture[/variant]`): the manifest itself is copied then, not the index. */
    readonly platform?: string;
    /** Blobs on their way at the same time; 4 unless given. */
    readonly concurrency?: number;
    readonly signal?: AbortSignal;
    readonly onEvent?: OnTransfer;
}

// registry/copy-artifact.ts
export interface CopyResult {
    readonly copied: readonly Copied[];
    readonly blobs: BlobCounts;
    /** Manifests and indexes written. */
    readonly manifests: number;
}

// stages/options/copy-options.ts
export type CopyStageOptions = OptionsOf<typeof COPY_OPTIONS>;

// core/context.ts
export type CountBytes = (direction: Direction, host: string, bytes: number) => void;

// core/context.ts
export type CountWaits = (direction: Direction, host: string, isWaiting: boolean) => void;

// core/context.ts
export type Credential = {
    readonly kind: 'basic';
    readonly username: string;
    readonly password: string;
    readonly origin: string;
} | {
    readonly kind: 'token';
    readonly token: string;
    readonly origin: string;
};

// core/context.ts
export type CredentialLookup = (host: string) => Promise<Credential | undefined>;

// config/config.ts
export type CredentialReference = {
    readonly username: string | SecretReference;
    readonly password: SecretReference;
} | {
    readonly token: SecretReference;
};

// deploy/render.ts
export type DeployFormat = (typeof DEPLOY_FORMATS)[number];

// deploy/deployment-request.ts
export interface DeployOptions {
    /** Name of the resources; made of the model's name unless given (RFC 1123 label). */
    readonly name?: string | undefined;
    readonly namespace?: string | undefined;
    readonly cluster?: ClusterFacts | undefined;
    /** Image of the server, in place of the target's own. */
    readonly image?: string | undefined;
    /** Image of this tool, for targets whose init container pulls. */
    readonly toolImage?: string | undefined;
    readonly replicas?: number | undefined;
    /** Tokens that one request may use; bounded by the model, and by the budget when there is one. */
    readonly contextSize?: number | undefined;
    /** Requests at the same time. */
    readonly slots?: number | undefined;
    readonly cacheTypeK?: CacheType | undefined;
    readonly cacheTypeV?: CacheType | undefined;
    /** Bytes that the server may take: the context is made as long as fits. */
    readonly memoryBudget?: number | undefined;
    /** GPUs of one replica. */
    readonly gpus?: number | undefined;
    /** Names of secrets of type `kubernetes.io/dockerconfigjson`. */
    readonly pullSecrets?: readonly string[] | undefined;
    /** Also a NetworkPolicy: requests in, nothing out but what the pull needs. */
    readonly networkPolicy?: boolean | undefined;
    /** Registries that are spoken to over plain HTTP, for the container that pulls. */
    readonly insecureHosts?: readonly string[] | undefined;
    /** How the user wrote the artifact: commands that would help name it so. */
    readonly reference?: string | undefined;
    /** Version of this program: tags the image of the tool. */
    readonly version?: string | undefined;
}

// stages/options/deploy-options.ts
export type DeployStageOptions = OptionsOf<typeof DEPLOY_OPTIONS> & OptionsOf<typeof DEPLOY_TO>;

// deploy/deployed.ts
export interface Deployed {
    readonly target: string;
    readonly resources: readonly KubernetesObject[];
    /** By file name: Compose, Quadlet, shell. */
    readonly files: Readonly<Record<string, string>>;
    /** Why it is as it is, one sentence each. */
    readonly reasons: readonly string[];
    /** What a person should look at. */
    readonly warnings: readonly string[];
    /** What it needs where it runs, at least. */
    readonly needs: readonly string[];
    /** What runs, when it is this tool that says so. */
    readonly server?: ServerPlan;
    /** The Service of the cluster that requests go to. */
    readonly endpoint?: Endpoint;
    /** Values of a Helm chart, for targets that are a pod. */
    readonly pod?: Readonly<Record<string, unknown>>;
}

// registry/descriptor.ts
export interface Descriptor {
    readonly mediaType: string;
    readonly digest: Digest;
    readonly size: number;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly artifactType?: string;
    readonly platform?: Readonly<{
        architecture: string;
        os: string;
        variant?: string;
    }>;
    /** Base64 of the content itself, for small blobs. */
    readonly data?: string;
    readonly urls?: readonly string[];
}

// harbor/detect.ts
export interface DetectedHarbor {
    readonly host: string;
    /** `undefined` when it is not told: no account, or a wrong one. */
    readonly version: HarborVersion | undefined;
    /** The packaging format that this Harbor shows as a model. */
    readonly family: ModelFamily;
}

// core/digest.ts
export type Digest = `sha256:${string}`;

// core/context.ts
export type Direction = 'received' | 'sent';

// cluster/discover.ts
export interface DiscoveredCluster {
    readonly address: string;
    readonly context: string;
    readonly namespace: string;
    /** `v1.36.2`. */
    readonly kubernetes: string | undefined;
    /** Versions of the groups that matter here: `serving.kserve.io: v1beta1, v1alpha1`. */
    readonly groups: Readonly<Record<string, readonly string[]>>;
    readonly kserve: KserveFound | undefined;
    readonly nodes: readonly NodeFacts[];
    /** Gates that are on in the API server and are off by default in its version. */
    readonly featureGates: readonly string[];
    /** What could not be read, and why. */
    readonly unknown: readonly string[];
}

// files/store.ts
export declare class DiskStore implements BlobStore {
    #private;
    readonly directory: string;
    constructor(directory: string);
    /** Where a blob is, or would be. */
    path(digest: Digest): string;
    /** Size of a blob; a link, a directory or a device in its place is none. */
    stat(digest: Digest): Promise<number | undefined>;
    /**
     * The bytes of a blob, each checked before it is handed out, whole readings and parts alike. A blob that has changed on
     * the disk is set aside, so that it is fetched again. Throws `DIGEST_MISMATCH` with `setAside` in its context.
     */
    read(digest: Digest, range?: ByteRange, signal?: AbortSignal, hints?: ReadHints): AsyncGenerator<Uint8Array>;
    write(content: AsyncIterable<Uint8Array>, expected?: Digest, signal?: AbortSignal): Promise<{
        digest: Digest;
        size: number;
    }>;
    /**
     * Brings a file whose digest is known into the store. An interrupted transfer is kept and goes on where it stopped;
     * the digest is checked over the whole. `onBytes` gets the number of bytes present so far. Two processes that want the
     * same file write to files of their own: the first that is complete counts.
     */
    ensure(file: StorableFile, signal?: AbortSignal, onBytes?: (done: number) => void): Promise<void>;
    /** Reads everything again: blobs that are not what their names say are set aside, such records removed. */
    verify(signal?: AbortSignal, onBlob?: (blob: StoredBlob) => void): Promise<StoreVerification>;
    /** Blobs in the store, with their sizes and the time of their last change. */
    list(): Promise<StoredBlob[]>;
    /**
     * Removes blobs, what interrupted transfers left, and records. Reading a blob does not change its age; storing it does.
     * Returns what was removed, or would be.
     */
    prune(options: {
        readonly olderThanMs: number;
        readonly dryRun?: boolean;
    }): Promise<PrunedFile[]>;
    /** A record by its key, or `undefined`: also for one that is not what was written. */
    readRecord(key: Digest): Promise<string | undefined>;
    /** Keeps a small text under a key, replacing what was there. */
    writeRecord(key: Digest, text: string): Promise<void>;
    remove(digest: Digest): Promise<void>;
}

// stages/options/download-options.ts
export type DownloadOptions = OptionsOf<typeof DOWNLOAD_OPTIONS>;

// core/error.ts
export declare const EXIT_CODES: Readonly<Record<ErrorCode, number>>;

// quantize/encoder.ts
export interface EncodeJob {
    /** How `input` is stored: F32, F16, BF16 or a quantized type that can be widened. */
    readonly from: TensorType;
    readonly to: TensorType;
    /**
     * Rows as stored. Its memory moves to a worker and may come back holding the result, or is lent to the next job: do not
     * use it afterwards.
     */
    readonly input: Uint8Array;
    /** Weights in a row. */
    readonly rowLength: number;
    /** Importance of each column, `rowLength` of them (from an importance matrix). */
    readonly importance?: Float32Array;
    /**
     * What to do with NaN, infinities and weights too large for `to`. `refuse` (the default) throws `NON_FINITE`, as
     * llama-quantize gives up; `keep` stores what the arithmetic yields, as the converter does for F16 and BF16.
     */
    readonly nonFinite?: 'refuse' | 'keep';
    /** Named in errors. */
    readonly tensor: string;
    /** Asks for a comparison of blocks with the weights that they are made of; `add` gets it before the rows are returned. */
    readonly compare?: (RoundingRows & {
        readonly add: (sums: RoundingSums) => void;
    }) | undefined;
}

// quantize/pool.ts
export interface EncoderPool extends RowEncoder {
    /** Ends the threads; jobs under way fail with `ABORTED`. */
    close(): Promise<void>;
}

// quantize/pool.ts
export interface EncoderPoolOptions {
    /** Worker threads. */
    readonly threads: number;
    /**
     * Default `auto`: the native kernels where there are any for this machine, else WebAssembly; the scalar twins where a
     * type has no compiled kernel. `llama.cpp` is slower; it serves to have llama.cpp itself compute.
     */
    readonly engine?: EngineChoice;
    /** Older spelling of `engine`, which wins; `native` there stands for llama.cpp. */
    readonly kernel?: KernelChoice;
    /** Where the engine `llama.cpp` finds the path of its library: the program's environment, or part of it. */
    readonly env?: LlamaEnvironment;
    /** Bytes that rows in flight may take together; nothing limits them without it. */
    readonly jobBytes?: number;
    /** Weights of one job, at most. */
    readonly chunkWeights?: number;
    /** Bytes that the whole process may take: garbage is collected before it fills them. */
    readonly residentBytes?: number;
    /** Milliseconds without a job after which threads end and memory is let go until the next; 30,000 unless given. */
    readonly idleMs?: number;
    /** The worker's file, for tests of what happens when one dies. */
    readonly entry?: string;
}

// deploy/deployed.ts
export interface Endpoint {
    /** Name of the Service. */
    readonly service: string;
    /** A port's name or number. */
    readonly port: string;
    /** What the server's paths begin with. */
    readonly root?: string;
}

// evaluate/engine/engine.ts
export declare class Engine {
    #private;
    readonly facts: EngineFacts;
    private constructor();
    /**
     * Finds the library and the binding, starts the process and lets it open the library, which is checked before
     * anything that could break is called. Throws `KERNEL_UNAVAILABLE` with what was found and what to install.
     */
    static open(options?: EngineOptions, signal?: AbortSignal): Promise<Engine>;
    get pid(): number | undefined;
    get alive(): boolean;
    /** Loads a GGUF. */
    load(path: string, options: LoadOptions, signal?: AbortSignal): Promise<LlamaModel>;
    close(): Promise<void>;
}

// core/error.ts
export type ErrorCode = keyof typeof ERROR_CODES;

// core/error.ts
export interface ErrorDetails {
    /** The thing: file, tensor, stage, URL (without secrets). */
    readonly where?: string;
    /** What was received, with numbers: `expected` and `actual`, `limit` and `actual`. */
    readonly got?: string;
    /** Several findings of one kind, each with its place (`limits.memory`). */
    readonly problems?: readonly {
        readonly at: string;
        readonly text: string;
    }[];
    /** What survived: partial files, pushed blobs. */
    readonly kept?: string;
    /** What had moved until then, stage by stage: for programs. */
    readonly stages?: readonly unknown[];
    /** Commands or edits that a person can paste, most likely one first. */
    readonly try?: string | readonly string[];
    /** Machine-readable context: numbers, digests, names. Never a secret. */
    readonly context?: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
    /** The error underneath, kept for the `because` chain. */
    readonly cause?: unknown;
    /** True when the same call may succeed later without a change (time-outs, 5xx, 429). */
    readonly retryable?: boolean;
}

// evaluate/evaluation.ts
export interface Evaluation {
    readonly candidate: EvaluatedModel;
    readonly base?: EvaluatedModel;
    readonly text?: EvaluatedText;
    readonly settings?: UsedSettings;
    readonly engine?: EngineFacts;
    readonly metrics: readonly Metric[];
    readonly histogram?: Histogram;
    readonly weightError?: WeightSummary;
    readonly smoke?: SmokeResult;
    readonly gate?: readonly GateCheck[];
    /** Why there are no numbers from a library. */
    readonly unavailable?: {
        readonly code: string;
        readonly message: string;
    };
}

// files/digest-of.ts
export interface Expected {
    readonly size: number;
    readonly digest?: Digest;
    /** Named in the error. */
    readonly name: string;
}

// quantize/file-types.ts
export declare const FILE_TYPES: readonly FileType[];

// cluster/differences.ts
export interface FieldDifference {
    /** `spec.template.spec.containers[server].image`. */
    readonly field: string;
    /** As JSON; `undefined` where there is nothing. */
    readonly before: string | undefined;
    readonly after: string | undefined;
}

// deploy/served-model.ts
export type FileRole = 'weights' | 'projector' | 'adapter' | 'draft' | 'settings' | 'template' | 'document';

// quantize/file-types.ts
export interface FileType {
    readonly name: FileTypeName;
    /** `general.file_type`; `undefined` for COPY, which keeps what the input says. */
    readonly id: number | undefined;
    /** What most tensors become; `undefined` for COPY. */
    readonly tensorType: TensorType | undefined;
    readonly imatrix: 'required' | 'useful' | 'unused';
    /** What a typical model comes to: bits per weight of Llama 3.1 8B, rounded. `undefined` for COPY. */
    readonly typicalBits: number | undefined;
    /** Other names that mean the same. */
    readonly aliases: readonly string[];
}

// quantize/file-types.ts
export type FileTypeName = (typeof FILE_TYPE_TABLE)[number][0] | 'COPY';

// quantize/file-types.ts
export type FileTypeWord = Spelled<FileTypeName | 'Q3_K' | 'Q4_K' | 'Q5_K'>;

// convert/tensor-types.ts
export type FixedOutputType = Exclude<OutputType, 'auto'>;

// package/pack-as.ts
export interface FormatOptions extends PackOptions {
    readonly modelSpec?: Omit<ModelSpecOptions, keyof PackOptions> | undefined;
    readonly oras?: Omit<OrasOptions, keyof PackOptions> | undefined;
    readonly docker?: Omit<DockerModelOptions, keyof PackOptions> | undefined;
    readonly ollama?: Omit<OllamaOptions, keyof PackOptions> | undefined;
    readonly kitops?: Omit<ModelKitOptions, keyof PackOptions> | undefined;
    readonly modelcar?: Omit<ModelcarOptions, keyof PackOptions> | undefined;
}

// evaluate/gate.ts
export interface GateCheck extends GateRule {
    /** `null` when it was not measured, or is no number. */
    readonly value: number | null;
    readonly passed: boolean;
    /** Why it failed, when that is not for its value. */
    readonly reason?: string;
}

// evaluate/gate.ts
export interface GateRule {
    readonly metric: string;
    readonly operator: GateOperator;
    readonly threshold: number;
    /** Standard errors that are added against the candidate before comparing. */
    readonly sigmas: number;
}

// gguf/gguf-reader.ts
export interface Gguf extends GgufContent {
    /** 2 or 3. Version 1 had 32-bit lengths and is refused, as in ggml. */
    readonly version: number;
    /** The file is big endian; tensors are read as little endian all the same. */
    readonly bigEndian: boolean;
    readonly alignment: number;
    /** Position of the data section in the file. */
    readonly dataOffset: number;
    /** Position of each tensor's data in the file. */
    readonly positions: readonly number[];
    /** End of the last tensor with its padding: what the file's size should be. */
    readonly end: number;
}

// gguf/content.ts
export type GgufArray = readonly number[] | readonly bigint[] | readonly boolean[] | readonly (string | Uint8Array)[] | Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

// gguf/content.ts
export interface GgufContent {
    readonly metadata: GgufMetadata;
    readonly tensors: readonly GgufTensor[];
}

// gguf/content.ts
export type GgufMetadata = ReadonlyMap<string, GgufValue>;

// gguf/content.ts
export interface GgufTensor extends TensorInfo {
    /** What of files a reading of the whole reads, in that order, when that is known. */
    readonly sources?: readonly FileRange[];
    /** What storing it in blocks has cost, of the rows that were read so far; `undefined` before. */
    readonly rounding?: () => RoundingError | undefined;
    /** Bytes `range` of the tensor's data, without padding; all of it without a range. As a ModelFile's. */
    read(range?: ByteRange, signal?: AbortSignal, hints?: ReadHints): AsyncIterable<Uint8Array>;
}

// gguf/content.ts
export type GgufValue = {
    readonly type: 'UINT8' | 'INT8' | 'UINT16' | 'INT16' | 'UINT32' | 'INT32' | 'FLOAT32' | 'FLOAT64';
    readonly value: number;
} | {
    readonly type: 'UINT64' | 'INT64';
    readonly value: bigint;
} | {
    readonly type: 'BOOL';
    readonly value: boolean;
} | {
    readonly type: 'STRING';
    readonly value: string | Uint8Array;
} | {
    readonly type: 'ARRAY';
    readonly items: ScalarType;
    readonly value: GgufArray;
};

// harbor/open-harbor.ts
export interface Harbor {
    /** `harbor.example.com`, as references start. */
    readonly host: string;
    /** With a slash at its end. */
    readonly url: string;
    /** The REST API, for what has no function here. */
    readonly api: HarborApi;
    /** True when Harbor's core answers. Its health is another question: that covers every optional component. */
    ping(): Promise<boolean>;
    /** Asked once. Harbor tells it to accounts only; `undefined` without an account. */
    version(): Promise<HarborVersion | undefined>;
    /** Whom Harbor takes us for. Throws `HARBOR_UNAUTHORIZED` when it refuses the name or password. */
    checkCredential(): Promise<HarborIdentity>;
}

// harbor/artifacts.ts
export interface HarborArtifact {
    readonly digest: string;
    /** What Harbor calls it: `CNAI`, `MODEL`, `IMAGE`, `UNKNOWN` … settled when it was pushed. */
    readonly type: string;
    /** Of the config. */
    readonly mediaType: string;
    /** Empty when the manifest has none, and from releases that do not tell. */
    readonly artifactType: string;
    /** Bytes of manifest, config and layers. */
    readonly size: number;
    readonly pushTime: string;
    readonly tags: readonly ArtifactTag[];
    readonly labels: readonly string[];
    /** Names of the tabs that Harbor offers: `readme.md`, `license`, `files`, `build_history` … */
    readonly additions: readonly string[];
    /** Types of what is attached: `signature.cosign`, `sbom.harbor` … */
    readonly accessories: readonly string[];
    /** The config, when Harbor recognised the type. */
    readonly config: AnswerObject;
    readonly scan: ScanState | undefined;
    readonly sbom: SbomState | undefined;
}

// harbor/apply/settings.ts
export interface HarborChange {
    readonly kind: 'project' | 'quota' | 'immutable' | 'retention' | 'robot' | 'label' | 'registry' | 'replication' | 'preheat';
    readonly name: string;
    /** `kept`: it is there, the settings do not mention it, and it was left alone. */
    readonly change: 'created' | 'updated' | 'unchanged' | 'kept';
    /** What differs; empty when nothing does. */
    readonly detail: string;
}

// harbor/open-harbor.ts
export interface HarborOptions extends HarborPlace {
    /** Name and password. Without them Harbor is asked without an account, which shows public projects only. */
    readonly credential?: Credential | undefined;
    readonly http: HttpClient;
    readonly signal?: AbortSignal;
}

// harbor/apply/settings.ts
export interface HarborSettings {
    readonly project: string;
    /** Pulling needs no account. A new project is private unless this is set. */
    readonly public?: boolean | undefined;
    /** Bytes, or a size (`2 TiB`), or `unlimited`. */
    readonly quota?: number | string | undefined;
    readonly scanOnPush?: boolean | undefined;
    readonly sbomOnPush?: boolean | undefined;
    /** `cosign`: pulls are refused of what has no cosign signature attached, by whatever key. */
    readonly contentTrust?: ContentTrust | undefined;
    /** Makes a new project a proxy cache of this registry. */
    readonly proxyCache?: RegistryEndpoint | undefined;
    /** Tags that no account may move. */
    readonly immutable?: readonly Selection[] | undefined;
    /** Replaces the whole retention policy: every tag that no rule keeps is deleted when it runs. */
    readonly retention?: {
        readonly rules: readonly RetentionRule[];
        readonly schedule?: string | undefined;
    } | undefined;
    readonly robots?: readonly RobotSpec[] | undefined;
    readonly labels?: readonly LabelSpec[] | undefined;
    readonly replication?: readonly ReplicationSetting[] | undefined;
    readonly preheat?: readonly PreheatSpec[] | undefined;
}

// stages/harbor.ts
export type HarborStageOptions = HostedSettings;

// core/events.ts
export interface HostTraffic {
    readonly host: string;
    readonly received: number;
    readonly sent: number;
    /** Milliseconds in which at least one request waited for bytes of this host. */
    readonly receivingMs: number;
    /** Milliseconds in which at least one request waited for this host to take bytes, or to answer when it had them all. */
    readonly sendingMs: number;
}

// http/client.ts
export interface HttpClient {
    /** As the standard `fetch`; errors are SlipwayErrors without secrets. */
    readonly fetch: typeof globalThis.fetch;
    /** The same with streams both ways and without the cost of the fetch standard. */
    send(request: HttpRequest): Promise<HttpResponse>;
    /** The same client (connections, secrets, one `close`) that reports its retries to another listener. */
    tellingRetries(onRetry: OnRetry): HttpClient;
    /** Registers a secret: wherever it would appear in an error of this client, `***` stands instead. */
    protect(secret: string): void;
    /** Text with every secret this client has sent or was told replaced by `***`. */
    redact(text: string): string;
    close(): Promise<void>;
}

// http/client.ts
export interface HttpOptions extends NetworkOptions {
    /** HTTPS_PROXY, HTTP_PROXY, NO_PROXY (either case), SSL_CERT_FILE and NODE_EXTRA_CA_CERTS are read from here. */
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly onRetry?: OnRetry;
    /** Told of every chunk of a body, both ways. */
    readonly onBytes?: CountBytes;
    /** Told when a request begins and ceases to wait for a host. */
    readonly onWait?: CountWaits;
    /** Total attempts of a request that may be repeated; 5 unless given. */
    readonly attempts?: number;
    /** Milliseconds before the first repetition, doubled for each further one; 500 unless given. */
    readonly retryDelayMs?: number;
}

// stages/trust/keyless-signing.ts
export type IdentityToken = string | {
    readonly file: string;
} | {
    readonly env: string;
} | (() => Promise<string>);

// quantize/imatrix.ts
export interface Imatrix {
    /** The path as it was given: it is written into the quantized file. */
    readonly path: string;
    /** Tensor name to one value a column, for each expert one row after another. */
    readonly entries: ReadonlyMap<string, Float32Array>;
    /** Calibration texts, as the file names them. */
    readonly datasets: readonly string[];
    /** Chunks of text it was computed on; 0 when the file does not say. */
    readonly chunks: number;
}

// registry/descriptor.ts
export interface Index {
    readonly schemaVersion: 2;
    readonly mediaType: string;
    readonly artifactType?: string;
    readonly manifests: readonly Descriptor[];
    readonly subject?: Descriptor;
    readonly annotations?: Readonly<Record<string, string>>;
}

// files/json.ts
export interface JsonObject {
    readonly [key: string]: JsonValue;
}

// files/json.ts
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

// stages/trust/keyless-signing.ts
export interface KeylessSigning {
    /** Path of a `signing_config.json`: which services to use. */
    readonly signingConfig?: string | undefined;
    /** Use the public Sigstore, whose log tells everybody. */
    readonly publicLog?: boolean | undefined;
    /** `SIGSTORE_ID_TOKEN`, or what GitHub Actions gives, unless given. */
    readonly identityToken?: IdentityToken | undefined;
    /** Path of a `trusted_root.json`, by which earlier signatures of the same identity are found: then a second run adds none. */
    readonly trustedRoot?: string | undefined;
    /** Whom the certificate names, where the token does not tell. */
    readonly identity?: ExactIdentity | undefined;
}

// cluster/find-kserve.ts
export interface KserveFound {
    /** `0.20.0`, or `undefined` when nothing says it. */
    readonly version: string | undefined;
    /** What the version was read from. */
    readonly from: string;
    readonly kinds: readonly string[];
    /** Whether KServe takes `oci://` (`enableModelcar`, `enableOciModelSupport`); `undefined` when its settings could not be read. */
    readonly modelcar: boolean | undefined;
    /** How KServe makes an image's files available unless a model says so itself: `modelcar`, `native`, `fetch`. */
    readonly ociModelMode: string | undefined;
    /** `Standard` (`RawDeployment`) or `Knative` (`Serverless`). */
    readonly deploymentMode: string | undefined;
}

// cluster/kubernetes-object.ts
export interface KubernetesObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: {
        readonly name: string;
        readonly namespace?: string;
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly [field: string]: unknown;
}

// quantize/options.ts
export type KvOverride = {
    readonly key: string;
    readonly type: 'int' | 'float';
    readonly value: number;
} | {
    readonly key: string;
    readonly type: 'bool';
    readonly value: boolean;
} | {
    readonly key: string;
    readonly type: 'str';
    readonly value: string;
};

// lint/lint-rules.ts
export declare const LINT_RULES: Readonly<Record<LintCode, LintRule>>;

// registry/artifact.ts
export interface Layer {
    readonly file: ModelFile;
    readonly mediaType: string;
    readonly annotations: Readonly<Record<string, string>>;
    /**
     * The file, where it is made of the other layers' digests: called when they are known, with their descriptors in their order, and sent
     * last. It has the size of `file`, which is not read.
     */
    readonly made?: (others: readonly Descriptor[], signal: AbortSignal) => Promise<ModelFile>;
    /** `host/repository` that has the blob already: within that registry it can be mounted. */
    readonly from?: string;
}

// deploy/gguf-shape.ts
export interface LayerShape {
    /** Values of the key cache for one token; 0 for a layer without one. */
    readonly keys: number;
    readonly values: number;
    /** It sees a window of tokens only. */
    readonly windowed: boolean;
    /** Values of the state that a recurrent layer keeps for one sequence (convolution and state). */
    readonly state: number;
}

// registry/layout/layout-target.ts
export declare class LayoutTarget implements DeletableTarget {
    #private;
    /** A layout is in no registry. */
    readonly host: undefined;
    constructor(storage: LayoutStorage);
    get name(): string;
    resolve(reference: string, signal?: AbortSignal): Promise<Descriptor>;
    readManifest(reference: string, signal?: AbortSignal): Promise<StoredManifest>;
    /**
     * True for what `index.json` lists and is all there: a manifest that only lies there could be garbage of a killed writer.
     * Everything that it lists is read, since a disk can forget.
     */
    hasManifest(digest: Digest, signal?: AbortSignal): Promise<boolean>;
    readBlob(blob: Pick<Descriptor, 'digest' | 'size'>, range?: ByteRange, signal?: AbortSignal, hints?: ReadHints): AsyncGenerator<Uint8Array>;
    tags(signal?: AbortSignal): Promise<readonly string[]>;
    /** The one tag of the layout (fallback tags of referrers and signatures aside), or the one manifest without a tag. */
    onlyReference(signal?: AbortSignal): Promise<string | undefined>;
    referrers(digest: Digest, artifactType?: string, signal?: AbortSignal): Promise<readonly Descriptor[]>;
    referrersSoFar(digest: Digest, signal?: AbortSignal): Promise<PartialListing>;
    hasBlob(digest: Digest, signal?: AbortSignal): Promise<boolean>;
    pushBlob(file: ModelFile, options?: PushBlobOptions): Promise<PushedBlob>;
    mayHold(size: number): Promise<boolean>;
    pushManifest(bytes: Uint8Array, mediaType: string, signal?: AbortSignal): Promise<Descriptor>;
    tag(descriptor: Descriptor, tag: string, signal?: AbortSignal): Promise<void>;
    /** Removes a tag, or every entry of a digest. The bytes go with the next {@link LayoutTarget.collectGarbage}. */
    deleteManifest(reference: string, signal?: AbortSignal): Promise<void>;
    /**
     * Removes blobs that nothing in `index.json` leads to, and what killed writers left. A referrer stays as long as its
     * subject. Not while another process pushes: what it has not tagged yet would look like garbage.
     */
    collectGarbage(signal?: AbortSignal): Promise<CollectedGarbage>;
    /** Reads everything that `index.json` leads to. A blob that is not what its name says is set aside beside the layout's blobs. */
    verify(signal?: AbortSignal): Promise<LayoutVerification>;
}

// files/model-file.ts
export interface LeftOutFile {
    readonly path: string;
    /** It may run code when it is loaded: it is not taken even when it is asked for. */
    readonly mayRunCode: boolean;
    /** Why its name cannot stand everywhere, when that is the reason. */
    readonly nameProblem?: string;
}

// quantize/encoder.ts
export interface LentRows {
    readonly bytes: Uint8Array;
    release(): void;
}

// config/config.ts
export interface LimitOptions {
    /** Bytes that the process may take: 512 MiB unless given, and 24 MiB more for each thread beyond eight. */
    readonly memory?: number | SizeText;
    /** Files downloaded or blobs uploaded at the same time. */
    readonly concurrency?: number;
    /** Worker threads for conversion and quantization. */
    readonly threads?: number;
}

// core/limits.ts
export interface Limits {
    /** Streams at work at the same time (files downloaded, blobs uploaded). */
    readonly concurrency: number;
    /** Worker threads for conversion and quantization. */
    readonly threads: number;
    /** Bytes that the process may take (resident memory): threads, buffers and windows are fitted into it. */
    readonly memory: number;
    /** Set where several runs share a process, whose code, engine and threads are not each run's to count. */
    readonly process?: ProcessMemory | undefined;
}

// lint/lint-rules.ts
export type LintCode = keyof typeof RULES;

// lint/lint-rules.ts
export interface LintFinding {
    readonly code: LintCode;
    readonly level: LintLevel;
    /** Path of the file, or the annotation. */
    readonly where: string;
    /** Place within it: a key, a tensor. */
    readonly at?: string;
    /** Line in a text, from 1. */
    readonly line?: number;
    /** What was found, with its values. */
    readonly message: string;
    readonly why: string;
    readonly try: string;
}

// lint/lint-rules.ts
export type LintLevel = 'error' | 'warning' | 'note';

// stages/lint.ts
export interface LintOptions {
    /** Branch, tag or commit of a repository. */
    readonly revision?: string | undefined;
    /** Which member of an index (`Q4_K_M`); all of them unless given. */
    readonly variant?: string | undefined;
}

// lint/lint-model.ts
export interface LintReport {
    readonly v: 1;
    /** No finding is an error. */
    readonly ok: boolean;
    readonly name: string;
    /** Of an artifact. */
    readonly digest?: Digest;
    /** Gravest first. */
    readonly findings: readonly LintFinding[];
    readonly counts: Readonly<Record<LintLevel, number>>;
    /** Files that were looked at. */
    readonly files: number;
    readonly notChecked: readonly string[];
}

// lint/lint-rules.ts
export interface LintRule {
    readonly level: LintLevel;
    /** One line: what is looked at. */
    readonly title: string;
    /** Why it matters. */
    readonly why: string;
    /** What to do. */
    readonly try: string;
}

// config/loaded-config.ts
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

// config/loaded-config.ts
export interface LoadedConfig {
    readonly config: Config;
    /** Absolute path. */
    readonly path: string;
    /** Pipelines in the file; one of several is chosen by its name. */
    readonly of: number;
    /** What the run record keeps: the configuration with its secrets as references. */
    readonly description: unknown;
}

// registry/descriptor.ts
export interface Manifest {
    readonly schemaVersion: 2;
    readonly mediaType: string;
    readonly artifactType?: string;
    readonly config: Descriptor;
    readonly layers: readonly Descriptor[];
    readonly subject?: Descriptor;
    readonly annotations?: Readonly<Record<string, string>>;
}

// evaluate/evaluate-models.ts
export interface Measurement {
    readonly metrics: readonly Metric[];
    readonly settings: UsedSettings;
    readonly engine: EngineFacts;
    /** Tokens of the text. */
    readonly tokens: number;
    /** Divergence of every position, for a histogram; empty without a base. */
    readonly divergences: Float32Array;
}

// deploy/memory.ts
export interface MemoryEstimate {
    /** The GGUF files. */
    readonly weights: number;
    /** Keys and values of every token of the context. */
    readonly cache: number;
    /** States of recurrent layers. */
    readonly state: number;
    /** Scratch space of one batch. */
    readonly compute: number;
    /** Logits and embeddings that are handed out. */
    readonly output: number;
    readonly total: number;
}

// evaluate/metrics.ts
export interface Metric {
    /** `ppl`, `kld.mean`, `top.same`: the table in docs/evaluate.md. */
    readonly name: string;
    readonly value: number;
    /** One standard error, in the value's unit. */
    readonly uncertainty?: number;
    /** `nats`, `%`, `tokens`; none for ratios. */
    readonly unit?: string;
}

// quantize/options.ts
export interface MixOptions {
    /** All tensors in the file type's own tensor type, without a mix. */
    readonly pure?: boolean;
    /** Leave `output.weight` as it is. */
    readonly leaveOutputTensor?: boolean;
    readonly outputTensorType?: TensorType;
    readonly tokenEmbeddingType?: TensorType;
    /** Regular expressions, searched for in names; the first that matches decides. */
    readonly tensorTypes?: readonly (readonly [pattern: string, type: TensorType])[];
    /** The types of tensors by their names; they go before everything else. */
    readonly assigned?: ReadonlyMap<string, TensorType>;
    readonly imatrix?: Imatrix;
    /** Use the importance matrix for tensors whose name contains one of these only. */
    readonly includeWeights?: readonly string[];
    /** Use the importance matrix for no tensor whose name contains one of these. Excludes `includeWeights`. */
    readonly excludeWeights?: readonly string[];
    /** Layers to leave out; those behind move up. */
    readonly pruneLayers?: readonly number[];
    readonly overrideKv?: readonly KvOverride[];
    /** Allow input that is quantized already. */
    readonly allowRequantize?: boolean;
    /** What to do when rows do not consist of whole blocks: refuse above 5 % of the weights (the default), or go on. */
    readonly fallback?: 'error' | 'allow';
}

// stages/options/mix-options.ts
export type MixStageOptions = OptionsOf<typeof MIX_OPTIONS>;

// package/variant.ts
export interface ModelFacts {
    /** Short name, such as `SmolLM2-135M-Instruct`. */
    readonly name: string;
    readonly format: 'gguf' | 'safetensors' | 'onnx' | 'other';
    /** GGUF architecture or the config's `model_type`. */
    readonly architecture?: string;
    readonly family?: string;
    /** Number of weights. */
    readonly parameters?: number;
    /** As ModelPack spells it: `float16`, `bfloat16`, `float32`, … */
    readonly precision?: string;
    /** File type of a quantized GGUF, `Q4_K_M`. */
    readonly quantization?: string;
    /** Of a GGUF's tensors, all together. */
    readonly bitsPerWeight?: number;
    /** SPDX expressions. */
    readonly licenses: readonly string[];
    readonly title?: string;
    readonly description?: string;
    readonly vendor?: string;
    readonly authors?: readonly string[];
    readonly version?: string;
    readonly languages?: readonly string[];
    readonly datasets?: readonly string[];
    readonly baseModels?: readonly string[];
    readonly contextLength?: number;
    readonly chatTemplate?: string;
    /** What it is for, as the Hub names it: `text-generation`, `feature-extraction`, … */
    readonly task?: string;
    readonly sampling?: SamplingFacts;
    /** What it reads, where that is more than its task says: the projector beside it tells. */
    readonly inputTypes?: readonly InputType[];
    /** Set when the weights are a LoRA adapter: what is known of the base model that it changes. */
    readonly adapter?: AdapterFacts;
    readonly source: SourceIdentity;
}

// files/model-file.ts
export interface ModelFile {
    /** Relative path with forward slashes, as it should appear at the destination. */
    readonly path: string;
    /** Bytes. Always known before anything is read. */
    readonly size: number;
    /**
     * Known beforehand only for files whose origin tells it. Reading the whole of such a file fails before its end is seen
     * when the bytes are others.
     */
    readonly digest?: Digest;
    /**
     * The bytes of `range` (the whole file without it), in chunks of any size. Fails with a SlipwayError when fewer or
     * more bytes come than announced. The consumer owns the chunks, unless it lends them back.
     */
    read(range?: ByteRange, signal?: AbortSignal, hints?: ReadHints): AsyncIterable<Uint8Array>;
    /** What of other files a reading of the whole reads, in that order, when it is computed and that is known. */
    readonly sources?: readonly FileRange[];
    /** The files that it is read together with, when those want to know beforehand what will be read of them. */
    readonly group?: ReadingGroup;
    /** Absolute path, when the bytes lie on a local disk as they are: for programs that want a path. */
    readonly onDisk?: string;
    /** The same file without that check, for a reader that hashes what it reads itself: once is enough. */
    readonly unchecked?: ModelFile;
}

// deploy/gguf-shape.ts
export interface ModelShape {
    readonly architecture: string;
    readonly layers: readonly LayerShape[];
    readonly embedding: number;
    readonly vocabulary: number;
    readonly feedForward: number;
    /** Values of all query heads of one token, the largest layer's. */
    readonly queries: number;
    readonly heads: number;
    /** Tokens that a windowed layer sees; 0 without. */
    readonly window: number;
    readonly expertsUsed: number;
    readonly expertFeedForward: number;
    /** The feed-forward layers multiply by a gate. */
    readonly gated: boolean;
    /** Values that a recurrent layer has at once for one token (Mamba); 0 without one. */
    readonly recurrent: number;
    /** Longest context that it was trained for; 0 when the file does not say. */
    readonly trained: number;
}

// deploy/served-model.ts
export type ModelTask = 'generate' | 'embed' | 'rerank';

// package/variant.ts
export interface ModelVariant {
    /** `Q4_K_M`, `F16`, `safetensors`. Unique within a model; tags derive from it. */
    readonly name: string;
    /** One GGUF or its splits, with its projector, adapters and draft; safetensors shards. */
    readonly weights: readonly ModelFile[];
    /** What each of the weights is, by its path; by its name where it is not there. */
    readonly roles?: WeightRoles;
    /** README, licence, config, tokenizer files. */
    readonly companions: readonly ModelFile[];
    readonly facts: ModelFacts;
    /** What the weights hold, when they are one GGUF: its keys, and the tensors that it can be cut between. */
    readonly gguf?: GgufContent;
    /** Known when stages of this package made it. */
    readonly recipe?: BuildRecipe;
    /** What is said about it, to be attached to its artifacts: in-toto predicates. */
    readonly statements?: readonly VariantStatement[];
    /** As {@link Snapshot.confirm}: called before anything made of this variant is published. */
    readonly confirm?: (signal?: AbortSignal) => Promise<void>;
}

// core/context.ts
export interface NetworkOptions {
    /** Registries (`host:port`) that may be spoken to over plain HTTP. Loopback always may. */
    readonly insecureHosts?: readonly string[];
    /** PEM text of further certificate authorities. */
    readonly ca?: string;
    /** Certificates to show, each to one host only. */
    readonly clientCertificates?: readonly ClientCertificate[];
    /** Pairs `registry=authHost`: token servers on another host that a registry's credentials may go to. */
    readonly authHosts?: readonly string[];
    /** Bytes of one request of a blob at most, for registries behind something that limits bodies. */
    readonly chunkSize?: number;
    /** Refuse every connection with `OFFLINE`. */
    readonly offline?: boolean;
}

// cluster/nodes.ts
export interface NodeFacts {
    readonly name: string;
    /** `containerd`, `cri-o`, as the node calls it. */
    readonly runtime: string;
    readonly runtimeVersion: string;
    /** Version of the kubelet: `v1.36.2`. */
    readonly kubelet: string;
    readonly architecture: string;
    /** Allocatable memory, bytes. */
    readonly memory: number;
    /** Allocatable GPUs. */
    readonly gpus: number;
    /** It is ready, runs Linux and takes pods. */
    readonly usable: boolean;
}

// trust/admission/admission-types.ts
export interface NotExpressed {
    /** Key of the policy file. */
    readonly rule: string;
    readonly why: string;
}

// http/client.ts
export type OnRetry = (retry: Retry) => void;

// onnx/onnx-model.ts
export interface OnnxModel {
    readonly irVersion: number;
    readonly producer: string;
    readonly opsets: readonly {
        readonly domain: string;
        readonly version: number;
    }[];
    readonly graph: string;
    readonly inputs: readonly OnnxValue[];
    readonly outputs: readonly OnnxValue[];
    readonly nodes: number;
    /** `domain:Operator` (`Operator` of ONNX's own domain) to how often it is used. */
    readonly operators: ReadonlyMap<string, number>;
    /** Domains of operators that are not ONNX's own; a runtime needs a library for them. */
    readonly customDomains: readonly string[];
    readonly initializers: number;
    /** Bytes of all constant tensors, inside and outside of the file. */
    readonly weightBytes: number;
    readonly weights: number;
    readonly byType: ReadonlyMap<string, {
        readonly tensors: number;
        readonly bytes: number;
    }>;
    readonly external: readonly ExternalData[];
    readonly metadata: ReadonlyMap<string, string>;
}

// evaluate/onnx/runtime.ts
export declare class OnnxRuntime {
    #private;
    readonly facts: OnnxEngineFacts;
    private constructor();
    /** Throws `KERNEL_UNAVAILABLE` with what to install. */
    static open(options: OnnxRuntimeOptions, signal?: AbortSignal): Promise<OnnxRuntime>;
    get pid(): number | undefined;
    /** Loads a model and returns its number. Throws `MODEL_INVALID` for what the runtime refuses. */
    load({ path, model, source }: StagedModel, signal?: AbortSignal): Promise<number>;
    run(session: number, inputs: readonly OnnxTensor[], path: string, signal?: AbortSignal): Promise<readonly OnnxTensor[]>;
    /** Ends the process and removes its directory. */
    close(): Promise<void>;
}

// service/open-artifact.ts
export interface OpenArtifactOptions {
    readonly env?: RunContext['env'];
    readonly credentials?: RunContext['credentials'];
    readonly network?: NetworkOptions;
    readonly signal?: AbortSignal;
}

// cluster/open-cluster.ts
export interface OpenClusterOptions {
    /** A kubeconfig; `KUBECONFIG`, then `~/.kube/config`, then the pod's own account unless given. */
    readonly kubeconfig?: string | undefined;
    /** One of its contexts; its current one unless given. */
    readonly context?: string | undefined;
    readonly env: Readonly<Record<string, string | undefined>>;
    /** Hosts (`host:port`) that may be spoken to over plain HTTP; loopback always may. */
    readonly insecureHosts?: readonly string[] | undefined;
    readonly offline?: boolean | undefined;
}

// service/open-artifact.ts
export interface OpenedArtifact {
    /** `host/repository@sha256:…`: names these very bytes. */
    readonly reference: string;
    readonly digest: Digest;
    readonly mediaType: string;
    readonly artifactType: string | undefined;
    readonly annotations: Readonly<Record<string, string>>;
    /** Config and layers, bytes; of an index that of its manifests. */
    readonly size: number;
    /** The manifest or index as it stands there. */
    readonly manifest: JsonValue;
    /** Members of an index; empty for an artifact of its own. */
    readonly members: readonly Descriptor[];
    /**
     * Its files, pinned by digest and lazily readable: `readGguf(file)` reads a header. Of an index with several members
     * `variant` names one (`Q4_K_M`). Throws `FORMAT_UNSUPPORTED`, `USAGE`.
     */
    files(options?: {
        readonly variant?: string;
        readonly include?: readonly string[];
    }): Promise<Snapshot>;
    /** Ends its connections. */
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// registry/open-target.ts
export interface OpenedTarget {
    readonly target: RegistryTarget | LayoutTarget;
    readonly tag?: string;
    readonly digest?: `sha256:${string}`;
}

// convert/tensor-types.ts
export type OutputType = (typeof OUTPUT_TYPES)[number];

// core/context.ts
export interface OwnContext extends RunContext {
    /** Closes what stages have registered, last first. May be called again; nothing is to be run with the context afterwards. */
    close(): Promise<void>;
    /** As `close`: `await using context = createContext()`. */
    [Symbol.asyncDispose](): Promise<void>;
}

// package/format-options.ts
export interface PackOptions {
    /**
     * Seconds since 1970 (SOURCE_DATE_EPOCH). It wins over the date of the source's commit; without both an artifact
     * carries no date at all, so that the same input always gives the same digest.
     */
    readonly sourceDateEpoch?: number | undefined;
    /** Annotations of the manifest, beside those that the format writes; they win. */
    readonly annotations?: Readonly<Record<string, string>> | undefined;
}

// stages/options/pack-options.ts
export type PackStageOptions = OptionsOf<typeof PACK_OPTIONS> & Pick<FormatOptions, 'docker'>;

// stages/packaging/packed-model.ts
export interface PackedModel {
    readonly name: string;
    readonly artifacts: readonly Artifact[];
    /** What the artifacts were made of. */
    readonly variants?: readonly ModelVariant[];
    /** Indexes over the variants, one a format; pushed after their members. */
    readonly indexes?: readonly PackedIndex[];
    /** The same with no weights file above so many bytes, as far as weights can be cut; pure. */
    readonly fit?: (largest: number) => PackedModel;
    /** The same in another format, when the user has chosen none: a Harbor shows only one family of formats as models. */
    readonly inFamily?: (format: 'cnai' | 'modelpack') => Promise<PackedModel>;
    /** The same with one file more in each artifact, which is made of the digests of the others. */
    readonly withLayer?: (layer: SignatureLayer) => PackedModel;
    /** `host/repository` that the files came from: their blobs can be mounted within that registry. */
    readonly from?: string;
    /** The variant that each artifact holds, and how it was packed. */
    readonly origins?: ReadonlyMap<Artifact, PackedOrigin>;
    /** What push() attaches when everything is stored by digest, in this order, before any tag moves. */
    readonly attachments?: readonly PushAttachment[];
    /** Checked before any tag moves: see Snapshot.confirm. */
    readonly confirm?: (signal?: AbortSignal) => Promise<void>;
}

// convert/plan-tensors.ts
export interface ParameterCount {
    readonly total: number;
    /** Weights outside experts. */
    readonly shared: number;
    /** Weights of one expert of each stack. */
    readonly expert: number;
    /** Experts in a stack, on average. */
    readonly expertCount: number;
}

// core/pipeline.ts
export interface Pipeline<in I, out O> extends Stage<I, O> {
    readonly stages: readonly Stage<never, unknown>[];
}

// core/stage.ts
export interface Planned<O> {
    readonly reports: readonly StageReport[];
    /**
     * The stage's output when it can be known without effects (lazily readable files); the next stage is planned with it.
     * A stage that writes somewhere leaves the key out, and planning ends there.
     */
    readonly output?: O;
}

// quantize/quantize-plan.ts
export interface PlannedTensor {
    readonly name: string;
    readonly from: TensorType;
    readonly to: TensorType;
    /** The type it would have got if its rows consisted of whole blocks. */
    readonly fallback?: TensorType;
    readonly weights: number;
    /** Bytes in the new file, without padding. */
    readonly size: number;
}

// trust/verify/policy.ts
export interface Policy {
    readonly name: string;
    /** Any of them may have signed. */
    readonly identities: readonly Identity[];
    /** A signature of the manifest itself. */
    readonly requireSignature: boolean;
    /** Predicate types that must be attested. */
    readonly requirePredicates: readonly string[];
    readonly allowLegacySignature: boolean;
    readonly sources?: readonly string[] | undefined;
    readonly baseModels?: readonly string[] | undefined;
    readonly licenses?: readonly string[] | undefined;
    readonly quantizations?: readonly string[] | undefined;
    readonly formats?: readonly string[] | undefined;
    readonly buildTypes?: readonly string[] | undefined;
    readonly builders?: readonly string[] | undefined;
    /** Milliseconds. */
    readonly maxAge?: number | undefined;
    readonly evaluation?: readonly ScoreLimit[] | undefined;
    /** Who may have signed the files that it is made of. */
    readonly sourceSignature?: SourceSignatureRule | undefined;
    /** Absolute path. */
    readonly trustedRoot?: string | undefined;
    readonly rekor: 'required' | 'optional';
}

// harbor/projects.ts
export interface Project {
    readonly id: number;
    readonly name: string;
    /** Pulling needs no account. */
    readonly public: boolean;
    /** Scan images when they are pushed. Models are not scanned. */
    readonly scanOnPush: boolean;
    /** Make an SBOM of images when they are pushed. */
    readonly sbomOnPush: boolean;
    /** Pulls are refused of what has no signature of this kind beside it. */
    readonly contentTrust: ContentTrust;
    /** Number of its retention policy. */
    readonly retentionId: number | undefined;
    /** Number of the registry that a proxy-cache project fetches from. */
    readonly registryId: number | undefined;
}

// harbor/quotas.ts
export interface ProjectStorage {
    /** -1 for no limit. */
    readonly limit: number;
    readonly used: number;
}

// stages/trust/promote.ts
export interface PromoteOptions {
    /** Path of the policy file. */
    readonly policy: string;
    /** `false` refuses to move a tag that names something else. */
    readonly overwrite?: boolean;
}

// stages/trust/promote.ts
export interface Promoted {
    /** `name:tag@digest` in the destination. */
    readonly reference: string;
    readonly digest: Digest;
    readonly tag: string;
    /** What the tag named before; absent when it is new. */
    readonly before?: Digest;
    readonly blobs: {
        readonly sent: number;
        readonly exists: number;
        readonly mounted: number;
    };
    readonly source: VerifyReport;
    readonly destination: VerifyReport;
}

// registry/push-artifacts.ts
export interface PushArtifactsOptions {
    /** Tags of an artifact; none for one that is to be had by its digest only. */
    readonly tags: (artifact: Artifact) => readonly string[];
    /** Blobs on their way at the same time; 4 unless given. */
    readonly concurrency?: number;
    /** Refuse to move a tag that points at another manifest. */
    readonly noOverwrite?: boolean;
    /** Repository of the same registry that may hold the blobs already. */
    readonly mountFrom?: string;
    /** Repository of the same registry for one layer, when it has one of its own. */
    readonly mountLayer?: (layer: Layer) => string | undefined;
    /** Called when everything is there and before the first tag moves; what it throws ends the push with no tag moved. */
    readonly beforeTags?: (stored: StoredManifests) => Promise<void>;
    /** Artifacts that stand in the target under their tags already: nothing of them is read or sent. */
    readonly present?: ReadonlyMap<Artifact, PresentArtifact>;
    readonly signal?: AbortSignal;
    readonly onEvent?: OnTransfer;
}

// stages/options/push-options.ts
export type PushOptions = Omit<OptionsOf<typeof PUSH_OPTIONS>, 'tags'> & {
    /**
     * Tags of an artifact; by default the variant's name in lower case (`q4_k_m`), `latest` for an unconverted model, and
     * the format's name behind it when it is not the first format. With an index, a list of tags is the index's, and each
     * member gets them with its variant's name behind (`v1-q4_k_m`).
     */
    readonly tags?: readonly string[] | ((artifact: Artifact) => readonly string[]) | undefined;
};

// stages/packaging/packed-model.ts
export interface PushedArtifact {
    /** `host/repository@sha256:…` or `layout:./dir@sha256:…`. */
    readonly reference: string;
    readonly digest: Digest;
    readonly mediaType: string;
    /** Bytes of all blobs together. */
    readonly size: number;
    readonly variant?: string;
    readonly tags: readonly string[];
    /** It stood there already and was taken over because an annotation of the registry called it the same, and for no other reason. */
    readonly isClaim?: true;
}

// quantize/quantize-content.ts
export interface QuantizeOptions extends MixOptions {
    readonly encoder: RowEncoder;
    /** Weights in one job of the encoder. */
    readonly chunkWeights?: number;
    readonly signal?: AbortSignal;
}

// quantize/quantize-plan.ts
export interface QuantizePlan {
    readonly fileType: FileType;
    /** In the order of the file. */
    readonly tensors: readonly PlannedTensor[];
    readonly bitsPerWeight: number;
    /** Share of the weights whose type had to be replaced, 0 to 1. */
    readonly fallbackShare: number;
}

// stages/options/quantize-options.ts
export type QuantizeStageOptions = OptionsOf<typeof QUANTIZE_OPTIONS> & MixStageOptions;

// quantize/quantize-content.ts
export interface Quantized {
    readonly content: GgufContent;
    readonly plan: QuantizePlan;
}

// harbor/quotas.ts
export interface Quota extends ProjectStorage {
    readonly id: number;
}

// harbor/read-back-settings.ts
export interface ReadBack {
    readonly version: HarborVersion | undefined;
    readonly artifact: HarborArtifact;
    readonly readme: ShownDocument;
    readonly license: ShownDocument;
    readonly files: readonly ShownFile[];
    /** The quantization label of the list; empty when there is none. */
    readonly quantization: string;
    /** Empty when all is as it should be. */
    readonly missing: readonly Missing[];
}

// core/byte-range.ts
export interface ReadHints {
    /**
     * The reader is done with a chunk when it asks for the next one: its memory may be used again. For readers that copy
     * what they get; a reader that passes chunks on must not say so.
     */
    readonly lend?: boolean;
    /**
     * Where the reader wants the next bytes: memory for some of the `most` bytes that are still to come. A giver that takes it
     * fills it to its end, in the order in which it asked, and hands on that very memory; one that has its bytes elsewhere
     * need not ask. What is between them must hand chunks on as they are, or leave this hint out.
     */
    readonly into?: (most: number) => Uint8Array;
    /** Only what a file says of itself is wanted: a giver that would fetch all of it first need not yet. */
    readonly head?: boolean;
}

// deploy/read-model.ts
export interface ReadModelOptions {
    /** Which member of an index is meant (`Q4_K_M`). */
    readonly variant?: string | undefined;
    /** `host/repository` by which the place that serves it pulls, when that is another than the address. */
    readonly pullFrom?: string | undefined;
    readonly signal?: AbortSignal | undefined;
}

// stages/trust/rebuild.ts
export interface RebuildOptions {
    /** Compare so many tensors instead of everything. */
    readonly sample?: number;
    /** Chooses the tensors; the same seed chooses the same. */
    readonly seed?: string;
    /** A directory with the source's files, where provenance names one that cannot be fetched. */
    readonly source?: string;
    /** Whose provenance counts. Absent, any provenance does: the rebuilt bytes prove themselves. */
    readonly policy?: SignerPolicy;
    /** Files with bundles that hold its provenance instead of what is attached. */
    readonly bundles?: readonly string[];
}

// stages/trust/rebuild.ts
export interface RebuildReport {
    readonly v: 1;
    /**
     * `same-tensors`: the weights are equal, and something around them is not. `not-reproducible-profile`: it was made by a recipe, or with
     * arithmetic, that cannot be run here.
     */
    readonly result: Compared['result'] | 'not-reproducible-profile' | 'inputs-unavailable' | 'no-provenance';
    readonly reference: string;
    readonly digest: Digest;
    readonly source?: string;
    readonly revision?: string;
    /** Set when tensors were sampled. */
    readonly sample?: {
        readonly seed: string;
        readonly tensors: readonly string[];
        readonly of: number;
    };
    readonly compared: readonly ComparedPart[];
    /** Where the weights differ first. */
    readonly difference?: TensorDifference;
    /** Whether the provenance says of the weights what they say of themselves. */
    readonly checks?: readonly Check[];
    readonly reason?: string;
    /** Of an index: what became of each member. */
    readonly members?: readonly RebuildReport[];
}

// registry/reference.ts
export type Reference = RegistryReference | LayoutReference | ArchiveReference;

// registry/remote/open-registry.ts
export interface RegistryOptions {
    readonly network?: NetworkOptions;
    /** The configuration's credentials; they win over those of `env` and of Docker's and podman's files. */
    readonly credentials?: CredentialLookup;
    /** Variables: `PIPELINE_REGISTRY_…`, `HOME`, `DOCKER_CONFIG`, `PATH` of helpers, proxies. Empty unless given. */
    readonly env?: Readonly<Record<string, string | undefined>>;
    /** A client to share; the target makes its own otherwise. */
    readonly http?: HttpClient;
    /** Pairs `registry=authHost` of token servers on another host. */
    readonly authHosts?: readonly string[];
    /** Overrides of what is known about the host's uploads. */
    readonly uploads?: Partial<UploadRules>;
    /** Lets a push that was killed go on where it stood; see `openUploadMemory`. */
    readonly uploadMemory?: UploadMemory;
    /** Warnings that the registry sends along (quota, deprecation). */
    readonly onWarning?: (message: string) => void;
    readonly onRetry?: OnRetry;
    /** Sizes of requests that earlier runs learnt, by host. */
    readonly learntSizes?: LearntSizes | undefined;
    /** Milliseconds before the first repetition; 500 unless given. */
    readonly retryDelayMs?: number;
    /** Milliseconds on any clock; tokens age by it. */
    readonly now?: () => number;
}

// registry/remote/registry-target.ts
export declare class RegistryTarget implements DeletableTarget {
    #private;
    readonly name: string;
    /** Canonical host with port: targets of one host can mount from each other. */
    readonly host: string;
    readonly repository: string;
    constructor(host: string, connection: Connection, settings: UploadSettings);
    resolve(reference: string, signal?: AbortSignal): Promise<Descriptor>;
    readManifest(reference: string, signal?: AbortSignal): Promise<StoredManifest>;
    /** As {@link readManifest}, of what is to be signed: content trust withholds it from everything else. */
    readToSign(reference: string, signal?: AbortSignal): Promise<StoredManifest>;
    hasManifest(digest: Digest, signal?: AbortSignal): Promise<boolean>;
    readBlob(blob: Pick<Descriptor, 'digest' | 'size'>, range?: ByteRange, signal?: AbortSignal, hints?: ReadHints): AsyncIterable<Uint8Array>;
    tags(signal?: AbortSignal): Promise<readonly string[]>;
    referrers(digest: Digest, artifactType?: string, signal?: AbortSignal): Promise<readonly Descriptor[]>;
    referrersSoFar(digest: Digest, signal?: AbortSignal): Promise<PartialListing>;
    /** Signs in and asks nothing. Throws what any request would be refused with. */
    signIn(signal?: AbortSignal): Promise<void>;
    /** What this account may do here and what the registry can. Nothing is left there. Throws for refused credentials. */
    probe(signal?: AbortSignal): Promise<RegistryAbilities>;
    /** Whether there is a referrers API, asked without changing anything; `undefined` where that cannot be told. */
    hasReferrersApi(signal?: AbortSignal): Promise<boolean | undefined>;
    hasBlob(digest: Digest, signal?: AbortSignal): Promise<boolean>;
    pushBlob(file: ModelFile, options?: PushBlobOptions): Promise<PushedBlob>;
    /** A repository without any tag holds nothing that an earlier push has finished. Asked once; no answer means that it may. */
    mayHold(_size: number, signal?: AbortSignal): Promise<boolean>;
    pushManifest(bytes: Uint8Array, mediaType: string, signal?: AbortSignal): Promise<Descriptor>;
    tag(descriptor: Descriptor, tag: string, signal?: AbortSignal): Promise<void>;
    deleteManifest(reference: string, signal?: AbortSignal): Promise<void>;
    deleteBlob(digest: Digest, signal?: AbortSignal): Promise<void>;
}

// deploy/render.ts
export interface Rendered {
    readonly files: Readonly<Record<string, string>>;
    readonly text: string;
}

// harbor/replication.ts
export interface ReplicationPolicy {
    readonly id: number;
    readonly name: string;
    readonly registryId: number;
    readonly registry: string;
    readonly repositories: string;
    readonly tags: string;
    readonly namespace: string;
    readonly when: string;
    readonly override: boolean;
    readonly deletion: boolean;
    readonly byChunk: boolean;
    readonly enabled: boolean;
}

// harbor/replication.ts
export interface ReplicationRun {
    readonly id: number;
    /** `InProgress`, `Succeed`, `Failed`, `Stopped`. */
    readonly status: string;
    readonly total: number;
    readonly succeeded: number;
    readonly failed: number;
    /** Why it failed, when Harbor says. */
    readonly text: string;
}

// convert/repository.ts
export interface Repository {
    readonly snapshot: Snapshot;
    /** What llama.cpp's converter would see as the directory's name: names in the metadata derive from it. */
    readonly directoryName: string;
    /** config.json as it stands; empty when Mistral's own format does without. */
    readonly config: JsonObject;
    /** params.json, when the repository is taken to be in Mistral's own format. */
    readonly params?: JsonObject;
    file(path: string): ModelFile | undefined;
    /** A JSON file with an object at its top, or `undefined` when there is no such file. */
    json(path: string): Promise<JsonObject | undefined>;
    text(path: string): Promise<string | undefined>;
}

// cluster/apply.ts
export interface ResourceChange {
    /** `Deployment models/tiny`. */
    readonly id: string;
    readonly change: 'created' | 'updated' | 'unchanged';
    readonly differences: readonly FieldDifference[];
}

// harbor/retention.ts
export interface RetentionRun {
    readonly id: number;
    readonly repositories: readonly RetainedRepository[];
}

// quantize/encoder.ts
export interface RowEncoder {
    /**
     * The encoded rows, possibly at the start of a larger buffer. Throws `NON_FINITE` for what ggml refuses,
     * `QUANT_SHAPE` for rows that are not whole blocks, `QUANT_UNSUPPORTED` for a type without a kernel,
     * `IMATRIX_REQUIRED` for one that needs importance, `WORKER_DIED`, `ABORTED`.
     */
    encode(job: EncodeJob, signal?: AbortSignal): Promise<Uint8Array>;
    /**
     * As `encode`, with the result in memory that is used again once it is released: for who copies it. An encoder without
     * such memory leaves this out.
     */
    encodeLent?(job: EncodeJob, signal?: AbortSignal): Promise<LentRows> | undefined;
    /**
     * Memory for the rows of one job, filled with anything. A job whose `input` it is needs no copy on its way to the
     * thread that encodes. An encoder without such memory leaves this out; fresh memory serves as well.
     */
    lendRows?(byteLength: number): Uint8Array;
    /** Gives back memory for rows that no job will have. */
    dropRows?(rows: Uint8Array): void;
    /** Starts what encoding needs, so that the first job does not wait for it. What goes wrong is told by that job. */
    prepare?(): void;
    /** How many jobs are worth having in flight. */
    readonly width: number;
    /** What all jobs in flight may take together; without it nothing limits them. */
    readonly room?: JobRoom;
    /** Weights of one job, at most. */
    readonly chunkWeights?: number;
}

// core/context.ts
export interface RunContext {
    readonly signal: AbortSignal;
    readonly limits: Limits;
    /** `undefined` when the run may not touch the disk (`store: 'none'`). */
    readonly store: BlobStore | undefined;
    /** Directory for small notes that outlive the process (where uploads stand); without it none are kept. */
    readonly notes?: string;
    /** Environment variables a stage may consult (tokens, endpoints, SOURCE_DATE_EPOCH). */
    readonly env: Readonly<Record<string, string | undefined>>;
    /** Credentials of the configuration; they win over what the environment offers. */
    readonly credentials: CredentialLookup | undefined;
    readonly network: NetworkOptions;
    /** Set when nothing runs after the plan: then a plan makes nothing ready for a run. */
    readonly planOnly?: boolean;
    /** What becomes of a push whose model has findings; wins over what the push itself says. */
    readonly lint?: 'error' | 'warn' | 'off';
    /** What encodes where a stage does not say; `PIPELINE_ENGINE` wins. All engines give the same bytes. */
    readonly engine?: 'auto' | 'native' | 'wasm' | 'js' | 'llama.cpp';
    /** Milliseconds since an arbitrary origin, for durations only: nothing written may depend on it. */
    now(): number;
    emit(event: StageEvent): void;
    /** Counts bytes that have moved over the network, by host (`host:port`). */
    readonly countBytes?: CountBytes;
    /** Told when requests wait for a host. */
    readonly countWaits?: CountWaits;
    /** Registers something to be closed when the run ends, in reverse order: connections, worker threads. */
    defer(cleanup: () => Promise<void>): unknown;
    /** What the stages of the run share with each other. */
    readonly state: RunState;
}

// core/events.ts
export type RunEvent = {
    readonly v: 1;
    readonly ts: string;
    readonly run: string;
} & (StageEvent | {
    readonly type: 'run.start';
    readonly version: string;
    readonly config: string | null;
    readonly name: string;
}
/** What the run has used, told once at its end. */
 | {
    readonly type: 'resources';
    /** The most memory that the process has held so far, bytes. */
    readonly peakMemory: number;
    readonly hosts: readonly HostTraffic[];
    /** What has encoded weights, such as `native (avx2)`; none where nothing was encoded. */
    readonly engines?: readonly string[];
    /** Absent when nothing took half of the run's time. */
    readonly bottleneck?: Bottleneck;
} | {
    readonly type: 'error';
    readonly code: ErrorCode;
    readonly message: string;
    readonly where?: string;
    readonly hint?: string;
} | {
    readonly type: 'run.end';
    readonly ok: boolean;
    readonly exitCode: number;
    readonly durationMs: number;
});

// service/service-run.ts
export interface RunHandle<O = unknown> {
    readonly id: string;
    readonly info: RunInfo;
    /** Rejects with the SlipwayError that stopped the run. A rejection without a listener ends no process. */
    readonly result: Promise<RunResult<O>>;
    /** Stops the run (`ABORTED`), or takes it out of the queue. What it did is kept for the next one. */
    cancel(reason?: string): void;
    /** What happens from now on; the loop over it ends with the run. */
    events(): AsyncIterableIterator<RunEvent>;
}

// service/service-run.ts
export interface RunInfo {
    /** Name of the run, and of its record. */
    readonly id: string;
    readonly name: string;
    readonly state: RunState;
    readonly queuedAt: Date;
    readonly startedAt: Date | undefined;
    readonly endedAt: Date | undefined;
    /** What stopped it. */
    readonly error: SlipwayError | undefined;
}

// run/run.ts
export type RunListener = (event: RunEvent) => void;

// run/run.ts
export interface RunOptions extends Omit<RunContextOptions, 'emit' | 'countBytes' | 'countWaits'> {
    /**
     * Where records and what was fetched live, usually `.pipeline`: it brings its store (`<home>/store`) unless one is given.
     * Without it, or with `store: 'none'`, nothing is recorded.
     */
    readonly home?: string;
    /** Told every event; of several each for itself: one that throws is told nothing further. */
    readonly onEvent?: RunListener | readonly RunListener[];
    /** What the record keeps as the configuration, with secrets as references. */
    readonly description?: unknown;
    /** Version of the program that runs, for the record. */
    readonly version?: string;
    /** Wall clock, for the record's time stamps only. */
    readonly clock?: () => Date;
    /** Name of the run, in the form that `createRunId` makes; a new one unless given. */
    readonly run?: string;
    /** Say when nothing moves any more, and end the run if it is asked for. */
    readonly stall?: StallOptions;
}

// run/plan.ts
export interface RunPlan {
    readonly name: string;
    readonly stages: readonly StageReport[];
    readonly warnings: readonly string[];
    readonly needs: Needs;
}

// run/run.ts
export interface RunResult<O = unknown> {
    readonly run: string;
    readonly name: string;
    readonly durationMs: number;
    /** What the last stage returned. */
    readonly output: O;
    readonly artifacts: readonly ArtifactSummary[];
    /** What was set up elsewhere: projects, accounts. */
    readonly changes: RunSummary['changes'];
    readonly stages: readonly StageSummary[];
    readonly warnings: RunSummary['warnings'];
    /** What has encoded weights, such as `native (avx2)`; all give the same bytes. */
    readonly engines: readonly string[];
    /** What held the run up most, where something took half of its time. */
    readonly bottleneck: Bottleneck | undefined;
    /** What storing weights in blocks has cost, variant by variant and tensor by tensor. */
    readonly weightError: readonly VariantWeightError[];
    /** Directory of the record, when there is one. */
    readonly record: string | undefined;
}

// service/service-run.ts
export type RunState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

// lint/sarif.ts
export type SarifLog = Readonly<Record<string, unknown>>;

// lint/sarif.ts
export interface SarifTool {
    readonly version: string;
    readonly homepage: string;
    /** Directory of the model as it stands in the repository that is scanned (`models/tiny/`), or nothing. */
    readonly folder?: string;
}

// stages/save.ts
export interface SavedFile {
    /** Path on disk. */
    readonly path: string;
    readonly size: number;
    readonly digest: Digest;
}

// gguf/content.ts
export type ScalarType = Exclude<ValueType, 'ARRAY'>;

// registry/artifact.ts
export interface SealedArtifact {
    /** Config blob. */
    readonly config: {
        readonly mediaType: string;
        readonly bytes: Uint8Array;
    };
    /** Manifest, ready to be put. */
    readonly manifest: {
        readonly mediaType: string;
        readonly bytes: Uint8Array;
        readonly artifactType?: string;
    };
}

// config/config.ts
export type SecretReference = {
    readonly env: string;
} | {
    readonly file: string;
};

// deploy/served-model.ts
export interface ServedFile {
    readonly path: string;
    readonly size: number;
    readonly role: FileRole;
}

// deploy/served-model.ts
export interface ServedModel {
    /** `host/repository`, as the place that serves it calls the repository. */
    readonly repository: string;
    readonly digest: Digest;
    /** The tag that was asked for. */
    readonly tag?: string;
    /** `host/repository@sha256:…`: what every target names. */
    readonly pinned: string;
    readonly format: ArtifactFormat;
    readonly shape: ArtifactShape;
    /** Of an image: whether it has a shell, as KServe's sidecar needs. */
    readonly hasShell: boolean;
    /** Of an image: the processor that its config names. */
    readonly architecture?: string;
    readonly files: readonly ServedFile[];
    /** `other`: neither a GGUF nor safetensors (ONNX, adapters alone). */
    readonly weights: 'gguf' | 'safetensors' | 'other';
    readonly task: ModelTask;
    /** The repository's last part: what the server calls the model. */
    readonly name: string;
    /** `general.architecture` of the GGUF, or `model_type` of config.json. */
    readonly modelArchitecture?: string;
    readonly contextLength?: number;
    readonly quantization?: string;
    /** Keys of the GGUF: what the memory formula reads. */
    readonly gguf?: GgufMetadata;
    /** The GGUF or a file beside the weights has a chat template. */
    readonly chatTemplate: boolean;
    /** The manifest's annotations. */
    readonly annotations: Readonly<Record<string, string>>;
}

// cluster/ask.ts
export interface ServedReply {
    readonly path: string;
    /** The first tokens, or the first numbers. */
    readonly text: string;
}

// deploy/server.ts
export interface ServerPlan {
    readonly kind: 'llama.cpp' | 'vllm';
    readonly image: string;
    /** In place of the image's entry point. */
    readonly command?: readonly string[];
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly port: number;
    /** Answers 200 when the model is loaded. */
    readonly health: string;
    /** Bytes. */
    readonly memory: {
        readonly request: number;
        readonly limit: number;
    };
    /** CPUs. */
    readonly cpus: number;
    readonly gpus: number;
    /** Seconds that loading may take. */
    readonly loadSeconds: number;
    /** Bytes of shared memory between its processes. */
    readonly sharedMemory?: number;
    readonly settings?: ServerSettings;
    readonly reasons: readonly string[];
    readonly warnings: readonly string[];
}

// deploy/deploy-settings.ts
export interface ServerSettings {
    /** Tokens that one request may use. */
    readonly perSlot: number;
    readonly slots: number;
    /** `--ubatch-size`, when it differs from the server's own. */
    readonly batch: number | undefined;
    readonly cacheTypeK: CacheType;
    readonly cacheTypeV: CacheType;
    readonly estimate: MemoryEstimate;
    readonly reasons: readonly string[];
}

// deploy/memory.ts
export interface ServerShape {
    /** Tokens of all slots together (`--ctx-size`). */
    readonly contextSize: number;
    /** Requests at the same time (`--parallel`). */
    readonly slots: number;
    /** Tokens that are computed at once (`--ubatch-size`). */
    readonly batch: number;
    readonly cacheTypeK: CacheType;
    readonly cacheTypeV: CacheType;
    /** Tokens of one batch that get logits; a server asks for one a slot. */
    readonly outputs?: number;
}

// service/limits.ts
export interface ServiceLimitOptions {
    /** Bytes that the process may take with all its runs (resident memory): a number, or `'2GiB'`; 1 GiB unless given. */
    readonly memory?: number | string;
    /** Worker threads; as many as there are cores unless given. */
    readonly threads?: number;
    /** Streams at work at the same time; four for each pipeline unless given. */
    readonly concurrency?: number;
    /** Pipelines that run at the same time; those beyond wait, in their order. Four unless given. */
    readonly pipelines?: number;
}

// service/limits.ts
export interface ServiceLimits extends Limits {
    readonly pipelines: number;
    /** Of one run: its share of memory and streams, and all threads, which runs share job by job. */
    readonly each: Limits;
}

// service/slipway.ts
export type ServiceRunOptions = Omit<RunOptions, 'home' | 'allowed' | 'run'>;

// stages/trust/sign-stage.ts
export interface SignStageOptions extends SigningOptions {
    /** Also the tag that cosign up to 2.5 and Harbor before 2.15 read. True unless given. */
    readonly legacy?: boolean | undefined;
    /** Also an OpenSSF `model.sig` over all files as a layer of each artifact: for those who have the files and no registry. */
    readonly modelSignature?: boolean | undefined;
}

// trust/keys/signer.ts
export interface Signer {
    /** The public half: what signatures are checked with, and by which an earlier one is recognised. */
    readonly publicKey: KeyObject;
    /** Signs `bytes` (hashing them first); the signature in DER. */
    sign(bytes: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>;
    /** Makes the whole bundle over a statement, where a signature needs more than a key: a certificate, a log, a time stamp. */
    seal?(statement: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>;
    /** Whether a bundle was signed by the same signer earlier, where that is not told by the key: by a certificate of the same identity. */
    recognizes?(bundle: JsonObject): Promise<boolean>;
}

// stages/trust/signing-key.ts
export type SigningKey = {
    readonly file: string;
} | {
    readonly env: string;
} | {
    readonly exec: string | readonly string[];
} | Signer;

// stages/trust/signing-options.ts
export interface SigningOptions extends KeylessSigning {
    readonly key?: SigningKey | undefined;
}

// config/config.ts
export type SizeText = `${number}${'B' | 'kB' | 'MB' | 'GB' | 'TB' | 'KiB' | 'MiB' | 'GiB' | 'TiB'}`;

// core/events.ts
export type SkipReason = 'exists' | 'cached' | 'mounted' | 'unchanged';

// service/slipway.ts
export interface Slipway {
    readonly limits: ServiceLimits;
    /** Runs a pipeline, now or when its turn comes. Never throws: what is wrong is in `result`. */
    run<O>(config: Config<O>, options?: ServiceRunOptions): RunHandle<O>;
    /** Says what a run would do. */
    plan(config: Config, options?: Pick<ServiceRunOptions, 'env' | 'signal' | 'network' | 'configPath'>): Promise<RunPlan>;
    /** Runs that wait, work, or have ended lately, oldest first. */
    runs(): readonly RunInfo[];
    /** A run of this list. */
    find(id: string): RunHandle | undefined;
    /** An artifact in a registry or layout: what it is and what is in it. */
    openArtifact(reference: string, options?: OpenArtifactOptions): Promise<OpenedArtifact>;
    /** Cancels what runs, waits until it is settled, and ends the threads. Further runs are refused. */
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// core/error.ts
export declare class SlipwayError extends Error {
    readonly name = "SlipwayError";
    readonly code: ErrorCode;
    readonly details: ErrorDetails;
    constructor(code: ErrorCode, message: string, details?: ErrorDetails);
    /** Recognises a SlipwayError even when another copy of the package made it. */
    static is(value: unknown): value is SlipwayError;
}

// service/slipway.ts
export interface SlipwayOptions {
    /** Of all runs together. */
    readonly limits?: ServiceLimitOptions;
    /** Where records and the store live; without it nothing is kept. */
    readonly home?: string;
    /** Variables that stages may consult: tokens, endpoints. Empty unless given. */
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly network?: NetworkOptions;
    /** Told every event of every run; events name their run. */
    readonly onEvent?: (event: RunEvent) => void;
}

// files/model-file.ts
export interface Snapshot {
    readonly source: SourceIdentity;
    readonly files: readonly ModelFile[];
    /** What the source has besides and was not asked for: files of no kind that a model needs. */
    readonly leftOut?: readonly LeftOutFile[];
    /** Whose signature over its files (`model.sig`) was verified, where a policy asked for that. */
    readonly signature?: SourceSignature;
    /**
     * Proves that everything read so far was what the source announced; throws `DIGEST_MISMATCH` otherwise. Present when
     * files were read in pieces that no digest covers on the way: called once, before anything is published.
     */
    readonly confirm?: (signal?: AbortSignal) => Promise<void>;
}

// files/model-file.ts
export interface SourceIdentity {
    readonly kind: 'huggingface' | 'directory' | 'registry' | 'https' | 's3' | 'modelscope';
    /** `org/name`, a directory's base name, a repository reference. Names in GGUF metadata derive from it. */
    readonly name: string;
    /** Canonical address without secrets. */
    readonly url: string;
    /** Immutable: a commit, or a digest over the files' names, sizes and digests. */
    readonly revision: string;
    /** What the user asked for (`main`, a tag), if it was not the revision itself. */
    readonly requestedRevision?: string;
    /** The commit's date, RFC 3339: the only time stamp that may end up in an artifact. */
    readonly committedAt?: string;
}

// source/open-source.ts
export interface SourceOptions extends HubOptions {
    /** Needed for `oci://…`, `layout:…` and `oci-archive:…`. */
    readonly readArtifact?: ReadArtifact | undefined;
    /** How registries are reached (`oci://…`): credentials, client, network. The environment's own unless given. */
    readonly registry?: RegistryOptions | undefined;
    /** Which member of an index is meant (`Q4_K_M`). */
    readonly variant?: string | undefined;
}

// stages/options/split-options.ts
export type SplitOptions = OptionsOf<typeof SPLIT_OPTIONS>;

// core/stage.ts
export interface Stage<in I, out O> {
    readonly name: string;
    /** Address of the registry or layout that it writes to: known before anything runs. */
    readonly target?: string;
    /** Address of what it reads, where it is known before anything runs. */
    readonly source?: string;
    /** Says what `run` would do, without writing anything and before any weight is read. */
    plan?(input: I, context: RunContext): Promise<Planned<O>>;
    run(input: I, context: RunContext): Promise<O>;
}

// core/events.ts
export type StageEvent = {
    readonly type: 'plan';
    readonly stages: readonly StageReport[];
    readonly warnings: readonly string[];
    /** Where the whole plan lies, tensor by tensor, when the run leaves a record. */
    readonly file?: string;
} | {
    readonly type: 'stage.start';
    readonly stage: string;
    readonly total: number | null;
} | {
    readonly type: 'stage.end';
    readonly stage: string;
    readonly ok: boolean;
    readonly summary?: string;
    readonly durationMs: number;
} | {
    readonly type: 'item.start';
    readonly stage: string;
    readonly id: string;
    readonly name: string;
    readonly total: number | null;
} | {
    readonly type: 'item.progress';
    readonly stage: string;
    readonly id: string;
    readonly done: number;
    readonly total: number | null;
    /** Bytes that have moved for it so far, where that is not what `done` says: some were read more than once. */
    readonly moved?: number;
} | {
    readonly type: 'item.skip';
    readonly stage: string;
    readonly id: string;
    readonly name: string;
    readonly total: number | null;
    readonly reason: SkipReason;
}
/** The only way in which progress may go down. */
 | {
    readonly type: 'item.reset';
    readonly stage: string;
    readonly id: string;
    readonly from: number;
    readonly to: number;
    readonly reason: string;
}
/** What an earlier process did of it is there: it goes on at `done`. */
 | {
    readonly type: 'item.resume';
    readonly stage: string;
    readonly id: string;
    readonly name: string;
    readonly done: number;
    readonly total: number | null;
} | {
    readonly type: 'item.end';
    readonly stage: string;
    readonly id: string;
    readonly name: string;
    readonly digest?: Digest;
    readonly size: number;
    /** As in `item.progress`. */
    readonly moved?: number;
    readonly durationMs: number;
}
/** One tensor written: what the report's chart shows. */
 | {
    readonly type: 'tensor';
    readonly stage: string;
    readonly variant: string;
    readonly name: string;
    readonly from: string;
    readonly to: string;
    readonly weights: number;
    readonly size: number;
    /** What storing it in blocks has cost, by our own arithmetic; absent where nothing was rounded to blocks. */
    readonly weightError?: RoundingError;
} | {
    readonly type: 'retry';
    readonly stage: string;
    /** The address, without secrets. */
    readonly id: string;
    /** The attempt that comes, of how many at most. */
    readonly attempt: number;
    readonly of: number;
    readonly delayMs: number;
    /** `NET_UNAVAILABLE` when a server answered "not now" (`status` says how); else what became of the connection. */
    readonly code: ErrorCode;
    readonly status?: number;
    readonly message: string;
}
/** Something that was set up elsewhere, and is now as it was wanted. What was so already is not told. */
 | {
    readonly type: 'change';
    readonly stage: string;
    /** `project`, `robot`, `retention`. */
    readonly kind: string;
    readonly name: string;
    readonly change: 'created' | 'updated';
    /** What differs; empty when there is nothing to say. */
    readonly detail: string;
} | {
    readonly type: 'warning';
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    /** All files that it is about (`FILES_LEFT_OUT`), where the message names the first of them. */
    readonly files?: readonly string[];
} | {
    readonly type: 'artifact';
    readonly reference: string;
    readonly digest: Digest;
    readonly mediaType: string;
    readonly size: number;
};

// core/stage.ts
export type StageLike<I, O> = Stage<I, O> | ((input: I, context: RunContext) => O | Promise<O>);

// core/events.ts
export interface StageReport {
    readonly stage: string;
    /** One line for people: `LlamaForCausalLM -> llama, 38 tensors, f16`. */
    readonly summary: string;
    /** Further lines, already in reading order. */
    readonly details?: readonly string[];
    readonly bytesIn?: number;
    readonly bytesOut?: number;
    /** Estimated peak memory of the stage, bytes. */
    readonly memory?: number;
    /** Bytes that the stage will write to local disk. */
    readonly disk?: number;
    /** Where it writes them; the run's own directory unless given. */
    readonly diskAt?: string;
    readonly warnings?: readonly string[];
    /** The same facts for programs, as JSON. */
    readonly data?: unknown;
}

// run/stall-watch.ts
export interface StallOptions {
    /** Milliseconds in which nothing moves. */
    readonly after: number;
    /** End the run (`STALLED`); otherwise a warning says on what it waits, again after every such time. */
    readonly end?: boolean;
}

// core/context.ts
export interface StorableFile {
    readonly path: string;
    readonly size: number;
    readonly digest: Digest;
    read(range?: ByteRange, signal?: AbortSignal, hints?: ReadHints): AsyncIterable<Uint8Array>;
}

// run/summary.ts
export declare class SummaryCollector {
    #private;
    /** Takes the next event of the run. */
    add(event: RunEvent): void;
    /** The run as it ends: what its last event will say is known already. */
    ended(ok: boolean, durationMs: number): RunSummary;
    /** The run so far. */
    summary(): RunSummary;
}

// gguf/tensor-type.ts
export declare const TENSOR_TYPES: readonly TensorTypeFacts[];

// registry/target.ts
export type Target = ReadableTarget & BlobPusher & ManifestPusher & Tagger & {
    /** `host/repository` or `layout:./dir`, without secrets: what references printed for users start with. */
    readonly name: string;
};

// gguf/content.ts
export interface TensorInfo {
    readonly name: string;
    /** In ggml's order: `dimensions[0]` is the row length (contiguous), 1 to 4 of them. */
    readonly dimensions: readonly number[];
    readonly type: TensorType;
}

// gguf/tensor-type.ts
export type TensorType = (typeof TENSOR_TYPE_TABLE)[number][0];

// gguf/tensor-type.ts
export interface TensorTypeFacts {
    readonly type: TensorType;
    /** Number in a GGUF file. */
    readonly id: number;
    /** Weights in one block. */
    readonly blockLength: number;
    /** Bytes of one block. */
    readonly blockSize: number;
}

// registry/transfer-event.ts
export type TransferEvent = {
    readonly type: 'start';
    readonly id: string;
    readonly name: string;
    readonly total: number;
} | {
    readonly type: 'progress';
    readonly id: string;
    readonly done: number;
    readonly total: number;
} | {
    readonly type: 'reset';
    readonly id: string;
    readonly from: number;
    readonly to: number;
    readonly reason: string;
}
/** What an earlier process has sent is there: it goes on at `done`. */
 | {
    readonly type: 'resume';
    readonly id: string;
    readonly name: string;
    readonly done: number;
    readonly total: number;
} | {
    readonly type: 'skip';
    readonly id: string;
    readonly name: string;
    readonly total: number;
    readonly reason: SkipReason;
} | {
    readonly type: 'end';
    readonly id: string;
    readonly name: string;
    readonly digest: Digest;
    readonly size: number;
} | {
    readonly type: 'manifest';
    readonly digest: Digest;
    readonly mediaType: string;
    readonly size: number;
} | {
    readonly type: 'tag';
    readonly reference: string;
    readonly digest: Digest;
} | {
    readonly type: 'warning';
    readonly message: string;
};

// gguf/content.ts
export type ValueType = (typeof VALUE_TYPES)[number];

// trust/verify/verify.ts
export interface VerifyOptions {
    readonly policy: Policy;
    /** The digest that it must be. */
    readonly digest?: Digest;
    /** Reads every blob and checks its digest; without it blobs are checked when they are pulled. */
    readonly blobs?: boolean;
    /** Says what an artifact holds, from what its manifest lists. Asked only when the policy wants to know. */
    readonly facts?: (digest: Digest) => Promise<ArtifactFacts>;
    readonly byCertificate?: CertificateVerifier;
    /** Where evidence is found; what is attached to the digest unless given. */
    readonly evidence?: EvidenceSource;
    /** What counts as now. */
    readonly now: Date;
    readonly signal?: AbortSignal;
}

// trust/verify/verification-report.ts
export interface VerifyReport {
    readonly v: 1;
    readonly ok: boolean;
    readonly verdict: Verdict;
    readonly reference: string;
    readonly digest: string;
    readonly policy: string;
    readonly checks: readonly Check[];
    readonly verified: readonly VerifiedBy[];
    /** What an accepted artifact has not been checked for, in sentences. */
    readonly notChecked: readonly string[];
    /** How much evidence was looked at. */
    readonly evidence: {
        readonly attestations: number;
        readonly legacySignatures: number;
        readonly otherReferrers: number;
        readonly unreadable: readonly {
            readonly where: string;
            readonly reason: string;
        }[];
        readonly incomplete: readonly string[];
    };
}

// stages/trust/verify-stage.ts
export type VerifyStageOptions = OptionsOf<typeof VERIFY_OPTIONS>;

// deploy/platform-version.ts
export type Version = readonly [number, number, number];

// evaluate/weight-error.ts
export interface WeightError {
    /** Tensors of both models, in the candidate's order; those that are stored alike have no error. */
    readonly tensors: readonly TensorError[];
    readonly rmse: number;
    readonly relative: number;
    readonly max: number;
    readonly weighted?: number;
    /** Tensors that only one of the models has. */
    readonly unmatched: readonly string[];
}

// stages/deployment/deploy.ts
export interface WrittenDeployment {
    /** The artifact, by digest. */
    readonly reference: string;
    readonly target: string;
    readonly files: readonly string[];
    readonly reasons: readonly string[];
    /** What became of it in the cluster, with `apply`. */
    readonly changes?: readonly ResourceChange[];
    /** What the served model answered, with `smoke`. */
    readonly reply?: ServedReply;
}

// harbor/labels.ts
export declare function addLabel(harbor: Harbor, artifact: ArtifactName, labelId: number): Promise<void>;

// trust/admission/admission.ts
export declare function admissionPolicy(policy: Policy, engine: AdmissionEngine, options?: AdmissionOptions): Promise<AdmissionPolicy>;

// harbor/apply/apply-harbor.ts
export declare function applyHarbor(harbor: Harbor, settings: HarborSettings, options?: {
    readonly dryRun?: boolean;
} & ApplyListener): Promise<AppliedSettings>;

// stages/trust/attest-stage.ts
export declare function attest<T extends Signable = Signable>(options: AttestStageOptions): Stage<T, T>;

// trust/keys/signer.ts
export declare function callbackSigner(publicKey: KeyObject | string, sign: Signer['sign']): Signer;

// evaluate/gate.ts
export declare function checkGate(rules: readonly GateRule[], metrics: readonly Metric[]): readonly GateCheck[];

// trust/collect-evidence.ts
export declare function collectEvidence(target: ReadableTarget, digest: Digest, signal?: AbortSignal): Promise<Evidence>;

// evaluate/importance/collect-importance.ts
export declare function collectImportance(engine: Engine, options: CollectOptions): Promise<CollectedImportance>;

// evaluate/embeddings.ts
export declare function compareEmbeddings(engine: Engine, input: EmbeddingInput): Promise<EmbeddingComparison>;

// stages/conversion/convert.ts
export declare function convert(options?: ConvertOptions): Stage<Snapshot, readonly ModelVariant[]>;

// convert/convert-content.ts
export declare function convertContent(source: Snapshot | Repository, options: GgufContentOptions): Promise<Conversion>;

// stages/copy.ts
export declare function copy(from: string, to: string, options?: CopyStageOptions): Stage<void, readonly Copied[]>;

// registry/copy-artifact.ts
export declare function copy(source: ReadableTarget, target: Target, options?: CopyOptions): Promise<CopyResult>;
// exported as copyArtifacts

// core/context.ts
export declare function createContext(options?: Partial<RunContext>): OwnContext;

// quantize/pool.ts
export declare function createEncoderPool(options: EncoderPoolOptions): EncoderPool;

// http/create-client.ts
export declare function createHttpClient(options?: HttpOptions): HttpClient;

// harbor/projects.ts
export declare function createProject(harbor: Harbor, project: NewProject): Promise<void>;

// harbor/robots.ts
export declare function createRobot(harbor: Harbor, project: string, spec: RobotSpec): Promise<CreatedRobot>;

// service/slipway.ts
export declare function createSlipway(options?: SlipwayOptions): Slipway;

// config/config.ts
export declare function defineConfig(config: ConfigInput): ConfigInput;

// stages/deployment/deploy.ts
export declare function deploy(options?: DeployStageOptions): Stage<readonly PushedArtifact[], readonly WrittenDeployment[]>;

// harbor/detect.ts
export declare function detectHarbor(host: string, options: DetectOptions): Promise<DetectedHarbor | undefined>;

// cluster/discover.ts
export declare function discoverCluster(connection: ClusterConnection, signal?: AbortSignal): Promise<DiscoveredCluster>;

// stages/download.ts
export declare function download(source: string, options?: DownloadOptions): Stage<void, Snapshot>;

// deploy/memory.ts
export declare function estimateMemory(shape: ModelShape, weights: number, server: ServerShape): MemoryEstimate;

// stages/evaluation/evaluate.ts
export declare function evaluate<T extends Evaluated>(options?: EvaluateStageOptions): Stage<T, T>;

// evaluate/evaluate-models.ts
export declare function evaluateModels(engine: Engine, input: EvaluationInput, options?: MeasureOptions): Promise<Measurement>;

// evaluate/onnx/evaluate-onnx.ts
export declare function evaluateOnnx(runtime: OnnxRuntime, input: OnnxEvaluationInput): Promise<OnnxMeasurement>;

// evaluate/report/html.ts
export declare function evaluationHtml(evaluations: readonly Evaluation[], title?: string): string;

// evaluate/report/markdown.ts
export declare function evaluationMarkdown(evaluations: readonly Evaluation[]): string;

// package/readers.ts
export declare function explainReaders(manifest: Manifest): readonly (ReaderAnswer & {
    readonly reader: string;
})[];

// deploy/facts-of-cluster.ts
export declare function factsOfCluster(found: DiscoveredCluster): ClusterFacts;

// package/artifact-files.ts
export declare function filesOfArtifact(manifest: Manifest, config?: unknown): ArtifactContents;

// trust/keys/generate.ts
export declare function generateKeyPair(password: string): Promise<KeyPair>;

// harbor/artifacts.ts
export declare function getAddition({ api }: Harbor, name: ArtifactName, addition: AdditionName): Promise<Addition>;

// harbor/artifacts.ts
export declare function getArtifact(harbor: Harbor, name: ArtifactName): Promise<HarborArtifact>;

// harbor/projects.ts
export declare function getProject(harbor: Harbor, name: string): Promise<Project>;

// harbor/quotas.ts
export declare function getQuota(harbor: Harbor, projectId: number): Promise<Quota>;

// gguf/gguf-writer.ts
export declare function ggufFile(path: string, content: GgufContent, options?: LayoutOptions): ModelFile;

// stages/harbor.ts
export declare function harbor<T = void>(options: HarborStageOptions): Stage<T, T>;

// core/digest.ts
export declare function isDigest(value: unknown): value is Digest;

// trust/keys/signer.ts
export declare function keySigner(privateKey: KeyObject): Signer;

// stages/lint.ts
export declare function lint(what: string | Snapshot, options?: LintOptions, borrowed?: RunContext): Promise<LintReport>;

// harbor/artifacts.ts
export declare function listArtifacts(harbor: Harbor, project: string, repository: string): Promise<readonly HarborArtifact[]>;

// harbor/projects.ts
export declare function listProjects(harbor: Harbor): Promise<readonly Project[]>;

// harbor/replication.ts
export declare function listReplication(harbor: Harbor): Promise<readonly ReplicationPolicy[]>;

// harbor/replication.ts
export declare function listReplicationRuns(harbor: Harbor, policyId: number): Promise<readonly ReplicationRun[]>;

// config/load.ts
export declare function loadConfig(path: string | undefined, options: LoadConfigOptions): Promise<LoadedConfig>;

// config/load.ts
export declare function loadConfigs(path: string | undefined, options: LoadConfigOptions): Promise<readonly LoadedConfig[]>;

// trust/verify/policy.ts
export declare function loadPolicy(path: string, env: PolicyEnvironment): Promise<Policy>;

// files/local-file.ts
export declare function localFile(path: string, absolutePath: string): Promise<ModelFile>;

// evaluate/weight-error.ts
export declare function measureWeightError(candidate: GgufContent, base: GgufContent, options: WeightErrorOptions): Promise<WeightError>;

// files/in-memory.ts
export declare function memoryFile(path: string, content: Uint8Array | string): ModelFile;

// stages/conversion/split-files.ts
export declare function merge(): Stage<Snapshot, readonly ModelVariant[]>;

// run/metrics-text.ts
export declare function metricsText(runs: readonly RunSummary[], version: string): string;

// package/model-facts.ts
export declare function modelFacts(snapshot: Snapshot, extra?: Partial<ModelFacts>, signal?: AbortSignal): Promise<ModelFacts>;

// registry/layout/layout-target.ts
export declare function openArchive(file: string): LayoutTarget;

// service/open-artifact.ts
export declare function openArtifact(reference: string, options?: OpenArtifactOptions): Promise<OpenedArtifact>;

// cluster/open-cluster.ts
export declare function openCluster(options: OpenClusterOptions): Promise<ClusterConnection>;

// harbor/open-harbor.ts
export declare function openHarbor(options: HarborOptions): Harbor;

// registry/layout/layout-target.ts
export declare function openLayout(directory: string): LayoutTarget;

// registry/remote/open-registry.ts
export declare function openRegistry(reference: string | RegistryReference, options?: RegistryOptions): RegistryTarget;

// convert/repository.ts
export declare function openRepository(whole: Snapshot, signal?: AbortSignal, { mistralFormat, configOptional }?: RepositoryOptions): Promise<Repository>;

// source/open-source.ts
export declare function openSource(address: string, options: SourceOptions): Promise<Snapshot>;

// registry/open-target.ts
export declare function openTarget(address: string, options?: RegistryOptions): OpenedTarget;

// stages/packaging/pack.ts
export declare function pack(options?: PackStageOptions): Stage<Snapshot | readonly ModelVariant[], PackedModel>;

// package/pack-as.ts
export declare function packAs(format: ArtifactFormat, variant: ModelVariant, options?: FormatOptions): Artifact;

// quantize/file-types.ts
export declare function parseFileType(text: string): FileType;

// evaluate/gate.ts
export declare function parseGate(text: string): readonly GateRule[];

// evaluate/gate.ts
export declare function parseGateFile(text: string, path: string): readonly GateRule[];

// trust/verify/policy.ts
export declare function parsePolicy(content: string, path: string, env: PolicyEnvironment): Promise<Policy>;

// registry/reference.ts
export declare function parseReference(text: string): Reference;

// core/pipeline.ts
export declare function pipeline<A, B>(a: StageLike<A, B>): Pipeline<A, B>;
// core/pipeline.ts
export declare function pipeline<A, B, C>(a: StageLike<A, B>, b: StageLike<NoInfer<B>, C>): Pipeline<A, C>;
// core/pipeline.ts
export declare function pipeline<A, B, C, D>(a: StageLike<A, B>, b: StageLike<NoInfer<B>, C>, c: StageLike<NoInfer<C>, D>): Pipeline<A, D>;
// core/pipeline.ts
export declare function pipeline<A, B, C, D, E>(a: StageLike<A, B>, b: StageLike<NoInfer<B>, C>, c: StageLike<NoInfer<C>, D>, d: StageLike<NoInfer<D>, E>): Pipeline<A, E>;
// core/pipeline.ts
export declare function pipeline<A, B, C, D, E, F>(a: StageLike<A, B>, b: StageLike<NoInfer<B>, C>, c: StageLike<NoInfer<C>, D>, d: StageLike<NoInfer<D>, E>, e: StageLike<NoInfer<E>, F>): Pipeline<A, F>;
// core/pipeline.ts
export declare function pipeline<A, B, C, D, E, F, G>(a: StageLike<A, B>, b: StageLike<NoInfer<B>, C>, c: StageLike<NoInfer<C>, D>, d: StageLike<NoInfer<D>, E>, e: StageLike<NoInfer<E>, F>, f: StageLike<NoInfer<F>, G>): Pipeline<A, G>;

// deploy/plan-deployment.ts
export declare function planDeployment(model: ServedModel, options?: DeployOptions, target?: string): Deployed;

// run/plan.ts
export declare function planPipeline(config: Config, context: RunContext): Promise<RunPlan>;

// harbor/projects.ts
export declare function projectExists({ api }: Harbor, name: string): Promise<boolean>;

// harbor/quotas.ts
export declare function projectStorage(harbor: Harbor, project: string): Promise<ProjectStorage | undefined>;

// stages/trust/promote.ts
export declare function promote(from: string, to: string, options: PromoteOptions, context: RunContext): Promise<Promoted>;

// stages/push/push.ts
export declare function push(to: string, options?: PushOptions): PushStage;

// registry/push-artifacts.ts
export declare function pushArtifacts(target: Target, artifacts: readonly Artifact[], options: PushArtifactsOptions): Promise<readonly PushedToTarget[]>;

// stages/conversion/quantize.ts
export declare function quantize(options: QuantizeStageOptions): Stage<Snapshot | readonly ModelVariant[], readonly ModelVariant[]>;

// quantize/quantize-content.ts
export declare function quantizeContent(content: GgufContent, fileType: string, options: QuantizeOptions): Quantized;

// harbor/read-back-settings.ts
export declare function readBackFromHarbor(harbor: Harbor, name: ArtifactName, expected?: ExpectedView): Promise<ReadBack>;

// gguf/gguf-reader.ts
export declare function readGguf(file: ModelFile, options?: {
    readonly limits?: Partial<GgufLimits>;
}, signal?: AbortSignal): Promise<Gguf>;

// quantize/imatrix.ts
export declare function readImatrix(file: ModelFile, signal?: AbortSignal): Promise<Imatrix>;

// onnx/onnx-reader.ts
export declare function readOnnx(file: ModelFile, signal?: AbortSignal): Promise<OnnxModel>;

// trust/keys/read-key.ts
export declare function readPrivateKey(pem: string, name: string, password: () => Promise<string> | string): Promise<KeyObject>;

// trust/keys/read-key.ts
export declare function readPublicKey(pem: string, name: string): KeyObject;

// files/read.ts
export declare function readRange(file: ModelFile, range: ByteRange, signal?: AbortSignal): Promise<Uint8Array>;

// safetensors/reader.ts
export declare function readSafetensors(file: ModelFile, signal?: AbortSignal, limits?: SafetensorsLimits): Promise<SafetensorsHeader>;

// deploy/read-model.ts
export declare function readServedModel(address: ArtifactAddress, options?: ReadModelOptions): Promise<ServedModel>;

// stages/trust/rebuild.ts
export declare function rebuild(address: string, options: RebuildOptions, context: RunContext): Promise<RebuildReport>;

// deploy/render.ts
export declare function renderDeployment(deployed: Deployed, model: ServedModel, format: DeployFormat): Rendered;

// stages/packaging/repackage.ts
export declare function repackage(source: string, to: string, options?: RepackageOptions): Stage<void, readonly PushedArtifact[]>;

// run/run.ts
export declare function runPipeline<O>(config: Config<O>, options?: RunOptions): Promise<RunResult<O>>;

// harbor/retention.ts
export declare function runRetention(harbor: Harbor, project: Pick<Project, 'name' | 'retentionId'>, dryRun: boolean, pollMs?: number): Promise<RetentionRun>;

// lint/sarif.ts
export declare function sarifLog({ findings, name }: LintReport, tool: SarifTool): SarifLog;

// stages/save.ts
export declare function save(directory: string, options?: SaveOptions): Stage<Snapshot | readonly ModelVariant[], readonly SavedFile[]>;

// files/digest-of.ts
export declare function sha256(bytes: Uint8Array | string): Digest;

// deploy/gguf-shape.ts
export declare function shapeOfGguf(metadata: GgufMetadata): ModelShape;

// stages/trust/sign-stage.ts
export declare function sign<T extends Signable = PackedModel>(options: SignStageOptions): Stage<T, T>;

// trust/sign.ts
export declare function signManifest(target: Target, subject: AttachSubject, signer: Signer, options?: SignOptions): Promise<readonly Attached[]>;

// evaluate/smoke/smoke.ts
export declare function smokeTest(engine: Engine, input: SmokeInput): Promise<SmokeResult>;

// stages/conversion/split-files.ts
export declare function split(options?: SplitOptions): Stage<Snapshot, readonly ModelVariant[]>;

// evaluate/onnx/staged-model.ts
export declare function stageOnnx(file: ModelFile, files: readonly ModelFile[], temporary: string, options?: {
    readonly folder?: string | undefined;
    readonly signal?: AbortSignal | undefined;
}): Promise<StagedModel>;

// harbor/replication.ts
export declare function startReplication(harbor: Harbor, policyId: number): Promise<number>;

// harbor/scans.ts
export declare function startScan(harbor: Harbor, name: ArtifactName, kind?: ScanKind): Promise<void>;

// convert/architectures/index.ts
export declare function supportedArchitectures(): readonly {
    readonly name: string;
    readonly gguf: string;
}[];

// core/stage.ts
export declare function toStage<I, O>(stage: StageLike<I, O>): Stage<I, O>;

// files/digest-of.ts
export declare function verified(content: AsyncIterable<Uint8Array>, expected: Expected): AsyncGenerator<Uint8Array>;

// stages/trust/verify-stage.ts
export declare function verify<T = Snapshot>(options: VerifyStageOptions): Stage<T, T>;

// trust/verify/verify.ts
export declare function verifyArtifact(target: ReadableTarget & {
    readonly name: string;
}, reference: string, options: VerifyOptions): Promise<VerifyReport>;

// stages/trust/verify-reference.ts
export declare function verifyReference(address: string, policy: Policy, context: RunContext, options?: VerifyReferenceOptions): Promise<VerifyReport>;

// harbor/replication.ts
export declare function waitForReplication(harbor: Harbor, id: number, pollMs?: number): Promise<ReplicationRun>;

// ---- slipway/testing

// testing/safetensors-builder.ts
export interface BuiltTensor {
    readonly name: string;
    readonly shape: readonly number[];
    readonly dtype: WeightDtype;
    /** Largest distance from `offset`; 0.1 unless given. */
    readonly scale?: number;
    /** 0 unless given; norms have 1. */
    readonly offset?: number;
}

// testing/cluster-server.ts
export interface ClusterCall {
    readonly method: string;
    /** With its query. */
    readonly path: string;
    readonly body: unknown;
}

// testing/cluster-state.ts
export interface ClusterReply {
    readonly status: number;
    readonly body: unknown;
}

// testing/registry-faults.ts
export interface FaultRule {
    readonly fault: RegistryFault;
    readonly method?: string;
    /** Matched against the path with its query. */
    readonly path?: RegExp;
    /** How often it strikes; once unless given. */
    readonly times?: number;
    /** How many matching requests pass before it strikes first. */
    readonly skip?: number;
}

// testing/harbor-faults.ts
export type HarborFault = {
    readonly kind: 'status';
    readonly status: number;
}
/** A page for people, with status 200: a login page, a proxy's excuse. */
 | {
    readonly kind: 'html';
} | {
    readonly kind: 'redirect';
    readonly to: string;
}
/** JSON that is cut off. */
 | {
    readonly kind: 'truncate';
}
/** Another number in `X-Total-Count`, and no `Link`. */
 | {
    readonly kind: 'total';
    readonly total: number;
}
/** Every page is full, differs from the last and has a next one. */
 | {
    readonly kind: 'endless';
}
/** Every page is the first one and has a next one. */
 | {
    readonly kind: 'same-page';
};

// testing/harbor-faults.ts
export interface HarborFaultRule {
    readonly fault: HarborFault;
    readonly method?: string;
    /** Matched against the path with its query. */
    readonly path?: RegExp;
    /** How often; always unless given. */
    readonly times?: number;
}

// testing/hub-faults.ts
export interface HubFault {
    /**
     * `drop`: the connection is cut after `after` bytes of the body. `truncate`: the body ends there as if complete.
     * `corrupt`: one bit of the body's byte `after` (the first unless given) is flipped. `status`: the request is answered with `status`.
     * `slow`: the answer waits `delayMs`. `other-commit`: X-Repo-Commit names another commit.
     */
    readonly kind: 'drop' | 'truncate' | 'corrupt' | 'status' | 'slow' | 'other-commit';
    /** Which requests: a part of `METHOD path?query`. All without it. */
    readonly match?: string | RegExp;
    /** How often; once unless given. */
    readonly times?: number;
    /** Bytes of the body that still come; 1000 unless given, 0 for `corrupt`. */
    readonly after?: number;
    /** 500 unless given. */
    readonly status?: number;
    readonly delayMs?: number;
}

// testing/hub-repository.ts
export type HubFiles = readonly ModelFile[] | Readonly<Record<string, Uint8Array | string>> | string;

// testing/hub-repository.ts
export interface HubRepositoryOptions {
    readonly files: HubFiles;
    /** Needs a token with access, and looks missing without one. */
    readonly private?: boolean;
    /** Listed for everyone; its files need a token with access. */
    readonly gated?: boolean;
    /** Every request is redirected to this name. */
    readonly renamedTo?: string;
    /** Date of the first commit. */
    readonly committedAt?: string;
    /** Tags and branches beside `main`, each with its own files. */
    readonly revisions?: Readonly<Record<string, HubFiles>>;
}

// testing/hub-server.ts
export interface HubRequest {
    readonly method: string;
    readonly url: string;
    readonly host: 'hub' | 'storage' | 'cas';
    readonly range: string | undefined;
    readonly authorized: boolean;
    status: number;
}

// testing/registry-store.ts
export interface KeptManifest {
    readonly bytes: Uint8Array;
    readonly mediaType: string;
}

// testing/llama-builder.ts
export interface LlamaOptions {
    /** Used in the model card; `Tiny Llama` unless given. */
    readonly name?: string;
    /** 2 unless given. */
    readonly layers?: number;
    /** Width; 256 unless given, so that every quantization fits. A multiple of `heads`. */
    readonly hidden?: number;
    /** Width inside the feed-forward blocks; twice `hidden` unless given. */
    readonly intermediate?: number;
    /** 4 unless given. */
    readonly heads?: number;
    /** 2 unless given (grouped-query attention). */
    readonly kvHeads?: number;
    /** 512 unless given; at least 354. */
    readonly vocab?: number;
    readonly context?: number;
    /** BF16 unless given. */
    readonly dtype?: WeightDtype;
    /** The output matrix is the embedding's; false unless given. */
    readonly tied?: boolean;
    /** Number of safetensors files; 1 unless given. */
    readonly shards?: number;
    readonly seed?: number;
    /** As the Hub spells it; `apache-2.0` unless given. */
    readonly license?: string;
}

// testing/registry.ts
export interface RecordedRequest {
    readonly method: string;
    /** With its query. */
    readonly path: string;
    readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
    /** Of the answer; 0 while there is none. */
    status: number;
    /** Bytes of its body that were read. */
    received: number;
}

// testing/registry-faults.ts
export type RegistryFault = 
/** Answers with this status instead of doing anything. */
{
    readonly kind: 'status';
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    /** An error of the code `FAULT` unless given. */
    readonly body?: string;
}
/** Takes this many bytes of the request's body (and keeps those of an upload), then closes the connection. */
 | {
    readonly kind: 'drop-request';
    readonly afterBytes: number;
}
/** Does all of its work and closes the connection instead of answering. */
 | {
    readonly kind: 'drop-answer';
}
/** Sends this many bytes of its answer's body, then closes the connection. */
 | {
    readonly kind: 'drop-response';
    readonly afterBytes: number;
}
/** Ends the answer's body cleanly after this many bytes, with a Content-Length that agrees. */
 | {
    readonly kind: 'truncate';
    readonly bytes: number;
}
/** Flips a bit in the middle of the answer's body. */
 | {
    readonly kind: 'corrupt';
}
/** Names another digest in `Docker-Content-Digest`. */
 | {
    readonly kind: 'wrong-digest';
}
/** Waits before it does anything. */
 | {
    readonly kind: 'delay';
    readonly ms: number;
}
/** Forgets every upload that is under way. */
 | {
    readonly kind: 'forget-uploads';
}
/** Declares every token spent. */
 | {
    readonly kind: 'expire-tokens';
};

// testing/sentencepiece-builder.ts
export declare const SMALLEST_VOCABULARY: number;

// testing/registry-routes.ts
export interface TagMove {
    readonly repository: string;
    readonly tag: string;
    readonly digest: Digest;
    readonly complete: boolean;
}

// testing/cluster-server.ts
export interface TestCluster {
    readonly url: string;
    /** A kubeconfig for it; its context is `test`, its namespace `default`. */
    readonly kubeconfig: string;
    readonly calls: readonly ClusterCall[];
    get(kind: string, namespace: string, name: string): TestResource | undefined;
    put(resource: TestResource, manager?: string): void;
    remove(kind: string, namespace: string, name: string): void;
    /** Plays a controller: is called after every resource that was applied for real. */
    onApply(react: (resource: TestResource) => void): void;
    /** Answers requests in the cluster's place; the first that returns something counts. */
    answer(reply: (call: ClusterCall) => ClusterReply | undefined): void;
    close(): Promise<void>;
}

// testing/cluster-server.ts
export interface TestClusterOptions {
    /** `v1.36.2` unless given. */
    readonly version?: string;
    /** It has KServe's kinds. */
    readonly kserve?: boolean;
    /** It has the kinds of JobSet and Argo. */
    readonly batch?: boolean;
    /** Bearer token that it wants; none unless given. */
    readonly token?: string;
    /** Namespaces beside `default`. */
    readonly namespaces?: readonly string[];
    readonly resources?: readonly TestResource[];
    /** Text of `/metrics`. */
    readonly metrics?: string;
}

// testing/harbor-server.ts
export interface TestHarbor {
    readonly host: string;
    readonly url: string;
    readonly requests: readonly RecordedRequest[];
    /** The registry behind, with what it holds laid open. */
    readonly registry: TestRegistry;
    /** Bodies of the API's POST, PUT and DELETE requests that were carried out, in order. */
    readonly writes: readonly {
        readonly method: string;
        readonly path: string;
        readonly body: unknown;
    }[];
    fail(rule: HarborFaultRule): void;
    clearFaults(): void;
    close(): Promise<void>;
}

// testing/harbor-server.ts
export interface TestHarborOptions {
    /** `v2.15.2` unless given: decides which family of models it knows. */
    readonly version?: string;
    /** Passwords by name; `{ admin: 'Harbor12345' }` unless given. `admin` is the administrator. */
    readonly users?: Readonly<Record<string, string>>;
    /** Projects that are there at the start, by name; `true` for public ones. */
    readonly projects?: Readonly<Record<string, boolean>>;
    /** P2P provider instances, by name. */
    readonly providers?: readonly string[];
    /** False for a Harbor without a scanner; true unless given. */
    readonly scanner?: boolean;
}

// testing/hub-server.ts
export interface TestHub extends AsyncDisposable {
    readonly url: string;
    /** Where the Hub redirects large files to, on another port. */
    readonly storageUrl: string;
    /** The API of the Xet protocol's store; xorbs come from the storage host. */
    readonly casUrl: string;
    /** HF_ENDPOINT and HF_TOKEN. */
    readonly env: Readonly<Record<string, string>>;
    readonly requests: readonly HubRequest[];
    add(name: string, repository: HubFiles | HubRepositoryOptions): void;
    /** Moves `main` (or another reference) to new files; returns the commit's id. */
    commit(name: string, files: HubFiles, reference?: string): string;
    /** The commit's id of a branch or tag. */
    commitOf(name: string, revision?: string): string;
    /** Lets something go wrong with the next request that fits. */
    fail(fault: HubFault): void;
    /** Signed addresses that were given out stop working. */
    expireStorage(): void;
    /** Tokens for the Xet protocol that were given out stop working. */
    expireXetTokens(): void;
    close(): Promise<void>;
}

// testing/hub-server.ts
export interface TestHubOptions {
    /** `org/name` → its files, or files with access rules and history. */
    readonly repositories?: Readonly<Record<string, HubFiles | HubRepositoryOptions>>;
    /** The token that may read private and gated repositories; `hf_test` unless given. */
    readonly token?: string;
    /** Tokens that are valid but have no access. */
    readonly strangers?: readonly string[];
    /** Entries of one page of a listing; 1000 unless given. */
    readonly pageSize?: number;
    /** Files that are in it (by their sha256) can also be read over the Xet protocol. */
    readonly xet?: XetStore;
}

// testing/registry.ts
export interface TestRegistry {
    /** `127.0.0.1:<port>`: what references start with. */
    readonly host: string;
    readonly url: string;
    readonly requests: readonly RecordedRequest[];
    /** Every tag that was set, in order. */
    readonly tagMoves: readonly TagMove[];
    /** Tokens issued so far. */
    readonly tokensIssued: number;
    /** Faults that struck so far. */
    readonly faultsStruck: number;
    repositories(): readonly string[];
    tags(repository: string): ReadonlyMap<string, Digest>;
    manifests(repository: string): ReadonlyMap<string, KeptManifest>;
    /** Uploads that were begun and neither finished nor deleted, by repository. */
    openUploads(repository: string): number;
    /** Bytes of a blob, whatever repository it belongs to; `undefined` when it is not there or not kept. */
    blob(digest: string): Uint8Array | undefined;
    /** Digests of all blobs with their sizes. */
    blobs(): ReadonlyMap<string, number>;
    /** Everything that is wrong with what is held; empty when all is well. */
    problems(): readonly string[];
    /** Takes a tag away; what it points at stays. */
    untag(repository: string, tag: string): void;
    /** Arms a fault. */
    fail(rule: FaultRule): void;
    clearFaults(): void;
    expireTokens(): void;
    close(): Promise<void>;
}

// testing/registry.ts
export interface TestRegistryOptions extends Partial<RegistryFeatures> {
    readonly auth?: 'none' | 'basic' | 'bearer';
    /** Passwords by user name; `{ user: 'password' }` unless given. `refresh-<user>` is that user's refresh token. */
    readonly users?: Readonly<Record<string, string>>;
    /** Reading needs no credentials. */
    readonly anonymousPull?: boolean;
    /** Milliseconds that a bearer token lives; half an hour unless given. */
    readonly tokenLifetimeMs?: number;
    /** Token address to send clients to, instead of the registry's own. */
    readonly realm?: string;
    /** Milliseconds that every request waits. */
    readonly latencyMs?: number;
    /** False keeps sizes and digests only: for uploads larger than memory. */
    readonly keepBytes?: boolean;
    readonly faults?: readonly FaultRule[];
    /** A free one unless given. */
    readonly port?: number;
}

// testing/cluster-resources.ts
export interface TestResource {
    apiVersion: string;
    kind: string;
    metadata: {
        name: string;
        namespace?: string;
        labels?: Readonly<Record<string, string>>;
        generation?: number;
        [key: string]: unknown;
    };
    [field: string]: unknown;
}

// testing/random-weights.ts
export type WeightDtype = 'F32' | 'F16' | 'BF16';

// testing/random-weights.ts
export declare class WeightGenerator {
    #private;
    constructor(shape: WeightShape);
    /** Bytes `start` to `end` of the tensor with this seed. */
    read(seed: number, start: number, end: number): Generator<Uint8Array>;
}

// testing/random-weights.ts
export interface WeightShape {
    readonly dtype: WeightDtype;
    /** Numbers lie in (offset - scale, offset + scale), dense around the offset as trained weights are. */
    readonly scale: number;
    readonly offset: number;
}

// testing/xet-store.ts
export declare class XetStore {
    #private;
    addXorb(hash: string, bytes: Uint8Array): void;
    addShard(bytes: Uint8Array): void;
    xorb(hash: string): Uint8Array | undefined;
    file(hash: string): XetFile | undefined;
    fileOf(sha256: string): XetFile | undefined;
    /** What has to be fetched for a range of a file; nothing beyond its end. */
    reconstruction(file: XetFile, start: number, end: number): XetReconstruction | undefined;
}

// testing/llama-builder.ts
export declare function buildLlama(options?: LlamaOptions): ModelFile[];

// testing/safetensors-builder.ts
export declare function buildSafetensors(path: string, tensors: readonly BuiltTensor[], seed?: number): ModelFile;

// testing/sentencepiece-builder.ts
export declare function buildSentencePiece(size: number): ModelFile;

// testing/safetensors-builder.ts
export declare function buildShards(tensors: readonly BuiltTensor[], shards: number, seed?: number): ModelFile[];

// testing/cluster-server.ts
export declare function startTestCluster(options?: TestClusterOptions): Promise<TestCluster>;

// testing/harbor-server.ts
export declare function startTestHarbor(options?: TestHarborOptions): Promise<TestHarbor>;

// testing/hub-server.ts
export declare function startTestHub(options?: TestHubOptions): Promise<TestHub>;

// testing/registry.ts
export declare function startTestRegistry(options?: TestRegistryOptions): Promise<TestRegistry>;

// ---- named above

// package/variant.ts
export interface AdapterFacts {
    /** Name of the base model, as on the Hub. */
    readonly base?: string;
    /** Revision of the base model that the adapter was converted for. */
    readonly baseRevision?: string;
    /** Digest of an artifact of the base model. */
    readonly baseDigest?: string;
}

// harbor/artifacts.ts
export interface Addition {
    readonly status: number;
    /** Empty unless the status is 200. */
    readonly text: string;
}

// harbor/artifacts.ts
export type AdditionName = 'readme.md' | 'license' | 'files';

// http/answer-headers.ts
export interface AnswerHeaders extends Iterable<[string, string]> {
    /** The values of a field, joined by commas; `null` without one. Names in any case. */
    get(name: string): string | null;
    has(name: string): boolean;
}

// harbor/answer.ts
export type AnswerObject = Readonly<Record<string, unknown>>;

// trust/verify/policy.ts
export interface AnyIdentity {
    readonly name: string;
    /** Builder ids for which its provenance counts; any unless given. */
    readonly builders?: readonly string[] | undefined;
}

// harbor/api.ts
export interface ApiConnection {
    readonly http: HttpClient;
    /** With a slash at its end. */
    readonly base: URL;
    readonly username: string | undefined;
    /** Value of the Authorization header. */
    readonly authorization: string | undefined;
    readonly signal: AbortSignal | undefined;
    readonly timeoutMs?: number;
}

// harbor/api.ts
export type ApiQuery = Readonly<Record<string, string | number | boolean>>;

// harbor/api.ts
export interface ApiRequest {
    readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
    /** Below `/api/v2.0`, encoded. */
    readonly path: string;
    readonly query?: ApiQuery;
    readonly body?: unknown;
    readonly doing: string;
    /** Statuses that are an answer although they are no success. */
    readonly also?: readonly number[];
    /** A failure is final: asking again would give the same. */
    readonly once?: boolean;
}

// harbor/apply/change.ts
export interface ApplyListener {
    readonly onChange?: (change: HarborChange) => void;
    /** A new robot's password, which Harbor tells once; the application waits for it to be kept. */
    readonly onRobot?: (robot: {
        readonly name: string;
        readonly secret: string;
    }) => Promise<void>;
}

// registry/reference.ts
export interface ArchiveReference {
    readonly kind: 'archive';
    readonly file: string;
    readonly tag?: string;
    readonly digest?: Digest;
}

// package/artifact-snapshot.ts
export interface ArtifactAddress {
    readonly target: ReadableTarget;
    /** Tag or digest. */
    readonly reference: string;
    /** How the repository is called, without secrets: `harbor.example/models/tiny`, `layout:./models`. */
    readonly name: string;
}

// package/artifact-files.ts
export interface ArtifactContents {
    readonly format: ArtifactFormat;
    readonly files: readonly ArtifactFile[];
    /** Layers without a name: nothing says what they are called. */
    readonly unnamed: readonly Descriptor[];
}

// trust/verify/content-checks.ts
export interface ArtifactFacts extends SaidOfWeights {
    /** Packaging format: `modelpack`, `cnai`, … */
    readonly format?: string;
    readonly quantization?: string;
    /** SPDX expressions. */
    readonly licenses: readonly string[];
    readonly baseModels: readonly string[];
    /** Digests of the layers that hold weights. */
    readonly weights: readonly Digest[];
}

// package/artifact-files.ts
export interface ArtifactFile {
    /**
     * Where the file belongs, safe to be joined to a directory. For a tar layer only what its annotation calls it: the names
     * that count are inside (see `membersOf`).
     */
    readonly path: string;
    readonly kind: FileKind;
    readonly form: LayerForm;
    readonly descriptor: Descriptor;
}

// harbor/harbor-address.ts
export interface ArtifactName {
    readonly project: string;
    /** Without the project; may hold slashes. */
    readonly repository: string;
    /** A tag or a digest. */
    readonly reference: string;
}

// package/formats.ts
export type ArtifactShape = (typeof PACKAGING_FORMATS)[ArtifactFormat]['shapes'][number];

// run/summary.ts
export interface ArtifactSummary {
    readonly reference: string;
    readonly digest: Digest;
    readonly mediaType: string;
    readonly size: number;
}

// harbor/artifacts.ts
export interface ArtifactTag {
    readonly name: string;
    readonly immutable: boolean;
}

// registry/remote/connection.ts
export interface Ask extends Omit<HttpRequest, 'url'> {
    readonly method: string;
    /** A path of the API, or the absolute URL that a `Location` gave. */
    readonly to: string | URL;
    /** `pull` or `pull,push`: what the token has to allow. */
    readonly actions: string;
    /** Repository of a mount, whose content must be readable too. */
    readonly mountFrom?: string;
    /** Statuses that are an answer; others are thrown. */
    readonly expect: readonly number[];
    /** For error messages: `push a blob to 'team/model'`. */
    readonly doing: string;
}

// trust/attach.ts
export type AttachSubject = Pick<Descriptor, 'mediaType' | 'digest' | 'size'>;

// trust/sign.ts
export interface Attached {
    readonly subject: Digest;
    readonly predicateType: string;
    /** `exists`: a valid one by this key was there already; `made`: it was signed and attached to nothing. */
    readonly how: 'added' | 'exists' | 'made';
}

// harbor/harbor-error.ts
export interface Attempt {
    readonly method: string;
    readonly host: string;
    /** `create the project 'models'`. */
    readonly doing: string;
    /** The account; absent for a request without credentials. */
    readonly username?: string | undefined;
}

// trust/verify/policy.ts
export interface AuthorityIdentity extends AnyIdentity {
    readonly kind: 'authority';
    readonly certificates: readonly X509Certificate[];
    /** Exactly, when given. */
    readonly san?: string | undefined;
}

// registry/auth/authorizer.ts
export declare class Authorizer {
    #private;
    constructor(options: AuthorizerOptions);
    /** The Authorization header for these scopes, or `undefined` while nothing was asked for. */
    header(scopes: readonly string[], signal?: AbortSignal): Promise<string | undefined>;
    /**
     * Learns from a 401 that answered a request sent with `sent` as its Authorization. True when a repetition may go
     * better: the method is new, or a token was spent. Throws `INSECURE_REFUSED` for a realm that must not be asked.
     */
    learn(wwwAuthenticate: string | null, scopes: readonly string[], sent: string | undefined): Promise<boolean>;
}

// registry/auth/authorizer.ts
export interface AuthorizerOptions {
    /** Where the registry answers. */
    readonly registry: URL;
    readonly http: HttpClient;
    readonly credential: () => Promise<RegistryCredential | undefined>;
    /** Pairs `registry=authHost`. */
    readonly authHosts?: readonly string[];
    /** Milliseconds; tokens age by it. */
    readonly now: () => number;
}

// package/modelcar.ts
export interface BaseImage {
    /** `host/repository:tag` and digest: told as annotations, for scanners and for those who deploy. */
    readonly name?: string;
    readonly digest?: Digest;
    readonly layers: readonly Layer[];
    /** Uncompressed digest of each of its layers. */
    readonly diffIds: readonly Digest[];
    readonly architecture: string;
    /** The `config` object of its image config (environment, user, …). */
    readonly config?: Readonly<Record<string, unknown>>;
}

// registry/transfer.ts
export interface BlobCounts {
    readonly sent: number;
    readonly exists: number;
    readonly mounted: number;
}

// registry/target.ts
export interface BlobPusher {
    /** True when the blob is there. */
    hasBlob(digest: Digest, signal?: AbortSignal): Promise<boolean>;
    /**
     * Sends a blob, streaming. With a known digest it is looked for first; without one the digest is computed on the way.
     * After a drop the file is re-opened at the offset the target confirms.
     */
    pushBlob(file: ModelFile, options?: PushBlobOptions): Promise<PushedBlob>;
    /**
     * Whether a blob of so many bytes may be there from an earlier push. Where it may, a file on the local disk is read for its
     * digest before it is sent: reading it costs less than sending it. Absent: not known, and not asked.
     */
    mayHold?(size: number, signal?: AbortSignal): Promise<boolean>;
}

// registry/target.ts
export interface BlobReader {
    /** A blob's bytes, verified when no range is named; of a range only the length is checked. */
    readBlob(descriptor: Pick<Descriptor, 'digest' | 'size'>, range?: ByteRange, signal?: AbortSignal, hints?: ReadHints): AsyncIterable<Uint8Array>;
}

// package/variant.ts
export interface BuildRecipe {
    /** What it was made from. */
    readonly snapshot: Snapshot;
    /** Options of the stages that made it, as they were given; absent for a stage that was not there. */
    readonly convert?: object;
    readonly quantize?: object;
    /** Further files that shaped the bytes, with their digests: importance matrix, metadata. */
    readonly inputs: readonly {
        readonly name: string;
        readonly digest: Digest;
    }[];
}

// deploy/memory.ts
export declare const CACHE_TYPES: readonly ["f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl"];

// stages/options/convert-options.ts
export declare const CONVERT_OPTIONS: {
    /** The converter's output type; the intermediate when `quantize` is given. `auto` follows the first weight. */
    readonly outtype: {
        readonly kind: "choice";
        readonly choice: readonly ["auto", "f32", "f16", "bf16", "q8_0", "tq1_0", "tq2_0"];
        readonly anyCase: true;
        readonly value: "type";
        readonly help: "how weights are stored";
    };
    /** llama-quantize's file types: one variant each, from one reading of the source. */
    readonly quantize: {
        readonly kind: "text";
        readonly list: "one or more";
        readonly value: "type";
        readonly help: "quantize to this type (repeatable; see pipeline types)";
        readonly needs: "Q4_K_M, Q8_0, …";
        readonly known: readonly string[];
        readonly words: readonly import("../../quantize/file-types.js").FileTypeWord[];
        readonly problem: typeof fileTypeProblem;
    };
    /**
     * The projector of a model that sees or hears, as a file beside the language model's: `true` in the type of `outtype`,
     * or in a type of its own. `only` makes the projector instead of the language model (the reference's `--mmproj`).
     */
    readonly mmproj: {
        readonly kind: "choice";
        readonly choice: readonly ["auto", "f32", "f16", "bf16", "q8_0", "only"];
        readonly orFlag: true;
        readonly value: "type";
        readonly help: "the projector of images or sound beside the language model, or only it";
    };
    /**
     * Only the layers that predict further tokens (MTP), with the tensors that they share with their model: a draft for
     * speculative decoding. Refused for a model whose architecture llama.cpp's converter cannot take apart.
     */
    readonly mtp: {
        readonly kind: "flag";
        readonly help: "only the layers that predict further tokens (MTP), as a draft";
    };
    /** Everything but the layers that predict further tokens. */
    readonly noMtp: {
        readonly kind: "flag";
        readonly aliases: readonly ["no-nextn"];
        readonly help: "without the layers that predict further tokens (MTP)";
    };
    /** Only the DSpark draft that a checkpoint of DeepSeek V4 has beside its model. Needs `targetModelDir`. */
    readonly dspark: {
        readonly kind: "flag";
        readonly help: "only the DSpark draft tensors of a DeepSeek V4";
    };
    /**
     * The model that a draft (EAGLE-3, DFlash, DSpark) was trained for: anything that `download` takes. Only its
     * configuration and its tokenizer are read.
     */
    readonly targetModelDir: {
        readonly kind: "text";
        readonly value: "source";
        readonly help: "the model that a draft was trained for";
    };
    /**
     * The base model of a LoRA adapter, where the source is one: anything that `download` takes. Only its configuration is
     * read. Unless given it is the model that the adapter itself names, from the Hub.
     */
    readonly base: {
        readonly kind: "text";
        readonly value: "source";
        readonly help: "the base model of a LoRA adapter (only its configuration is read)";
    };
    /** Overrides the model's name in the metadata. */
    readonly modelName: {
        readonly kind: "text";
        readonly value: "name";
        readonly help: "the model's name in the metadata";
    };
    /** Path of a JSON file of GGUF keys (`general.author`, …) that win over the model card; local, never a URL. */
    readonly metadata: {
        readonly kind: "path";
        readonly asGiven: true;
        readonly value: "file";
        readonly help: "JSON of GGUF keys that win over the model card";
    };
    /**
     * For a machine that is big endian, as the reference's flag: keys and plain numbers are turned around, and what gguf-py
     * holds as bytes is not (BF16, Q8_0, TQ1_0, TQ2_0, MXFP4, NVFP4). Not together with `quantize`.
     */
    readonly bigendian: {
        readonly kind: "flag";
        readonly help: "for a big-endian machine: turns keys, F32 and F16 around";
    };
    /** Only vocabulary and keys, no tensors: for tests of tokenizers. Not together with `quantize`. */
    readonly vocabOnly: {
        readonly kind: "flag";
        readonly help: "vocabulary and keys, no tensors";
    };
    /** Join the query, key and value projections where the architecture has room for it. */
    readonly fuseQkv: {
        readonly kind: "flag";
        readonly help: "join query, key and value projections where the architecture can";
    };
    /** Join the gates and ups of experts; refused where the architecture has no such tensor. */
    readonly fuseGateUpExps: {
        readonly kind: "flag";
        readonly help: "join gate and up of experts";
    };
    /** Weights that are 8-bit floats in the source become Q8_0 whatever the rest becomes. */
    readonly fp8AsQ8: {
        readonly kind: "flag";
        readonly help: "weights that are 8-bit floats become Q8_0";
    };
    /** The dense layers that sentence-transformers puts behind an embedding model, too (EmbeddingGemma). */
    readonly sentenceTransformersDenseModules: {
        readonly kind: "flag";
        readonly help: "the dense layers behind an embedding model, too";
    };
    /** Name of the pre-tokenizer, for a tokenizer that is not recognised. */
    readonly pre: {
        readonly kind: "text";
        readonly value: "name";
        readonly help: "name of the pre-tokenizer, when it is not recognised";
    };
    /** Takes params.json, consolidated*.safetensors and Mistral's tokenizer: a repository in Mistral's own format. */
    readonly mistralFormat: {
        readonly kind: "flag";
        readonly help: "read params.json, consolidated*.safetensors and Mistral's tokenizer";
    };
    /**
     * Writes what llama.cpp's converter would, byte for byte, also where llama.cpp cannot load the result: such models are
     * refused otherwise, and layers that config.json states and the checkpoint lacks (MTP) are left out.
     */
    readonly asReference: {
        readonly kind: "flag";
        readonly help: "llama.cpp's bytes, even of a model that it cannot load";
    };
    /** Leaves out the chat template that a model in Mistral's own format gets when it brings none. */
    readonly disableMistralCommunityChatTemplate: {
        readonly kind: "flag";
        readonly help: "no chat template when the model brings none";
    };
    /** Bytes of tensor data in a file: a number, or `700K`, `500M`, `2G` (decimal). */
    readonly splitMaxSize: {
        readonly kind: "size";
        readonly help: "most tensor data in one file: 2G, 500M, 800K";
    };
    /** Tensors in a file. */
    readonly splitMaxTensors: {
        readonly kind: "count";
        readonly most: 1000000;
        readonly help: "most tensors in one file";
    };
    /** Only keys in the first file: there are two files at least. */
    readonly noTensorFirstSplit: {
        readonly kind: "flag";
        readonly help: "only keys in the first file";
    };
};

// stages/options/copy-options.ts
export declare const COPY_OPTIONS: {
    readonly chunkSize: {
        readonly kind: "size";
        readonly help: "send blobs in requests of at most this size: 8MiB";
        readonly group: "Sending";
    };
    readonly overwrite: {
        readonly kind: "flag";
        readonly off: true;
        readonly help: "refuse to move a tag that points at something else";
        readonly group: "Sending";
    };
    readonly quotaCheck: {
        readonly kind: "flag";
        readonly off: true;
        readonly help: "send without asking a Harbor first whether the project's quota has room";
        readonly group: "Sending";
    };
    /** Every tag of the source, under its own name; with addresses that name no tag. */
    readonly allTags: {
        readonly kind: "flag";
        readonly help: "every tag of the source, under its own name";
    };
    readonly tags: {
        readonly kind: "text";
        readonly list: true;
        readonly value: "tag";
        readonly help: "a further tag";
        readonly group: "Sending";
    };
    /** Also what refers to the artifact (`subject`): signatures, attestations. */
    readonly referrers: {
        readonly kind: "flag";
        readonly help: "also what refers to it: signatures, attestations";
    };
    /** Of an index only the members of this platform; all of it unless given. */
    readonly platform: {
        readonly kind: "text";
        readonly value: "os/arch";
        readonly help: "of an index only this platform: linux/arm64; all of it unless given";
    };
    /** Policy file that it must satisfy before anything is copied; not together with `allTags`. */
    readonly policy: {
        readonly kind: "path";
        readonly value: "file";
        readonly help: "policy that it must satisfy before anything is copied";
    };
};

// trust/verify/policy.ts
export interface CertificateIdentity extends AnyIdentity {
    readonly kind: 'certificate';
    readonly issuer: string;
    readonly san: string;
}

// trust/verify/identify.ts
export type CertificateVerifier = (found: SignedByCertificate, identities: readonly CertificateIdentity[]) => Promise<Identified>;

// run/summary.ts
export interface ChangeSummary {
    readonly stage: string;
    readonly kind: string;
    readonly name: string;
    readonly change: 'created' | 'updated';
    readonly detail: string;
}

// evaluate/engine/child.ts
export declare class Child {
    #private;
    constructor(options: ChildOptions);
    /** The process's number, for those who watch it. */
    get pid(): number | undefined;
    get alive(): boolean;
    /** Sends a request and waits for its answer. `what` says in errors what was being done. */
    request(method: string, values: readonly FrameValue[], what: string, signal?: AbortSignal): Promise<FrameValue>;
    /** Ends it at once. */
    kill(reason: string): void;
    /** Ends it and waits until it is gone. */
    close(): Promise<void>;
}

// evaluate/engine/child.ts
export interface ChildOptions {
    /** The script that it runs. */
    readonly script: string;
    /** How it is called in errors: `the process that runs the model`. */
    readonly name: string;
    readonly env: Readonly<Record<string, string | undefined>>;
    /** Working directory; the parent's unless given. */
    readonly directory?: string;
    /** Milliseconds that one answer may take. */
    readonly patience: number;
}

// core/options/option-row.ts
export interface ChoiceRow extends RowBase {
    readonly kind: 'choice';
    readonly choice: readonly string[];
    /** On a command line upper and lower case are the same. */
    readonly anyCase?: true;
    /** Further words of a command line, and which of the others they mean; no help page shows them. */
    readonly synonyms?: Readonly<Record<string, string>>;
    /** On a command line other words are handed on: the stage has a better error for them. */
    readonly open?: true;
    /** A configuration may also say `true` (by the stage's own choice) or `false`. */
    readonly orFlag?: true;
}

// evaluate/engine/model.ts
export interface ChunkPart {
    readonly start: number;
    readonly end: number;
    /** Which of the chunks that lie side by side is the first given; 0 without it. */
    readonly sequence?: number;
}

// registry/remote/chunk-sizes.ts
export declare class ChunkSizes {
    #private;
    /** A request without Content-Length was refused: from now on each announces its length. */
    needsLength: boolean;
    constructor(memory?: SizeMemory);
    /** Takes over what an earlier run learnt; to be awaited before the first request. */
    ready(): Promise<void>;
    /** Bytes of the next request of a blob, within what its rules allow. */
    next(rules: Pick<UploadRules, 'chunkSize'>, size: number, least: number): number;
    /** True when a body of this size may be tried. */
    allows(size: number): boolean;
    measure(bytes: number, ms: number): void;
    /** A body of `size` bytes was too large for something on the way. False when there is nothing smaller to try. */
    shrink(size: number): boolean;
    /** Ends when what was learnt is there for the next run. */
    kept(): Promise<void>;
}

// evaluate/importance/collect-importance.ts
export interface CollectOptions {
    /** Path of the GGUF. */
    readonly model: string;
    /** `name` is recorded in the file, as llama-imatrix records its argument. */
    readonly text: {
        readonly name: string;
        readonly content: string;
    };
    readonly context?: number | undefined;
    readonly chunks?: number | undefined;
    /** Chunks at the beginning that are left out. */
    readonly skip?: number | undefined;
    readonly threads?: number | undefined;
    /** Collects for `output.weight`, too. */
    readonly processOutput?: boolean | undefined;
    /** Reads names of special tokens in the text as these tokens. */
    readonly parseSpecial?: boolean | undefined;
    /** Sums to go on from: those of an earlier file, or of a run that was interrupted. */
    readonly from?: readonly ImportanceSums[] | undefined;
    /** Chunks of this very text that `from` has already. */
    readonly done?: number | undefined;
    readonly signal?: AbortSignal | undefined;
    /** Called after each batch of chunks. */
    readonly onChunks?: ((done: number, total: number) => void) | undefined;
    /** Called now and then with the sums so far, so that they can be kept. */
    readonly onSums?: ((sums: ImportanceSums, done: number) => Promise<void>) | undefined;
}

// registry/layout/layout-storage.ts
export interface CollectedGarbage {
    readonly blobs: number;
    readonly bytes: number;
}

// evaluate/importance/collect-importance.ts
export interface CollectedImportance {
    readonly sums: ImportanceSums;
    readonly chunks: number;
    readonly tokens: number;
    readonly engine: EngineFacts;
    /** Matrices of experts that were never chosen. */
    readonly unused: readonly string[];
}

// ../workers/llama-addon.ts
export interface CollectedSums {
    readonly name: string;
    /** Sums of squares, one a column; expert after expert. */
    readonly values: Float32Array;
    /** Rows seen, one number a matrix. */
    readonly counts: Float64Array;
}

// stages/trust/rebuild-compare.ts
export interface Compared {
    readonly result: 'identical' | 'same-tensors' | 'different';
    readonly compared: readonly ComparedPart[];
    /** Set when tensors were sampled. */
    readonly sample?: {
        readonly seed: string;
        readonly tensors: readonly string[];
        readonly of: number;
    };
    /** Where the weights differ first. */
    readonly difference?: TensorDifference;
    readonly reason?: string;
}

// stages/trust/rebuild-difference.ts
export interface ComparedPart {
    readonly what: string;
    readonly expected: string;
    readonly actual: string;
    readonly equal: boolean;
}

// registry/remote/connection.ts
export declare class Connection {
    #private;
    constructor(options: ConnectionOptions);
    get host(): string;
    /** Where the registry is asked. */
    get base(): URL;
    get repository(): string;
    /** Resolves what a `Location` says against the URL that said it. */
    url(path: string): URL;
    /**
     * Sends and returns an expected answer. A 401 is answered with a new token once; a request whose body is a one-shot
     * stream is not repeated here: its sender sees the 401 and starts where the registry stands.
     */
    ask(ask: Ask): Promise<HttpResponse>;
}

// registry/remote/connection.ts
export interface ConnectionOptions {
    readonly http: HttpClient;
    readonly authorizer: Authorizer;
    /** Where the API is. Its scheme changes when a registry that is asked in plain HTTP turns out to speak TLS. */
    readonly base: URL;
    readonly repository: string;
    readonly onWarning?: (message: string) => void;
}

// harbor/projects.ts
export type ContentTrust = 'cosign' | 'none';

// core/options/option-row.ts
export interface CountRow extends RowBase {
    readonly kind: 'count';
    readonly least?: number;
    readonly most?: number;
}

// harbor/robots.ts
export interface CreatedRobot {
    readonly id: number;
    readonly name: string;
    readonly secret: string;
}

// deploy/render.ts
export declare const DEPLOY_FORMATS: readonly ["yaml", "json", "kustomize", "helm-values"];

// stages/options/deploy-options.ts
export declare const DEPLOY_OPTIONS: {
    /** The first that works unless given. */
    readonly target: {
        readonly kind: "text";
        readonly value: "name";
        readonly known: readonly ["kserve", "llmisvc", "deployment", "crio", "init", "vllm", "llama-server", "compose", "quadlet", "command"];
        readonly problem: typeof targetProblem;
        readonly help: `${string}; else chosen`;
    };
    readonly format: {
        readonly kind: "choice";
        readonly choice: readonly ["yaml", "json", "kustomize", "helm-values"];
        readonly help: "how it is written; yaml";
    };
    /** Which member of an index, or which of the variants that were pushed (`Q4_K_M`). */
    readonly variant: {
        readonly kind: "text";
        readonly value: "name";
        readonly help: "which member of an index: Q4_K_M";
    };
    /** RFC 1123 label; the repository's last part unless given. */
    readonly name: {
        readonly kind: "text";
        readonly value: "name";
        readonly help: "name of the resources";
    };
    readonly namespace: {
        readonly kind: "text";
        readonly value: "name";
        readonly help: "namespace of the resources";
    };
    /** Asked for its version, resources, KServe's settings and nodes, read-only. What is said in words wins. */
    readonly kubeconfig: {
        readonly kind: "path";
        readonly help: "ask this cluster what it has; for --apply the usual one";
        readonly group: "The cluster";
    };
    readonly context: {
        readonly kind: "text";
        readonly value: "name";
        readonly help: "a context of the kubeconfig";
        readonly group: "The cluster";
    };
    readonly kubernetes: {
        readonly kind: "text";
        readonly value: "version";
        readonly help: "its version: 1.35";
        readonly group: "The cluster";
    };
    readonly containerd: {
        readonly kind: "text";
        readonly value: "version";
        readonly help: "the nodes' containerd: 2.1";
        readonly group: "The cluster";
    };
    readonly crio: {
        readonly kind: "text";
        readonly value: "version";
        readonly help: "the nodes' CRI-O: 1.33";
        readonly group: "The cluster";
    };
    readonly kserve: {
        readonly kind: "text";
        readonly value: "version";
        readonly help: "KServe in it: 0.20";
        readonly group: "The cluster";
    };
    /** Feature gates that are on although they are off by default. */
    readonly featureGates: {
        readonly kind: "text";
        readonly list: true;
        readonly value: "name";
        readonly help: "a gate that is on there: ImageVolume";
        readonly group: "The cluster";
    };
    /** `host/repository` by which the cluster pulls, when that is another than the address pushed to. */
    readonly pullFrom: {
        readonly kind: "text";
        readonly value: "host/repository";
        readonly help: "the repository as the cluster calls it";
        readonly group: "The cluster";
    };
    /** Names of secrets of type `kubernetes.io/dockerconfigjson`; their contents are never written. */
    readonly pullSecrets: {
        readonly kind: "text";
        readonly list: true;
        readonly value: "name";
        readonly help: "secret to pull with";
        readonly group: "The cluster";
    };
    /** A Secret with this machine's credentials for the registry: readers of the manifests read them. */
    readonly withSecret: {
        readonly kind: "flag";
        readonly help: "also a Secret with this machine's login to the registry";
        readonly group: "The cluster";
    };
    readonly networkPolicy: {
        readonly kind: "flag";
        readonly help: "also a NetworkPolicy: nothing goes out but a pull";
        readonly group: "The cluster";
    };
    readonly image: {
        readonly kind: "text";
        readonly value: "image";
        readonly help: "image of the server";
        readonly group: "The server";
    };
    readonly toolImage: {
        readonly kind: "text";
        readonly value: "image";
        readonly help: "image of this tool, for an init container";
        readonly group: "The server";
    };
    readonly replicas: {
        readonly kind: "count";
        readonly most: 1000;
        readonly help: "servers; 1";
        readonly group: "The server";
    };
    /** Tokens that one request may use. */
    readonly contextSize: {
        readonly kind: "count";
        readonly most: 100000000;
        readonly flag: "ctx-size";
        readonly value: "tokens";
        readonly help: "context of one request";
        readonly group: "The server";
    };
    /** Requests at the same time. */
    readonly slots: {
        readonly kind: "count";
        readonly most: 1024;
        readonly flag: "parallel";
        readonly help: "requests at the same time";
        readonly group: "The server";
    };
    /** Bytes that the server may take: the context is made as long as fits. */
    readonly memoryBudget: {
        readonly kind: "size";
        readonly help: "the longest context that fits: 6GiB";
        readonly group: "The server";
    };
    readonly cacheTypeK: {
        readonly kind: "choice";
        readonly choice: readonly ["f16", "bf16", "q8_0", "q5_1", "q4_0"];
        readonly value: "type";
        readonly help: "type of the keys in the cache; f16";
        readonly group: "The server";
    };
    readonly cacheTypeV: {
        readonly kind: "choice";
        readonly choice: readonly ["f16", "bf16", "q8_0", "q5_1", "q4_0"];
        readonly value: "type";
        readonly help: "type of the values in the cache; f16";
        readonly group: "The server";
    };
    readonly gpus: {
        readonly kind: "count";
        readonly least: 0;
        readonly most: 64;
        readonly help: "GPUs of a server";
        readonly group: "The server";
    };
    /** A policy file: what it does not accept is not deployed. */
    readonly policy: {
        readonly kind: "path";
        readonly value: "file";
        readonly help: "refuse what this policy does not accept";
    };
    /** Into the same repository, with the tag `TAG-modelcar`. */
    readonly repackage: {
        readonly kind: "flag";
        readonly help: "make a modelcar of the artifact where the target needs one";
    };
    readonly modelcarBase: {
        readonly kind: "text";
        readonly value: "image";
        readonly help: "of --repackage: an image with a shell below the model";
    };
    readonly apply: {
        readonly kind: "flag";
        readonly help: "apply to the cluster: dry run, what changes, then for real";
        readonly group: "Applying";
    };
    readonly forceConflicts: {
        readonly kind: "flag";
        readonly help: "take over fields that something else has set";
        readonly group: "Applying";
    };
    readonly wait: {
        readonly kind: "flag";
        readonly help: "wait until it is ready, with what its pods are at";
        readonly group: "Applying";
    };
    /** Milliseconds. */
    readonly waitTimeout: {
        readonly kind: "duration";
        readonly help: "how long to wait: 15m";
        readonly group: "Applying";
    };
    readonly smoke: {
        readonly kind: "flag";
        readonly help: "wait, then send one request and print the first tokens";
        readonly group: "Applying";
    };
};

// stages/options/deploy-options.ts
export declare const DEPLOY_TO: {
    /** A directory, with one folder for each variant when there are several; `deploy` unless given, or nowhere with `apply`. */
    readonly to: {
        readonly kind: "text";
        readonly value: "directory";
        readonly help: "a directory for the manifests; deploy, or none where they are applied";
    };
};

// stages/options/download-options.ts
export declare const DOWNLOAD_OPTIONS: {
    /** Branch, tag or commit; also as `hf://org/name@revision`. Pinned to a commit once. */
    readonly revision: {
        readonly kind: "text";
        readonly value: "name";
        readonly help: "branch, tag or commit";
        readonly group: "Source";
    };
    /** Globs of files to take; without them everything but pickles and code. */
    readonly include: {
        readonly kind: "text";
        readonly list: true;
        readonly value: "glob";
        readonly help: "take only these files";
        readonly group: "Source";
    };
    /** Globs of files to leave out. */
    readonly exclude: {
        readonly kind: "text";
        readonly list: true;
        readonly value: "glob";
        readonly help: "leave these files out";
        readonly group: "Source";
    };
    /**
     * Only files that are this to a model: `weight` (its own), `projector`, `adapter`, `draft`, `weight.config`
     * (configuration and tokenizer; `config` on a command line), `doc`, `code`, `dataset`. GGUFs are told apart by what they say of themselves.
     */
    readonly kinds: {
        readonly kind: "choice";
        readonly choice: readonly ["weight", "projector", "adapter", "draft", "weight.config", "doc", "code", "dataset"];
        readonly synonyms: Readonly<Record<string, "code" | "adapter" | "dataset" | "draft" | "weight" | "projector" | "weight.config" | "doc">>;
        readonly list: true;
        readonly value: "kind";
        readonly help: "only files of a kind";
        readonly group: "Source";
    };
    /**
     * `full` (default): everything that was used is checked against the digests that the source announces before anything
     * is published. Files are hashed as they are read; the plan says what has to be read twice for that, if anything.
     * `transport`: trust the connection for those.
     */
    readonly verify: {
        readonly kind: "choice";
        readonly choice: readonly ["full", "transport"];
        readonly value: "how";
        readonly help: "against all announced digests, or by the connection alone";
        readonly group: "Source";
    };
    /**
     * Directory for what is read before it is wanted and has no room in memory, when there is no store: a repository whose
     * tensors stand in another order than they are written in is then fetched once all the same.
     */
    readonly spill: {
        readonly kind: "path";
        readonly value: "dir";
        readonly help: "put aside there what is read early and has no room";
        readonly group: "Source";
    };
    /** Follow a repository of the Hub that has another name now; refused unless asked for. */
    readonly allowRenamed: {
        readonly kind: "flag";
        readonly help: "follow a repository that has another name now";
        readonly group: "Source";
    };
    /** Connections for one large file of the Hub, 1 to 32; 1 unless given. */
    readonly connections: {
        readonly kind: "count";
        readonly most: 32;
        readonly help: "connections for one large file, 1 to 32";
        readonly group: "Source";
    };
    /**
     * Read files of the Hub from its Xet storage where they are kept there, for networks on which nothing else can be
     * reached. Otherwise they are read over HTTP, which is as well checked and faster, unless they have more than 300 GB
     * (never from Xet with `false`, or with `HF_HUB_DISABLE_XET=1` in the environment).
     */
    readonly xet: {
        readonly kind: "flag";
        readonly help: "from the Hub's Xet storage instead of over HTTP, where files are kept there";
        readonly group: "Source";
    };
    /** Policy file that an artifact must satisfy before anything of it is fetched; of other sources, who must have signed their `model.sig`. */
    readonly policy: {
        readonly kind: "path";
        readonly value: "file";
        readonly help: "policy that an artifact must satisfy, or who must have signed the files";
        readonly group: "Source";
    };
    /**
     * Which quantization is meant (`Q4_K_M`, `UD-Q4_K_XL`, in any case): of a repository or directory of GGUF files, or of
     * an OCI index. Also as `hf://org/name:Q4_K_M`.
     */
    readonly variant: {
        readonly kind: "text";
        readonly value: "name";
        readonly flag: "quant";
        readonly aliases: readonly ["variant"];
        readonly help: "which quantization of several: Q4_K_M (also --variant)";
        readonly known: readonly string[];
        readonly group: "Source";
    };
};

// safetensors/dtype.ts
export declare const DTYPE_BITS: {
    readonly BOOL: 8;
    readonly F4: 4;
    readonly F6_E2M3: 6;
    readonly F6_E3M2: 6;
    readonly U8: 8;
    readonly I8: 8;
    readonly F8_E5M2: 8;
    readonly F8_E4M3: 8;
    readonly F8_E8M0: 8;
    readonly F8_E4M3FNUZ: 8;
    readonly F8_E5M2FNUZ: 8;
    readonly I16: 16;
    readonly U16: 16;
    readonly F16: 16;
    readonly BF16: 16;
    readonly I32: 32;
    readonly U32: 32;
    readonly F32: 32;
    readonly C64: 64;
    readonly F64: 64;
    readonly I64: 64;
    readonly U64: 64;
};

// files/store.ts
export interface DamagedBlob {
    readonly digest: Digest;
    readonly size: number;
    /** Where it was put. */
    readonly setAside: string;
}

// registry/target.ts
export type DeletableTarget = Target & Deleter & ManifestFinder;

// registry/target.ts
export interface Deleter {
    /** Deletes a tag, or a manifest by digest. */
    deleteManifest(reference: string, signal?: AbortSignal): Promise<void>;
}

// harbor/detect.ts
export interface DetectOptions {
    readonly http: HttpClient;
    /** Shown only to what has been recognised as a Harbor, on this host: it tells its version to accounts alone. */
    readonly credential?: Credential | undefined;
    readonly insecureHosts?: HarborPlace['insecureHosts'];
    readonly signal?: AbortSignal;
}

// files/digester.ts
export interface Digester {
    /** Bytes so far. */
    readonly size: number;
    /** Takes the next bytes. They may change when it has returned and, if it returned a promise, when that is fulfilled. */
    update(chunk: Uint8Array): Promise<void> | undefined;
    /** As `update`, for bytes of memory that threads share: they need not be copied. Fulfilled when they may change. */
    updateShared(memory: SharedArrayBuffer, start: number, end: number): Promise<void> | undefined;
    /** Goes back to a state that it remembers, at or before `offset`, and says where that is. */
    rewind(offset: number): Promise<number>;
    /** The digest so far; the digester can go on. */
    digest(): Promise<Digest>;
    /** Must be called when it is of no more use. */
    close(): void;
}

// package/docker-model.ts
export interface DockerModelOptions extends PackOptions {
    /** Keys of the GGUF, which Docker shows; the variant's own unless given. */
    readonly metadata?: GgufMetadata | undefined;
}

// core/options/option-row.ts
export interface DurationRow extends RowBase {
    readonly kind: 'duration';
    /** Milliseconds, at least; 0 unless given. */
    readonly least?: number;
}

// core/error.ts
export declare const ERROR_CODES: {
    readonly INTERNAL: 1;
    readonly STAGE_FAILED: 1;
    readonly USAGE: 2;
    readonly USAGE_UNKNOWN_FLAG: 2;
    readonly USAGE_UNKNOWN_COMMAND: 2;
    readonly CONFIG_INVALID: 3;
    readonly CONFIG_LOAD: 3;
    readonly POLICY_INVALID: 3;
    readonly SHARD_PLAN_INVALID: 3;
    readonly HARBOR_INVALID: 3;
    readonly NOT_FOUND: 4;
    readonly HUB_REPOSITORY_NOT_FOUND: 4;
    readonly HUB_REVISION_NOT_FOUND: 4;
    readonly HUB_FILE_NOT_FOUND: 4;
    readonly OCI_NOT_FOUND: 4;
    readonly SHARD_INCOMPLETE: 4;
    readonly HARBOR_NOT_FOUND: 4;
    readonly CLUSTER_NOT_FOUND: 4;
    readonly HUB_GATED: 5;
    readonly HUB_UNAUTHORIZED: 5;
    readonly OCI_DENIED: 5;
    readonly OCI_UNAUTHORIZED: 5;
    readonly HARBOR_DENIED: 5;
    readonly HARBOR_UNAUTHORIZED: 5;
    readonly CLUSTER_DENIED: 5;
    readonly CLUSTER_UNAUTHORIZED: 5;
    readonly CREDENTIAL_HELPER: 5;
    readonly KEY_PASSWORD: 5;
    readonly SIGNER_FAILED: 5;
    readonly NET_TIMEOUT: 6;
    readonly NET_UNREACHABLE: 6;
    readonly NET_UNAVAILABLE: 6;
    readonly NET_REDIRECT: 6;
    readonly NET_PROTOCOL: 6;
    readonly HUB_UNAVAILABLE: 6;
    readonly OCI_UNAVAILABLE: 6;
    readonly OCI_PROTOCOL: 6;
    readonly HARBOR_UNAVAILABLE: 6;
    readonly HARBOR_PROTOCOL: 6;
    readonly CLUSTER_UNAVAILABLE: 6;
    readonly DEPLOY_TIMEOUT: 6;
    readonly OFFLINE: 6;
    readonly DIGEST_MISMATCH: 7;
    readonly SIZE_MISMATCH: 7;
    readonly SAFETENSORS_INVALID: 7;
    readonly GGUF_INVALID: 7;
    readonly ONNX_INVALID: 7;
    readonly JSON_INVALID: 7;
    readonly LFS_POINTER: 7;
    readonly IMATRIX_INVALID: 7;
    readonly TOKENIZER_INVALID: 7;
    readonly MANIFEST_INVALID: 7;
    readonly PATH_UNSAFE: 7;
    readonly MODEL_INVALID: 7;
    readonly NON_FINITE: 7;
    readonly KEY_INVALID: 7;
    readonly ATTESTATION_INVALID: 7;
    readonly ARCH_UNSUPPORTED: 9;
    readonly ADAPTER_UNSUPPORTED: 9;
    readonly TOKENIZER_UNSUPPORTED: 9;
    readonly DTYPE_UNSUPPORTED: 9;
    readonly FORMAT_UNSUPPORTED: 9;
    readonly QUANT_UNSUPPORTED: 9;
    readonly QUANT_SHAPE: 9;
    readonly KERNEL_UNAVAILABLE: 9;
    readonly OCI_LIMIT: 9;
    readonly OCI_STORAGE_FULL: 10;
    readonly DISK_SPACE: 10;
    readonly DISK_PERMISSION: 10;
    readonly MEMORY_LIMIT: 10;
    readonly WORKER_DIED: 10;
    readonly PICKLE_REFUSED: 11;
    readonly NO_WEIGHTS: 11;
    readonly TAG_EXISTS: 11;
    readonly SHARD_PLAN_CHANGED: 11;
    readonly TARGET_EXISTS: 11;
    readonly IMATRIX_REQUIRED: 11;
    readonly QUANT_FALLBACK: 11;
    readonly TARGET_UNREACHABLE: 11;
    readonly REQUANTIZE_REFUSED: 11;
    readonly HUB_RENAMED: 11;
    readonly HARBOR_EXISTS: 11;
    readonly HARBOR_REFUSED: 11;
    readonly CLUSTER_CONFLICT: 11;
    readonly CLUSTER_REFUSED: 11;
    readonly INSECURE_REFUSED: 11;
    readonly NEEDS_TERMINAL: 11;
    readonly TRUST_REFUSED: 11;
    readonly LINT_FAILED: 11;
    readonly TRUST_UNDECIDED: 8;
    readonly GATE_FAILED: 12;
    readonly EVALUATION_FAILED: 12;
    readonly DEPLOY_FAILED: 12;
    readonly WARNING_REFUSED: 11;
    readonly STALLED: 124;
    readonly TIME_LIMIT: 124;
    readonly ABORTED: 130;
    readonly TERMINATED: 143;
};

// stages/options/evaluate-options.ts
export declare const EVALUATE_OPTIONS: {
    /** Text that both models read: a file, or one on the Hub (`hf://datasets/org/name/file.txt`); without it a public-domain text that comes with the package. */
    readonly text: {
        readonly kind: "path";
        readonly orHub: true;
        readonly value: "file";
        readonly help: "text to read, or hf://datasets/org/name/file; some of Moby-Dick unless given";
    };
    /** Tokens of a chunk. */
    readonly context: {
        readonly kind: "count";
        readonly least: 8;
        readonly most: 1048576;
        readonly help: "tokens of a chunk; 512 unless given";
    };
    /** At most so many chunks; the whole text without it. */
    readonly chunks: {
        readonly kind: "count";
        readonly most: 1000000;
        readonly help: "at most so many chunks";
    };
    /** Takes chunks evenly over the text instead of its first ones. */
    readonly spread: {
        readonly kind: "flag";
        readonly help: "chunks from all over the text, not its first ones";
    };
    /** Chunks decoded side by side: it moves the last digits. As llama-perplexity unless given. */
    readonly sequences: {
        readonly kind: "count";
        readonly most: 4096;
        readonly help: "chunks decoded side by side; as llama-perplexity unless given";
    };
    /** Flash attention: it moves the last digits, too. */
    readonly flashAttention: {
        readonly kind: "choice";
        readonly choice: readonly ["auto", "off", "on"];
        readonly value: "when";
        readonly help: "flash attention";
    };
    /** The base's log-probabilities stay 32-bit numbers; else they are rounded to 16 bits, as llama-perplexity does. */
    readonly fullPrecision: {
        readonly kind: "flag";
        readonly help: "do not round the base's log-probabilities to 16 bits";
    };
    /** Let the candidate answer one question, too, through its own chat template; alone when there is nothing else to do. */
    readonly smoke: {
        readonly kind: "flag";
        readonly help: "let the candidate answer a question, and look at the answer";
    };
    /** The question; something short about France unless given. */
    readonly smokePrompt: {
        readonly kind: "text";
        readonly value: "text";
        readonly most: 65536;
        readonly orFile: true;
        readonly help: "the question";
    };
    /** Tokens of the answer at most. */
    readonly smokeTokens: {
        readonly kind: "count";
        readonly most: 4096;
        readonly help: "tokens of the answer at most; 64 unless given";
    };
    /** What the answer has to contain; upper and lower case are the same. */
    readonly smokeContains: {
        readonly kind: "text";
        readonly list: true;
        readonly flag: "smoke-contains";
        readonly value: "text";
        readonly help: "what the answer has to contain";
    };
    /** The answer has to end by itself. */
    readonly smokeEnds: {
        readonly kind: "flag";
        readonly help: "the answer has to end before its limit";
    };
    /** Conditions, `kld.mean<0.02,top.same>94`, or a file of them. */
    readonly gate: {
        readonly kind: "text";
        readonly value: "rules";
        readonly help: "what has to hold: 'kld.mean<0.02,top.same>94,smoke', or a file";
    };
    /** A page (`.html`) or a table for a model card (`.md`) with the numbers of all variants. */
    readonly report: {
        readonly kind: "path";
        readonly value: "file";
        readonly help: "write a page (.html) with a picture, or a table (.md)";
    };
    /** Importance matrix that weights the weight error. */
    readonly imatrix: {
        readonly kind: "path";
        readonly value: "file";
        readonly help: "importance matrix for the weighted weight error";
    };
    /** Compare embeddings of passages; what is done anyway with models that are encoders. */
    readonly embeddings: {
        readonly kind: "flag";
        readonly help: "compare embeddings; always so for encoders";
    };
    /** Compare weights alone: needs no library. */
    readonly weightsOnly: {
        readonly kind: "flag";
        readonly help: "compare weights alone; needs no llama.cpp";
    };
    /** What variants are measured against: a GGUF, repository or artifact; what they were made from unless given. */
    readonly against: {
        readonly kind: "text";
        readonly value: "base";
        readonly help: "a GGUF, repository or artifact; what they were made from unless given";
    };
};

// evaluate/embeddings.ts
export interface EmbeddingComparison {
    readonly metrics: readonly Metric[];
    readonly passages: number;
}

// evaluate/embeddings.ts
export interface EmbeddingInput {
    /** Paths of GGUF files. */
    readonly candidate: string;
    readonly base: string;
    readonly text: {
        readonly name: string;
        readonly content: string;
    };
    /** Tokens of a passage at most; 512 unless given. */
    readonly context?: number | undefined;
    /** Passages; 64 unless given. */
    readonly passages?: number | undefined;
    readonly threads?: number | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly onPassage?: ((done: number) => void) | undefined;
}

// ../workers/messages.ts
export type EngineChoice = 'auto' | 'native' | 'wasm' | 'js' | 'llama.cpp';

// evaluate/engine/engine.ts
export interface EngineFacts {
    readonly name: 'llama.cpp';
    readonly version: string;
    readonly commit: string;
    readonly ggmlVersion: string;
    /** The code that computes: `haswell`, `x64`; empty where it is built in. */
    readonly cpuPlugin: string;
    /** Where the library comes from: `SLIPWAY_LLAMA_CPP`, an npm package, `the system`. */
    readonly package: string;
}

// evaluate/engine/engine.ts
export interface EngineOptions {
    /** Names the library: `SLIPWAY_LLAMA_CPP`. Without it npm's package and the system's are looked for. */
    readonly env?: LlamaEnvironment;
    /** Bytes of memory for text, logits and graphs; weights are mapped and do not count. */
    readonly memory?: number;
    /** Seconds that one batch of text may take; an hour unless given. */
    readonly patience?: number;
}

// trust/bundle/dsse.ts
export interface Envelope {
    readonly payloadType: string;
    readonly payload: Uint8Array;
    /** DER. */
    readonly signature: Uint8Array;
}

// stages/options/evaluate-options.ts
export type EvaluateStageOptions = OptionsOf<typeof EVALUATE_OPTIONS>;

// stages/evaluation/evaluate.ts
export type Evaluated = readonly ModelVariant[] | PackedModel;

// evaluate/evaluation.ts
export interface EvaluatedModel {
    readonly name: string;
    /** Of the GGUF file. */
    readonly digest: Digest;
    readonly size: number;
    /** `Q4_K_M`, `F16`. */
    readonly fileType?: string;
    readonly bitsPerWeight?: number;
}

// evaluate/evaluation.ts
export interface EvaluatedText {
    readonly name: string;
    readonly digest: Digest;
    readonly tokens?: number;
    readonly licence?: string;
}

// evaluate/evaluate-models.ts
export interface EvaluationInput extends EvaluationSettings {
    readonly candidate: string;
    /** A model, or a .kld file that llama-perplexity or this wrote; without it only perplexity is measured. */
    readonly base?: {
        readonly model: string;
    } | {
        readonly kld: string;
    };
    /** Not used with a .kld file, which holds its tokens. */
    readonly text: EvaluationText;
    /** Without a base: where the candidate's log-probabilities are written, as llama-perplexity does. */
    readonly writeKld?: string;
}

// evaluate/evaluate-models.ts
export interface EvaluationSettings {
    /** Tokens of a chunk; 512 unless given. */
    readonly context?: number;
    /** At most so many chunks; all of the text unless given. */
    readonly chunks?: number;
    /** With `chunks`: taken evenly over the text, not from its beginning. */
    readonly spread?: boolean;
    /** Chunks decoded side by side: it moves the last digits. As llama-perplexity unless given. */
    readonly sequences?: number;
    readonly threads?: number;
    readonly flashAttention?: 'auto' | 'off' | 'on';
    /** The base's log-probabilities are rounded to 16 bits, as llama-perplexity does, unless this is true. */
    readonly fullPrecision?: boolean;
}

// evaluate/evaluate-models.ts
export interface EvaluationText {
    /** Shown in results: a file name. */
    readonly name: string;
    readonly content: string;
}

// trust/collect-evidence.ts
export interface Evidence {
    readonly attestations: readonly FoundAttestation[];
    readonly signatures: readonly FoundSignature[];
    /** Referrers that are no bundles, by their type. */
    readonly others: readonly {
        readonly digest: Digest;
        readonly artifactType: string;
    }[];
    /** What looked like evidence and could not be read, with the reason. */
    readonly unreadable: readonly {
        readonly where: string;
        readonly reason: string;
    }[];
    /** Why there may be more than was looked at. */
    readonly incomplete: readonly string[];
}

// trust/collect-evidence.ts
export type EvidenceSource = (target: ReadableTarget, digest: Digest, signal?: AbortSignal) => Promise<Evidence>;

// trust/keyless/token-identity.ts
export interface ExactIdentity {
    readonly issuer: string;
    readonly san: string;
}

// harbor/read-back-settings.ts
export interface ExpectedView {
    /** `sha256:…` of the manifest. */
    readonly digest?: string;
    /** The manifest's artifactType; Harbor's own word for it otherwise. */
    readonly artifactType?: string;
    readonly tags?: readonly string[];
    /** False when the artifact has no README; true unless given. */
    readonly readme?: boolean;
    /** False when the artifact has no licence; true unless given. */
    readonly license?: boolean;
    /** Paths that the Files tab must show. */
    readonly files?: readonly string[];
    /** The quantization that the list must show: `Q4_K_M`. */
    readonly quantization?: string;
}

// onnx/onnx-model.ts
export interface ExternalData {
    readonly tensor: string;
    readonly location: string;
    readonly offset: number;
    /** Bytes; to the file's end when absent. */
    readonly length?: number;
}

// package/file-kind.ts
export declare const FILE_KINDS: readonly ["weight", "projector", "adapter", "draft", "weight.config", "doc", "code", "dataset"];

// quantize/file-types.ts
export declare const FILE_TYPE_TABLE: readonly [readonly ["F32", 0, "F32", "unused", 32], readonly ["F16", 1, "F16", "unused", 16], readonly ["BF16", 32, "BF16", "unused", 16], readonly ["Q8_0", 7, "Q8_0", "unused", 8.5], readonly ["Q6_K", 18, "Q6_K", "useful", 6.56], readonly ["Q5_K_M", 17, "Q5_K", "useful", 5.7], readonly ["Q5_K_S", 16, "Q5_K", "useful", 5.57], readonly ["Q5_1", 9, "Q5_1", "useful", 6.04], readonly ["Q5_0", 8, "Q5_0", "useful", 5.57], readonly ["Q4_K_M", 15, "Q4_K", "useful", 4.89], readonly ["Q4_K_S", 14, "Q4_K", "useful", 4.67], readonly ["Q4_1", 3, "Q4_1", "useful", 5.1], readonly ["Q4_0", 2, "Q4_0", "useful", 4.64], readonly ["IQ4_NL", 25, "IQ4_NL", "useful", 4.68], readonly ["IQ4_XS", 30, "IQ4_XS", "useful", 4.46], readonly ["MXFP4_MOE", 38, "MXFP4", "unused", 8.5], readonly ["Q3_K_L", 13, "Q3_K", "useful", 4.3], readonly ["Q3_K_M", 12, "Q3_K", "useful", 4], readonly ["Q3_K_S", 11, "Q3_K", "useful", 3.64], readonly ["IQ3_M", 27, "IQ3_S", "useful", 3.76], readonly ["IQ3_S", 26, "IQ3_S", "useful", 3.66], readonly ["IQ3_XS", 22, "IQ3_S", "required", 3.5], readonly ["IQ3_XXS", 23, "IQ3_XXS", "required", 3.25], readonly ["Q2_K", 10, "Q2_K", "useful", 3.16], readonly ["Q2_K_S", 21, "Q2_K", "required", 2.97], readonly ["IQ2_M", 29, "IQ2_S", "required", 2.93], readonly ["IQ2_S", 28, "IQ2_XS", "required", 2.74], readonly ["IQ2_XS", 20, "IQ2_XS", "required", 2.59], readonly ["IQ2_XXS", 19, "IQ2_XXS", "required", 2.38], readonly ["Q2_0", 41, "Q2_0", "unused", 2.68], readonly ["TQ2_0", 37, "TQ2_0", "unused", 2.52], readonly ["TQ1_0", 36, "TQ1_0", "unused", 2.19], readonly ["IQ1_M", 31, "IQ1_M", "required", 2.15], readonly ["IQ1_S", 24, "IQ1_S", "required", 2], readonly ["Q1_0", 40, "Q1_0", "unused", 1.48]];

// ../workers/llama-addon.ts
export declare const FLASH_ATTENTION: {
    readonly auto: 0;
    readonly off: 1;
    readonly on: 2;
};

// package/file-kind.ts
export type FileKind = (typeof FILE_KINDS)[number];

// files/model-file.ts
export interface FileRange {
    readonly file: ModelFile;
    readonly start: number;
    readonly end: number;
}

// core/options/option-row.ts
export interface FlagRow extends RowBase {
    readonly kind: 'flag';
    readonly off?: true;
    readonly both?: true;
}

// config/stage-row.ts
export type Flow = 'nothing' | 'files' | 'a GGUF' | 'a packed model' | 'references';

// trust/collect-evidence.ts
export interface FoundAttestation {
    readonly statement: Statement;
    readonly envelope: Envelope;
    readonly material: VerificationMaterial;
    /** The bundle it came in; absent for the form that cosign had before. */
    readonly bundle?: JsonObject;
    /** Digest of what holds it: the referrer's manifest, or the layer; the path of a file. */
    readonly where: string;
}

// trust/collect-evidence.ts
export interface FoundSignature {
    readonly payload: Uint8Array;
    readonly signature: Uint8Array;
    /** What the payload is about. */
    readonly digest: Digest;
    /** It was made with a certificate: no key of a policy verifies it. */
    readonly hasCertificate: boolean;
    readonly where: string;
}

// ../workers/frames.ts
export type FrameArray = Uint8Array | Int32Array | Float32Array | Float64Array;

// ../workers/frames.ts
export type FrameValue = undefined | null | boolean | number | string | FrameArray | readonly FrameValue[] | {
    readonly [key: string]: FrameValue;
};

// convert/fuse-tensors.ts
export interface FuseOptions {
    /** One `attn_qkv` instead of `attn_q`, `attn_k` and `attn_v`, where the architecture has it. */
    readonly fuseQkv?: boolean | undefined;
    /** One `ffn_gate_up_exps` instead of `ffn_gate_exps` and `ffn_up_exps`. */
    readonly fuseGateUpExps?: boolean | undefined;
}

// evaluate/gate.ts
export type GateOperator = '<' | '<=' | '>' | '>=';

// convert/convert-content.ts
export interface GgufContentOptions extends PlanOptions, RepositoryOptions, VocabularyOptions, PredictionOptions {
    /** The converter's own output type; `auto` unless given: 16 bits as the checkpoint has them. */
    readonly outtype?: OutputType | undefined;
    /** Narrows and widens the tensors' rows. */
    readonly encoder: RowEncoder;
    /** `general.name` instead of what card, configuration and directory suggest. */
    readonly modelName?: string | undefined;
    /** Contents of a metadata override file: GGUF keys and their values. */
    readonly metadata?: JsonObject | undefined;
    /** Only the vocabulary and the model's keys: no tensors, no weights needed. */
    readonly vocabOnly?: boolean | undefined;
    /** Where the vocabulary is kept between a plan and its run. */
    readonly vocabularies?: VocabularyMemory | undefined;
    /** The model that this one drafts for (EAGLE-3, DFlash, DSpark): its vocabulary and some of its sizes are read. */
    readonly targetModel?: Snapshot | undefined;
    /** The projector of images or sound instead of the language model. */
    readonly mmproj?: boolean | undefined;
    /** The dense layers that sentence-transformers puts behind an embedding model, too (EmbeddingGemma). */
    readonly sentenceTransformersDenseModules?: boolean | undefined;
    /** What the reference writes, also where llama.cpp cannot load it: nothing is left out or kept on that account. */
    readonly asReference?: boolean | undefined;
    readonly signal?: AbortSignal;
}

// gguf/limits.ts
export interface GgufLimits {
    /** Metadata entries. Real files have below 100; the npm reader of Hugging Face stops at this number too. */
    readonly keys: number;
    /** Tensors. The largest published models have some ten thousand; ggml itself needs about 400 bytes for each. */
    readonly tensors: number;
    /** Bytes before the tensor data, held in memory while they are read. A vocabulary of 256 K tokens takes 10 to 30 MB. */
    readonly headerBytes: number;
    /** Array elements over the whole file that become JavaScript objects (text, booleans, 64-bit integers). */
    readonly boxedElements: number;
    /** Bytes of a metadata key: the specification's own limit. */
    readonly keyLength: number;
    /** Bytes of a tensor name: ggml keeps 64 with the closing zero. */
    readonly nameLength: number;
    /** Dimensions of a tensor: ggml has room for four. */
    readonly dimensions: number;
    /** Largest alignment: 64 KiB is the largest page size in use; beyond it padding serves no purpose. */
    readonly alignment: number;
}

// evaluate/onnx/shapes.ts
export type GivenShapes = ReadonlyMap<string, readonly number[]>;

// harbor/api.ts
export declare class HarborApi {
    #private;
    constructor(connection: ApiConnection);
    get host(): string;
    get signal(): AbortSignal | undefined;
    get username(): string | undefined;
    /** Registers a secret that is sent in a body: no error may repeat it. */
    protect(secret: string): void;
    /** Sends a request; the answer is a success or one of `also`. Its body is still to be read. */
    send(request: ApiRequest): Promise<HttpResponse>;
    /** Sends a request to any path of this Harbor and returns whatever is answered. */
    raw(path: string, { method, body, once }: Pick<ApiRequest, 'method' | 'body' | 'once'>): Promise<HttpResponse>;
    /** The JSON of a GET. */
    get(request: ApiRequest): Promise<unknown>;
    /** The JSON of a GET, or `undefined` when Harbor does not have it. */
    find(request: ApiRequest): Promise<AnswerObject | undefined>;
    /** Every entry of a listing, over all of its pages. */
    list(request: ApiRequest): Promise<readonly AnswerObject[]>;
    /** Creates something and returns its id, from the answer's `Location` or body. */
    create(request: ApiRequest): Promise<{
        readonly id: number | undefined;
        readonly body: AnswerObject;
    }>;
    /** Sends something whose answer holds nothing of interest. */
    change(request: ApiRequest): Promise<void>;
    json(response: HttpResponse, request: ApiRequest): Promise<unknown>;
    attempt({ method, doing }: Pick<ApiRequest, 'method' | 'doing'>): Attempt;
}

// harbor/open-harbor.ts
export interface HarborIdentity {
    readonly kind: 'user' | 'robot' | 'anonymous';
    readonly name: string;
    /** System administrator. */
    readonly admin: boolean;
}

// harbor/harbor-address.ts
export interface HarborPlace {
    /** `https://harbor.example.com`; a path before `/api` is kept. */
    readonly url?: string;
    /** Asked over HTTPS, unless it is this machine or one of `insecureHosts`. */
    readonly host?: string;
    readonly insecureHosts?: readonly string[];
}

// harbor/version.ts
export interface HarborVersion {
    readonly text: string;
    readonly major: number;
    readonly minor: number;
}

// evaluate/evaluation.ts
export interface Histogram {
    /** Upper ends; the last bin has none. */
    readonly edges: readonly number[];
    readonly counts: readonly number[];
}

// harbor/apply/settings.ts
export interface HostedSettings extends HarborSettings {
    /** `harbor.example.com`, as references start. */
    readonly host: string;
    /** Where names and passwords of new robots are appended, one JSON object a line, readable by the owner only. */
    readonly robotsFile?: string | undefined;
}

// http/client.ts
export interface HttpRequest {
    readonly url: string | URL;
    /** GET unless given. */
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: RequestBody;
    readonly signal?: AbortSignal;
    /** `follow` unless given; `manual` returns the redirect itself. */
    readonly redirect?: 'follow' | 'manual' | 'error';
    /** Whether the request may be repeated; by default GET, HEAD, OPTIONS, PUT and DELETE without a stream may. */
    readonly repeatable?: boolean;
    /** Milliseconds until the answer's headers must be there, counted from the end of the body; 30,000 unless given. */
    readonly headersTimeoutMs?: number;
    /** Refuse loopback, private and link-local addresses, looked up once and pinned for the connection. */
    readonly publicOnly?: boolean;
    /**
     * About how many bytes are wanted by a reader that is done with a chunk of the body when it asks for the next one: those of a large
     * body are received into memory that is used again.
     */
    readonly lentBytes?: number | undefined;
}

// http/client.ts
export interface HttpResponse {
    readonly status: number;
    readonly headers: AnswerHeaders;
    /** The URL that answered, after redirects. It may hold a signature: do not print it. */
    readonly url: string;
    readonly redirected: boolean;
    /** The body in chunks; errors are SlipwayErrors. May be read once. */
    readonly body: AsyncIterable<Uint8Array>;
    /** The body as one array. Throws `NET_PROTOCOL` beyond `limit` bytes. */
    bytes(limit: number): Promise<Uint8Array>;
    /** Reads a small rest (so that the connection can be used again) or drops the connection. */
    discard(): Promise<void>;
}

// source/hub.ts
export interface HubOptions extends SelectionOptions {
    readonly fetch: typeof globalThis.fetch;
    /** Told before a reading that was cut off goes on. */
    readonly onRetry?: OnRetry | undefined;
    /** HF_TOKEN, HF_TOKEN_PATH, HF_HOME, HF_ENDPOINT, HF_HUB_CACHE, HF_HUB_OFFLINE, HF_HUB_DISABLE_XET, HOME are read from here. */
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly revision?: string | undefined;
    /** Use nothing but the Python client's cache. */
    readonly offline?: boolean | undefined;
    /** Follow a repository that was renamed or moved; refused with `HUB_RENAMED` otherwise. */
    readonly allowRenamed?: boolean | undefined;
    /** Connections for one large read; 1 unless given. Each holds 8 MiB. */
    readonly connections?: number | undefined;
    /**
     * Read files that are in the Xet storage from there, for networks on which nothing else can be reached; files above
     * 300 GB are read so unless this is `false`.
     */
    readonly xet?: boolean | undefined;
    /** Hosts (`host:port`) that may be asked over plain HTTP. Loopback always may. */
    readonly insecureHosts?: readonly string[] | undefined;
    readonly signal?: AbortSignal | undefined;
}

// trust/verify/identify.ts
export type Identified = 
/** One of the policy's identities signed it. */
{
    readonly kind: 'known';
    readonly identity: Identity;
    readonly signedAt?: Date;
} | {
    readonly kind: 'unknown';
    readonly reason: string;
}
/** It may be one of them, but this machine cannot tell. */
 | {
    readonly kind: 'undecided';
    readonly reason: string;
};

// trust/verify/policy.ts
export type Identity = KeyIdentity | CertificateIdentity | AuthorityIdentity;

// evaluate/importance/importance-matrix.ts
export interface ImportanceSums {
    readonly entries: ReadonlyMap<string, CollectedSums>;
    /** Texts, as they were named. */
    readonly datasets: readonly string[];
    /** Tokens of a chunk. */
    readonly chunkSize: number;
}

// registry/layout/layout-storage.ts
export type IndexEdit = (manifests: readonly Descriptor[]) => readonly Descriptor[];

// registry/layout/layout-storage.ts
export interface IndexUpdate {
    readonly signal?: AbortSignal | undefined;
    /** Asked under the lock: what it finds still holds when the list is written. */
    readonly before?: () => Promise<void>;
}

// evaluate/onnx/tensor-values.ts
export type InputFill = {
    readonly values: readonly number[];
} | {
    readonly from: number;
    readonly to: number;
};

// package/variant.ts
export type InputType = 'text' | 'image' | 'audio';

// run/summary.ts
export interface ItemSummary {
    readonly stage: string;
    readonly name: string;
    readonly size: number;
    readonly digest: Digest | undefined;
    readonly skipped: string | undefined;
}

// quantize/job-room.ts
export declare class JobRoom {
    #private;
    /** `onTaken` is called with every job: what keeps memory in bounds looks at it then. */
    constructor(bytes?: number, onTaken?: () => void);
    /** Room for a reader's first job. */
    take(bytes: number): TakenRoom;
    /** Room for a further one, or `undefined` when there is none now. */
    tryTake(bytes: number): TakenRoom | undefined;
}

// quantize/engine-choice.ts
export type KernelChoice = 'auto' | 'wasm' | 'js' | 'native';

// trust/verify/policy.ts
export interface KeyIdentity extends AnyIdentity {
    readonly kind: 'key';
    readonly publicKey: KeyObject;
}

// trust/keys/generate.ts
export interface KeyPair {
    readonly privateKey: string;
    readonly publicKey: string;
}

// convert/metadata/key-values.ts
export type KeyValue = readonly [key: string, value: GgufValue];

// harbor/labels.ts
export interface LabelSpec {
    readonly name: string;
    /** `#0065AB`; Harbor's grey unless given. */
    readonly color?: string | undefined;
    readonly description?: string | undefined;
}

// package/packaging-format.ts
export type LayerForm = 'raw' | 'tar' | 'tar+gzip' | 'tar+zstd';

// package/packaging-format.ts
export interface LayerNaming {
    readonly manifest: Manifest;
    /** What the annotation of each layer calls its file. */
    readonly annotated: readonly (string | undefined)[];
    /** The parsed config blob, where it was fetched. */
    readonly config: unknown;
}

// gguf/layout.ts
export interface LayoutOptions {
    /** No padding after a header without tensors: what the converter's `--vocab-only` writes. */
    readonly vocabularyOnly?: boolean;
    /** For a machine that is big endian, as the converter's `--bigendian` writes: see `bigEndianTensor`. */
    readonly bigEndian?: boolean;
}

// registry/reference.ts
export interface LayoutReference {
    readonly kind: 'layout';
    readonly directory: string;
    readonly tag?: string;
    readonly digest?: Digest;
}

// registry/layout/layout-storage.ts
export interface LayoutStorage {
    /** As references name it: `layout:./dir`, `oci-archive:./file.tar`. */
    readonly name: string;
    /** What the index lists; nothing when there is no layout yet. Throws `MANIFEST_INVALID` for one that is damaged. */
    readIndex(): Promise<readonly Descriptor[]>;
    /** Changes the list while no other writer does. Fields of the index that are not ours stay as they are. */
    updateIndex(edit: IndexEdit, update?: IndexUpdate): Promise<void>;
    /** Bytes of a blob, or `undefined` when it is not there. */
    blobSize(digest: Digest): Promise<number | undefined>;
    /** Whether any blob has so many bytes. */
    holdsSize(size: number): Promise<boolean>;
    /** Where a blob is, for messages. */
    blobPlace(digest: Digest): string;
    /** The bytes of a range of a blob that is there; fewer than asked for where it ends before. Nothing is checked. */
    readBlob(digest: Digest, range: ByteRange, signal?: AbortSignal, hints?: ReadHints): AsyncIterable<Uint8Array>;
    /** Stores what the digester sees; it can be found when the promise is fulfilled, and nothing of it when that fails. */
    writeBlob(content: AsyncIterable<Uint8Array>, size: number, digester: Digester): Promise<void>;
    /** Takes a blob out of the way that is not what its name says; where it is then, or `undefined` when it was not there. */
    setAside(digest: Digest): Promise<string | undefined>;
    /** Removes the blobs that `live` (asked while no other writer changes the list) does not name, and what killed writers left. */
    collect(live: () => Promise<ReadonlySet<string>>, signal?: AbortSignal): Promise<CollectedGarbage>;
}

// registry/layout/layout-target.ts
export interface LayoutVerification {
    readonly blobs: number;
    readonly bytes: number;
    /** `setAside`: where it was put, when there was anything. */
    readonly damaged: readonly {
        readonly digest: Digest;
        readonly setAside: string | undefined;
    }[];
}

// registry/remote/learnt-sizes.ts
export interface LearntSizes {
    /** Bytes of the largest body that got through; `undefined` when nothing was ever refused for its size. */
    largest(host: string): Promise<number | undefined>;
    keep(host: string, largest: number): Promise<void>;
}

// quantize/llama-library.ts
export type LlamaEnvironment = Readonly<Record<string, string | undefined>>;

// ../workers/llama-addon.ts
export interface LlamaFacts {
    readonly vocabulary: number;
    readonly trainedContext: number;
    readonly embeddingLength: number;
    /** Bytes of all tensors. */
    readonly size: number;
    readonly addsBos: boolean;
    readonly addsEos: boolean;
    readonly hasEncoder: boolean;
    readonly hasDecoder: boolean;
    readonly bos: Uint8Array;
    readonly chatTemplate: string;
}

// evaluate/engine/model.ts
export declare class LlamaModel {
    #private;
    readonly id: number;
    readonly name: string;
    readonly facts: LlamaFacts;
    readonly options: LoadOptions;
    constructor(child: Child, { id, name, facts, options }: Loaded);
    tokenize(text: string, addSpecial: boolean, parseSpecial: boolean, signal?: AbortSignal): Promise<Int32Array>;
    /**
     * Decodes whole chunks side by side; logits from position `first` on stay until the next call. With `part` only these
     * positions of each: a call goes on where the one before ended for these chunks, and one that begins at 0 is for all.
     */
    decode(tokens: Int32Array, first: number, signal?: AbortSignal, part?: ChunkPart): Promise<void>;
    /**
     * Gives back up to so many bytes of memory that its mapped weights take, as far as the system can: what is read again
     * comes back from the system's cache of the file.
     */
    rest(bytes: number, signal?: AbortSignal): Promise<void>;
    /** Negative log-likelihoods of the tokens that follow the positions. */
    losses(positions: ScoredPositions, signal?: AbortSignal): Promise<Float64Array>;
    /** The positions' log-probabilities as .kld files keep them. */
    records(positions: ScoredPositions, signal?: AbortSignal): Promise<Uint8Array>;
    /** Five numbers a position: loss, the base's loss, divergence, difference of probability, 1 for the same top. */
    compareRecords(positions: ScoredPositions, records: Uint8Array, signal?: AbortSignal): Promise<Float64Array>;
    /** The same with another model that has just decoded the same chunks; `rounded` rounds its logits as a file does. */
    compare(positions: ScoredPositions, base: LlamaModel, rounded: boolean, signal?: AbortSignal): Promise<Float64Array>;
    /** Sums of squares that decoding has collected, by the name of the matrix. */
    sums(signal?: AbortSignal): Promise<readonly CollectedSums[]>;
    /** Sums to go on from. */
    preset({ name, values, counts }: CollectedSums, signal?: AbortSignal): Promise<void>;
    /** The likeliest token after these, which go on from the tokens before unless `restart`. */
    next(tokens: Int32Array, restart: boolean, signal?: AbortSignal): Promise<number>;
    piece(token: number, signal?: AbortSignal): Promise<Uint8Array>;
    isEnd(token: number, signal?: AbortSignal): Promise<boolean>;
    /** The embedding of a text, not normalized. */
    embed(tokens: Int32Array, signal?: AbortSignal): Promise<Float32Array>;
    freeContext(signal?: AbortSignal): Promise<void>;
    free(signal?: AbortSignal): Promise<void>;
}

// evaluate/engine/load-options.ts
export interface LoadOptions {
    /** Tokens of a chunk. */
    readonly contextSize: number;
    /** Chunks that are decoded side by side. */
    readonly sequences?: number;
    /** Tokens given to the library at once, and computed at once. */
    readonly batch?: number;
    readonly microBatch?: number;
    readonly threads?: number | undefined;
    readonly flashAttention?: keyof typeof FLASH_ATTENTION;
    readonly purpose?: keyof typeof PURPOSES;
}

// evaluate/engine/model.ts
export interface Loaded {
    readonly id: number;
    /** File name, for errors. */
    readonly name: string;
    readonly facts: LlamaFacts;
    readonly options: LoadOptions;
}

// stages/options/mix-options.ts
export declare const MIX_OPTIONS: {
    /**
     * Path of an importance matrix, legacy binary or GGUF; or `{ text: 'wiki.txt' }`: it is made of the model before it is
     * quantized, by an installed llama.cpp, once for each model, text and settings.
     */
    readonly imatrix: {
        readonly kind: "path";
        readonly asGiven: true;
        readonly orOptions: {
            /** Text that the model reads: a file, or one on the Hub; without it a public-domain text that comes with the package. */
            readonly text: {
                readonly kind: "path";
                readonly asGiven: true;
                readonly orHub: true;
                readonly value: "file";
                readonly help: "text that the model reads";
            };
            /** Tokens of a chunk. */
            readonly context: {
                readonly kind: "count";
                readonly least: 8;
                readonly most: 1048576;
                readonly help: "tokens of a chunk; 512 unless given";
            };
            /** At most so many chunks. */
            readonly chunks: {
                readonly kind: "count";
                readonly most: 1000000;
                readonly help: "at most so many chunks; all of the text unless given";
            };
            /** Collect for `output.weight`, too. */
            readonly processOutput: {
                readonly kind: "flag";
                readonly help: "collect for output.weight, too";
            };
            /** Read names of special tokens in the text as these tokens. */
            readonly parseSpecial: {
                readonly kind: "flag";
                readonly help: "read names of special tokens as these tokens";
            };
        };
        readonly value: "file";
        readonly help: "importance matrix, legacy binary or GGUF";
        readonly group: "Quantization";
    };
    /**
     * Bits per weight that all tensors together may have at most: types are chosen tensor by tensor, from the largest mix
     * that fits or the one given. Not together with `targetSize`.
     */
    readonly targetBpw: {
        readonly kind: "number";
        readonly least: 0.5;
        readonly most: 32;
        readonly value: "bits";
        readonly help: "choose types for at most so many bits per weight: 4.5";
        readonly group: "Quantization";
    };
    /** The same for bytes of the file. */
    readonly targetSize: {
        readonly kind: "size";
        readonly help: "choose types for a file of at most this size: 4GiB";
        readonly group: "Quantization";
    };
    /** When rows do not consist of whole blocks of the wanted type: `error` above 5 % of the weights (default), or `allow`. */
    readonly fallback: {
        readonly kind: "choice";
        readonly choice: readonly ["error", "allow"];
        readonly value: "rule";
        readonly help: "for rows that a type does not fit: error above 5 % of the weights";
        readonly group: "Quantization";
    };
    /** All tensors in the file type's own tensor type, without a mix. */
    readonly pure: {
        readonly kind: "flag";
        readonly help: "one type for all tensors";
        readonly group: "Quantization";
    };
    /** Leave `output.weight` as it is. */
    readonly leaveOutputTensor: {
        readonly kind: "flag";
        readonly help: "keep output.weight as it is";
        readonly group: "Quantization";
    };
    readonly outputTensorType: {
        readonly kind: "text";
        readonly value: "type";
        readonly help: "tensor type of output.weight";
        readonly known: readonly string[];
        readonly group: "Quantization";
    };
    readonly tokenEmbeddingType: {
        readonly kind: "text";
        readonly value: "type";
        readonly help: "tensor type of the token embeddings";
        readonly known: readonly string[];
        readonly group: "Quantization";
    };
    /** Allow input that is quantized already. */
    readonly allowRequantize: {
        readonly kind: "flag";
        readonly help: "quantize tensors that are quantized already";
        readonly group: "Quantization";
    };
    /** `NAME=TYPE`, the name a regular expression; the first that matches decides. */
    readonly tensorTypes: {
        readonly kind: "text";
        readonly list: true;
        readonly value: "name=type";
        readonly help: "type of tensors whose name matches";
        readonly group: "Quantization";
    };
    /** Use the importance matrix for tensors whose name contains one of these only. */
    readonly includeWeights: {
        readonly kind: "text";
        readonly list: true;
        readonly flag: "include-weights";
        readonly value: "name";
        readonly help: "use the importance matrix for these tensors only";
        readonly group: "Quantization";
    };
    /** Use the importance matrix for no tensor whose name contains one of these. */
    readonly excludeWeights: {
        readonly kind: "text";
        readonly list: true;
        readonly flag: "exclude-weights";
        readonly value: "name";
        readonly help: "use the importance matrix for all but these tensors";
        readonly group: "Quantization";
    };
    /** Layers to leave out: `'20,21'` or `[20, 21]`. */
    readonly pruneLayers: {
        readonly kind: "numbers";
        readonly most: 65535;
        readonly help: "layers to leave out: 20,21";
        readonly group: "Quantization";
    };
    /** `KEY=TYPE:VALUE` with the types int, float, bool and str. */
    readonly overrideKv: {
        readonly kind: "text";
        readonly list: true;
        readonly value: "key=type:value";
        readonly help: "set a metadata key";
        readonly group: "Quantization";
    };
    /** Which implementation computes; all give the same bytes. The fastest that is there, unless given. */
    readonly engine: {
        readonly kind: "choice";
        readonly choice: readonly ["auto", "native", "wasm", "js", "llama.cpp"];
        readonly help: "what computes; default: the fastest";
        readonly group: "Quantization";
    };
    /** Older spelling of `engine`, which wins; `native` there stands for llama.cpp. */
    readonly kernel: {
        readonly kind: "choice";
        readonly choice: readonly ["auto", "wasm", "js", "native"];
        readonly help: "older spelling of engine; native: llama.cpp";
        readonly group: "Quantization";
        readonly hidden: true;
    };
};

// registry/target.ts
export interface ManifestFinder {
    hasManifest(digest: Digest, signal?: AbortSignal): Promise<boolean>;
}

// registry/target.ts
export interface ManifestPusher {
    /** Stores a manifest or index whose blobs are there, by digest only. */
    pushManifest(bytes: Uint8Array, mediaType: string, signal?: AbortSignal): Promise<Descriptor>;
}

// registry/target.ts
export interface ManifestReader {
    /** Fetches a manifest or index; its digest is checked. Throws `OCI_NOT_FOUND`, `DIGEST_MISMATCH`. */
    readManifest(reference: string, signal?: AbortSignal): Promise<StoredManifest>;
}

// evaluate/measure.ts
export interface MeasureOptions {
    readonly signal?: AbortSignal | undefined;
    readonly onChunk?: OnChunk | undefined;
    /** Gets the model's own log-probabilities, to be written to a .kld file. */
    readonly onRecords?: ((records: Uint8Array) => Promise<void>) | undefined;
}

// harbor/read-back-settings.ts
export interface Missing {
    readonly what: 'type' | 'digest' | 'tag' | 'readme' | 'license' | 'files' | 'quantization';
    readonly reason: string;
}

// harbor/version.ts
export type ModelFamily = 'cnai' | 'modelpack';

// package/modelkit.ts
export interface ModelKitOptions extends PackOptions {
    /** `tar` (the default) is read by every release; `raw` shares blobs with other formats and needs a KitOps newer than 1.7. */
    readonly layers?: 'tar' | 'raw' | undefined;
}

// package/model-spec-layers.ts
export interface ModelSpecOptions extends PackOptions {
    /**
     * Writes `file.metadata+json` on every layer (RamaLama's reader wants it): fixed mode and owner, the commit's date.
     * Left out unless asked for.
     */
    readonly fileMetadata?: boolean | undefined;
    /** README and LICENSE under the names that Harbor looks for; true unless given. */
    readonly harborNames?: boolean | undefined;
}

// package/modelcar.ts
export interface ModelcarOptions extends PackOptions {
    /** Processor of the nodes that pull it (`amd64`, `arm64`): an image must name one. `amd64` unless given. */
    readonly architecture?: string | undefined;
    /** Without a base the image holds data only: good for image volumes and `oci+fetch`, not for KServe's sidecar, which needs a shell. */
    readonly base?: BaseImage | undefined;
}

// run/preflight.ts
export interface Needs {
    readonly disk: number;
    /** The largest estimate of one stage: stages share the limit. */
    readonly memory: number;
}

// core/options/option-row.ts
export interface NestedRow extends RowBase {
    readonly kind: 'options';
    readonly rows: OptionTable;
}

// harbor/projects.ts
export interface NewProject extends ProjectOptions {
    readonly name: string;
    /** Bytes; -1 for no limit. Harbor's own default unless given, and for accounts that are no system administrators. */
    readonly quota?: number | undefined;
    /** Makes it a proxy-cache project of this registry. */
    readonly registryId?: number | undefined;
}

// core/options/option-row.ts
export interface NumberRow extends RowBase {
    readonly kind: 'number';
    readonly least?: number;
    readonly most?: number;
}

// core/options/option-row.ts
export interface NumbersRow extends RowBase {
    readonly kind: 'numbers';
    readonly most?: number;
}

// convert/tensor-types.ts
export declare const OUTPUT_TYPES: readonly ["auto", "f32", "f16", "bf16", "q8_0", "tq1_0", "tq2_0"];

// package/ollama.ts
export interface OllamaOptions extends PackOptions {
    /** A template in Go's language; else a known one is chosen by the model's chat template. */
    readonly template?: string | undefined;
    readonly system?: string | undefined;
    /** They win over what the model's makers recommend. */
    readonly parameters?: OllamaParameters | undefined;
}

// package/ollama.ts
export interface OllamaParameters {
    readonly temperature?: number;
    readonly top_k?: number;
    readonly top_p?: number;
    readonly min_p?: number;
    readonly repeat_penalty?: number;
    readonly num_ctx?: number;
    readonly stop?: readonly string[];
}

// evaluate/measure.ts
export type OnChunk = (done: number, perplexity: number, divergence?: number) => void;

// registry/transfer-event.ts
export type OnTransfer = (event: TransferEvent) => void;

// evaluate/onnx/runtime.ts
export interface OnnxEngineFacts {
    readonly name: 'onnxruntime';
    readonly version: string;
}

// evaluate/onnx/evaluate-onnx.ts
export interface OnnxEvaluationInput {
    readonly candidate: StagedModel;
    readonly base?: StagedModel | undefined;
    /** Sizes of dimensions that the file leaves open. */
    readonly shapes: GivenShapes;
    /** What inputs are filled with, by name; random numbers, always the same ones, unless given. */
    readonly inputs?: ReadonlyMap<string, InputFill> | undefined;
    /** Runs with different numbers; 4 unless given. */
    readonly samples?: number | undefined;
    readonly signal?: AbortSignal | undefined;
}

// evaluate/onnx/evaluate-onnx.ts
export interface OnnxMeasurement {
    readonly engine: OnnxEngineFacts;
    readonly inputs: readonly {
        readonly name: string;
        readonly type: string;
        readonly shape: readonly number[];
    }[];
    readonly outputs: readonly OnnxOutput[];
    readonly samples: number;
    /** Against the base. */
    readonly differences?: readonly OutputDifference[];
    readonly checks: readonly {
        readonly name: string;
        readonly passed: boolean;
        readonly got?: string;
    }[];
    readonly metrics: readonly Metric[];
}

// evaluate/onnx/evaluate-onnx.ts
export interface OnnxOutput {
    readonly name: string;
    readonly type: string;
    readonly shape: readonly number[];
    readonly min?: number;
    readonly max?: number;
    readonly finite: boolean;
}

// evaluate/onnx/runtime.ts
export interface OnnxRuntimeOptions {
    readonly env?: Readonly<Record<string, string | undefined>>;
    /** Where the empty directory is made that the process starts in. */
    readonly temporary: string;
    /** Bytes of memory that the process may take; 2 GiB and six times the weights unless given. */
    readonly memory?: number;
    /** Seconds that one answer may take; ten minutes unless given. */
    readonly patience?: number;
}

// evaluate/onnx/tensor-values.ts
export interface OnnxTensor {
    readonly name: string;
    readonly type: string;
    readonly dims: readonly number[];
    readonly data: Uint8Array;
}

// onnx/onnx-model.ts
export interface OnnxValue {
    readonly name: string;
    /** `float32`, `int64`; `sequence`, `map`, `optional` for what is no tensor. */
    readonly type: string;
    readonly shape: readonly (number | string)[];
}

// core/options/option-row.ts
export type OptionRow = FlagRow | TextRow | ChoiceRow | CountRow | NumberRow | NumbersRow | SizeRow | DurationRow | PathRow | PairsRow | SettingsRow | NestedRow;

// core/options/option-row.ts
export type OptionTable = Readonly<Record<string, OptionRow>>;

// core/options/option-types.ts
export type OptionValue<R, Kinds> = R extends {
    readonly kind: 'choice';
    readonly choice: readonly (infer C)[];
} ? R extends {
    readonly orFlag: true;
} ? C | boolean : C : R extends {
    readonly kind: 'path';
    readonly orOptions: infer T extends OptionTable;
} ? string | OptionsOf<T> : R extends {
    readonly kind: 'text';
    readonly words: readonly (infer W)[];
} ? W : R extends {
    readonly kind: infer K extends keyof Kinds;
} ? Kinds[K] : never;

// core/options/option-types.ts
export type OptionsOf<T extends OptionTable> = {
    readonly [K in keyof Omit<T, RequiredKeys<T>>]?: RowValue<T[K]> | undefined;
} & {
    readonly [K in keyof Pick<T, RequiredKeys<T>>]: RowValue<T[K]>;
};

// package/oras.ts
export interface OrasOptions extends PackOptions {
    readonly artifactType?: string | undefined;
}

// evaluate/onnx/compare-outputs.ts
export interface OutputDifference {
    readonly name: string;
    readonly values: number;
    readonly maxError: number;
    readonly meanError: number;
    readonly cosine: number;
}

// package/formats.ts
export declare const PACKAGING_FORMATS: {
    readonly modelpack: PackagingFormat<"modelpack-raw" | "modelpack-tar" | "modelpack-compressed">;
    readonly cnai: PackagingFormat<"cnai-raw">;
    readonly kitops: PackagingFormat<"kitops-tar" | "kitops-raw">;
    readonly docker: PackagingFormat<"docker-gguf" | "docker-safetensors">;
    readonly ollama: PackagingFormat<"ollama">;
    readonly modelcar: PackagingFormat<"image">;
    readonly oras: PackagingFormat<"oras-titled" | "oras-untitled">;
};

// stages/options/pack-options.ts
export declare const PACK_OPTIONS: {
    /** Packaging formats; `modelpack` unless given. Raw formats share their blobs. */
    readonly formats: {
        readonly kind: "choice";
        readonly choice: readonly ["oras" | "docker" | "ollama" | "kitops" | "modelcar" | "cnai" | "modelpack", ...("oras" | "docker" | "ollama" | "kitops" | "modelcar" | "cnai" | "modelpack")[]];
        readonly open: true;
        readonly list: true;
        readonly value: "name";
        readonly help: "packaging format";
        readonly group: "Packaging";
    };
    /** Also one OCI index over all variants, by which a client chooses; one for each format. */
    readonly index: {
        readonly kind: "flag";
        readonly help: "also an OCI index over the variants";
        readonly group: "Packaging";
    };
    /** Annotations of every manifest. */
    readonly annotations: {
        readonly kind: "pairs";
        readonly help: "annotation of the manifest";
        readonly example: "--annotation org.opencontainers.image.licenses=Apache-2.0";
        readonly group: "Packaging";
    };
    /** Name of the model; the source's unless given. */
    readonly name: {
        readonly kind: "text";
        readonly value: "name";
        readonly help: "the model's name";
        readonly group: "Packaging";
    };
    /** Publish an artifact that holds no weights; refused unless asked for. */
    readonly allowNoWeights: {
        readonly kind: "flag";
        readonly help: "publish an artifact without weights, too";
        readonly group: "Packaging";
    };
    /**
     * The model that an adapter belongs on: a reference, whose digest is recorded, `sha256:…`, or a name on the Hub. What
     * the adapter says of itself unless given.
     */
    readonly adapterBase: {
        readonly kind: "text";
        readonly value: "ref";
        readonly help: "the model that an adapter belongs on: a reference, or org/name";
        readonly group: "Packaging";
    };
    readonly modelSpec: {
        readonly kind: "options";
        readonly help: "of the formats modelpack and cnai";
        readonly rows: {
            /** Writes `file.metadata+json` on every layer (RamaLama's reader wants it). Left out unless asked for. */
            readonly fileMetadata: {
                readonly kind: "flag";
                readonly help: "modelpack, cnai: file metadata on layers, for RamaLama";
                readonly group: "Packaging";
            };
            /** README and LICENSE under the names that Harbor looks for; true unless given. */
            readonly harborNames: {
                readonly kind: "flag";
                readonly off: true;
                readonly help: "modelpack, cnai: README and licence keep their names";
                readonly group: "Packaging";
            };
        };
    };
    readonly kitops: {
        readonly kind: "options";
        readonly help: "of the format kitops";
        readonly rows: {
            /** `tar` (the default) is read by every release; `raw` shares blobs with other formats and needs a KitOps newer than 1.7. */
            readonly layers: {
                readonly kind: "choice";
                readonly choice: readonly ["tar", "raw"];
                readonly value: "form";
                readonly help: "kitops: raw shares blobs, tar is read by every kit";
                readonly group: "Packaging";
            };
        };
    };
    readonly modelcar: {
        readonly kind: "options";
        readonly help: "of the format modelcar";
        readonly rows: {
            /** Processor of the nodes that pull it (`amd64`, `arm64`): an image must name one. `amd64` unless given. */
            readonly architecture: {
                readonly kind: "text";
                readonly value: "name";
                readonly help: "modelcar: processor of the nodes that pull it; amd64";
                readonly group: "Packaging";
            };
            /** An image with a shell that is put below the model, for KServe's sidecar: pinned by digest, its layers mounted or copied. */
            readonly base: {
                readonly kind: "text";
                readonly value: "image";
                readonly help: "modelcar: an image with a shell below the model, for KServe's oci://";
                readonly group: "Packaging";
            };
        };
    };
    readonly oras: {
        readonly kind: "options";
        readonly help: "of the format oras";
        readonly rows: {
            readonly artifactType: {
                readonly kind: "text";
                readonly value: "type";
                readonly help: "oras: artifact type of the manifest";
                readonly group: "Packaging";
            };
        };
    };
    readonly ollama: {
        readonly kind: "options";
        readonly help: "of the format ollama";
        readonly rows: {
            /** A template in Go's language; else a known one is chosen by the model's chat template. */
            readonly template: {
                readonly kind: "text";
                readonly orFile: true;
                readonly most: 1048576;
                readonly help: "ollama: template in Go, or @FILE";
                readonly group: "Packaging";
            };
            readonly system: {
                readonly kind: "text";
                readonly orFile: true;
                readonly most: 1048576;
                readonly help: "ollama: system prompt, or @FILE";
                readonly group: "Packaging";
            };
            /** They win over what the model's makers recommend. */
            readonly parameters: {
                readonly kind: "settings";
                readonly help: "ollama: temperature=0.7, num_ctx=8192, …";
                readonly example: "--ollama-parameters temperature=0.7";
                readonly flag: "ollama-parameters";
                readonly group: "Packaging";
                readonly rows: {
                    readonly temperature: {
                        readonly kind: "number";
                        readonly help: "how freely it chooses";
                    };
                    readonly top_k: {
                        readonly kind: "count";
                        readonly least: 0;
                        readonly most: 4294967295;
                        readonly help: "from how many tokens it chooses";
                    };
                    readonly top_p: {
                        readonly kind: "number";
                        readonly help: "from which share of the probability it chooses";
                    };
                    readonly min_p: {
                        readonly kind: "number";
                        readonly help: "least probability beside that of the best token";
                    };
                    readonly repeat_penalty: {
                        readonly kind: "number";
                        readonly help: "how much less a token counts that was just said";
                    };
                    readonly num_ctx: {
                        readonly kind: "count";
                        readonly least: 0;
                        readonly most: 4294967295;
                        readonly help: "tokens of context";
                    };
                    readonly stop: {
                        readonly kind: "text";
                        readonly list: true;
                        readonly help: "text that ends an answer";
                    };
                };
            };
        };
    };
    /** Largest weights file in bytes, or `2G`, `500M`: a larger GGUF is cut into files with gguf-split's names. */
    readonly splitMaxSize: {
        readonly kind: "size";
        readonly help: "cut a GGUF that is larger: 2G, 500M";
        readonly group: "Packaging";
    };
};

// ../workers/llama-addon.ts
export declare const PURPOSES: {
    readonly logits: 0;
    readonly embeddings: 1;
    readonly importance: 2;
    readonly importanceWithOutput: 3;
};

// stages/options/push-options.ts
export declare const PUSH_OPTIONS: {
    /** Tags of an artifact: see {@link PushOptions}. */
    readonly tags: {
        readonly kind: "text";
        readonly list: true;
        readonly value: "tag";
        readonly help: "a further tag";
        readonly group: "Sending";
    };
    /** Tags of the index; as `tags`, or `latest` when that is a function. */
    readonly indexTags: {
        readonly kind: "text";
        readonly list: true;
        readonly value: "tag";
        readonly help: "a tag of the index (repeatable); as --tag unless given";
        readonly group: "Sending";
    };
    /**
     * `auto` (default): a GGUF that is larger than the target's largest layer is cut into files with gguf-split's names;
     * `never`: it is sent whole, whatever becomes of it.
     */
    readonly split: {
        readonly kind: "choice";
        readonly choice: readonly ["auto", "never"];
        readonly value: "when";
        readonly help: "cut a GGUF that is larger than the registry takes, or not";
        readonly group: "Sending";
    };
    /** Largest file in bytes, or `2G`, `500M`: wins over what is known of the target. */
    readonly splitMaxSize: {
        readonly kind: "size";
        readonly help: "cut a GGUF that is larger: 2G, 500M";
        readonly group: "Sending";
    };
    /** `false` refuses a tag that points at something else. Default true. */
    readonly overwrite: {
        readonly kind: "flag";
        readonly off: true;
        readonly help: "refuse to move a tag that points at something else";
        readonly group: "Sending";
    };
    /** `false` sends without asking a Harbor first whether the project's quota has room. Default true. */
    readonly quotaCheck: {
        readonly kind: "flag";
        readonly off: true;
        readonly help: "send without asking a Harbor first whether the project's quota has room";
        readonly group: "Sending";
    };
    /** `false` makes and sends again what the target says stands there already. Default true. */
    readonly reuse: {
        readonly kind: "flag";
        readonly off: true;
        readonly help: "make and send again what the registry says is published already";
        readonly group: "Sending";
    };
    /**
     * The model is looked over before anything is sent (see {@link lint}). `error` refuses errors with `LINT_FAILED`, and warns of the
     * rest; `warn` warns of errors and warnings; `off` does not look. Without it errors are warned of.
     */
    readonly lint: {
        readonly kind: "choice";
        readonly choice: readonly ["error", "warn", "off"];
        readonly value: "how";
        readonly help: "refuse what lint calls an error, warn, or do not look";
        readonly group: "Sending";
    };
    /** Most bytes of one request of a blob, for a registry behind something that limits bodies. */
    readonly chunkSize: {
        readonly kind: "size";
        readonly help: "send blobs in requests of at most this size: 8MiB";
        readonly group: "Sending";
    };
};

// package/packaging-format.ts
export interface PackagingFormat<Shape extends string = string> {
    /** What it is, for docs/formats.md. */
    readonly description: string;
    /** Whether a manifest is one of this format. The table of formats says in which order they are asked. */
    readonly recognise: (manifest: Manifest) => boolean;
    /** The form of a layer. By the end of its media type unless the format says otherwise. */
    readonly layerForm?: (layer: Descriptor) => LayerForm;
    /** The name of each layer's file. By its annotation unless the format says otherwise. */
    readonly layerNames?: (naming: LayerNaming) => readonly (string | undefined)[];
    /** Files are looked for under this folder of an unpacked layer only; ends with a slash. */
    readonly folder?: string;
    /** What its artifacts look like to their readers: columns of the matrix in readers.ts. */
    readonly shapes: readonly [Shape, ...Shape[]];
    /** Which of them a manifest has, by the forms of its layers. */
    readonly shape: (manifest: Manifest, forms: ReadonlySet<LayerForm>) => Shape;
    /** Set where readers take all GGUFs of an artifact for one model: `a Docker model holds`. */
    readonly ofOneModel?: string;
    /** Which of the options for packing are this format's own. */
    readonly optionsKey: 'modelSpec' | 'oras' | 'docker' | 'ollama' | 'kitops' | 'modelcar';
    pack(variant: ModelVariant, options: PackOptions): Artifact;
}

// stages/packaging/packed-model.ts
export interface PackedIndex {
    readonly format: string;
    /** Artifacts of the packed model, in their order. */
    readonly members: readonly Artifact[];
    /** Pure: the same descriptors (the members', in their order) give the same bytes. */
    seal(descriptors: readonly Descriptor[]): SealedIndex;
}

// stages/packaging/packed-model.ts
export interface PackedOrigin {
    readonly variant: ModelVariant;
    /** Options of pack() that shaped it. */
    readonly options: object;
}

// core/options/option-row.ts
export interface PairsRow extends RowBase {
    readonly kind: 'pairs';
    /** One that can be copied, for the error. */
    readonly example: string;
}

// registry/target.ts
export interface PartialListing {
    readonly found: readonly Descriptor[];
    /** Why there may be more; absent when this is all. */
    readonly stopped?: SlipwayError;
}

// core/options/option-row.ts
export interface PathRow extends RowBase {
    readonly kind: 'path';
    readonly asGiven?: true;
    /** A file on the Hub (`hf://…`) may stand there as well; its address stays as it is. */
    readonly orHub?: true;
    /** A configuration may give options instead: what the file is made from. */
    readonly orOptions?: OptionTable;
}

// registry/target.ts
export interface Place {
    /** Canonical host of its registry; `undefined` for what is in no registry. */
    readonly host?: string | undefined;
}

// core/options/option-types.ts
export interface PlainOption {
    readonly flag: boolean;
    readonly text: string;
    readonly count: number;
    readonly number: number;
    readonly numbers: string | readonly number[];
    readonly size: string | number;
    readonly duration: string | number;
    readonly path: string;
    readonly pairs: Readonly<Record<string, string>>;
}

// convert/plan-tensors.ts
export interface PlanOptions extends FuseOptions {
    /** Weights that were 8-bit floats become Q8_0, whatever the rest becomes. */
    readonly fp8AsQ8?: boolean | undefined;
}

// trust/verify/policy.ts
export type PolicyEnvironment = Readonly<Record<string, string | undefined>>;

// convert/prediction-layers.ts
export interface PredictionOptions {
    /** Only the layers that predict further tokens, with the embedding, the last norm and the output matrix. */
    readonly mtp?: boolean | undefined;
    /** Everything but the layers that predict further tokens. */
    readonly noMtp?: boolean | undefined;
    /** Only the DSpark draft that a checkpoint of DeepSeek V4 has beside its model. */
    readonly dspark?: boolean | undefined;
}

// harbor/preheat.ts
export interface PreheatSpec {
    readonly name: string;
    /** Name of the P2P provider instance (Dragonfly, Kraken) that an administrator has set up; the default one unless given. */
    readonly provider?: string | undefined;
    /** Repositories without the project; all unless given. */
    readonly repositories?: string | undefined;
    readonly tags?: string | undefined;
    /** `push`, `manual`, or six fields of a schedule. `push` unless given. */
    readonly when?: string | undefined;
}

// stages/push/push.ts
export interface PreparedPush {
    readonly target: OpenedTarget['target'];
    readonly model: PackedModel;
    /** Of each artifact, in their order. */
    readonly tags: readonly (readonly string[])[];
}

// registry/push-artifacts.ts
export interface PresentArtifact {
    readonly descriptor: Descriptor;
    /** Config, layers and manifest, bytes. */
    readonly size: number;
    /** Those of its tags that do not point at it yet. */
    readonly untagged?: readonly string[];
}

// core/limits.ts
export interface ProcessMemory {
    /** What it takes besides what its runs hold, threads included. */
    readonly base: number;
    /** What it may take with all its runs (resident memory). */
    readonly memory: number;
}

// harbor/projects.ts
export interface ProjectOptions {
    readonly public?: boolean | undefined;
    readonly scanOnPush?: boolean | undefined;
    readonly sbomOnPush?: boolean | undefined;
    readonly contentTrust?: ContentTrust | undefined;
}

// files/store.ts
export interface PrunedFile {
    /** Path within the store. */
    readonly name: string;
    readonly size: number;
}

// stages/packaging/packed-model.ts
export interface PushAttachment {
    /** `sign`, `attest`: which stage it is of. */
    readonly stage: string;
    /** Attaches to manifests that have no tag yet; what is there already is left alone. */
    attach(stored: StoredModel, context: RunContext): Promise<void>;
    /**
     * Whether the manifest is signed already by the key that is going to sign. What nothing vouches for is made again before
     * it is signed: what the registry says of it can be written by any account that may push. Without this nothing is vouched for.
     */
    vouches?(target: Target, manifest: Digest, signal: AbortSignal): Promise<boolean>;
}

// registry/target.ts
export interface PushBlobOptions {
    readonly signal?: AbortSignal;
    /** Called with the number of bytes sent so far; goes down only after `onReset`. */
    readonly onProgress?: (done: number) => void;
    readonly onReset?: (from: number, to: number, reason: string) => void;
    /** Called when the target has the first `offset` bytes from an earlier process: they are not sent again. */
    readonly onResume?: (offset: number) => void;
    /** Repository of the same registry that may hold the blob already. */
    readonly mountFrom?: string;
}

// stages/push/push.ts
export interface PushStage extends Stage<PackedModel, readonly PushedArtifact[]> {
    readonly name: 'push';
    /** Opens the target and fits the model to it, and sends nothing. Throws what the push throws. */
    prepare(packed: PackedModel, context: RunContext): Promise<PreparedPush>;
}

// registry/target.ts
export interface PushedBlob {
    readonly digest: Digest;
    readonly size: number;
    readonly how: 'sent' | 'exists' | 'mounted';
}

// registry/push-artifacts.ts
export interface PushedManifest {
    /** `name:tag@digest`, or `name@digest` without a tag. */
    readonly reference: string;
    readonly digest: Digest;
    readonly mediaType: string;
    readonly tags: readonly string[];
    /** Config, layers and manifest, bytes. */
    readonly size: number;
    /** It stood under all of its tags before: nothing was sent for it. */
    readonly unchanged: boolean;
}

// registry/push-artifacts.ts
export interface PushedToTarget extends PushedManifest {
    readonly artifact: Artifact;
    readonly blobs: BlobCounts;
}

// stages/options/quantize-options.ts
export declare const QUANTIZE_OPTIONS: {
    /** llama-quantize's file types: one variant each, from one reading of the source. Left out with a target size alone. */
    readonly types: {
        readonly kind: "text";
        readonly list: "one or more";
        readonly argument: true;
        readonly help: "Q4_K_M, Q8_0, …: see pipeline types";
        readonly needs: "Q4_K_M, Q8_0, …";
        readonly known: readonly string[];
        readonly words: readonly import("../../quantize/file-types.js").FileTypeWord[];
        readonly problem: typeof fileTypeProblem;
    };
    /** A model that comes in splits leaves in the same ones (`llama-quantize --keep-split`); else it becomes one file. */
    readonly keepSplit: {
        readonly kind: "flag";
        readonly help: "a model in splits stays in splits";
    };
};

// lint/lint-rules.ts
export declare const RULES: {
    readonly 'template-syntax': {
        readonly level: "error";
        readonly title: "the chat template parses";
        readonly why: "servers that apply the template refuse the model or fall back to another format of conversation";
        readonly try: "correct the template at the place that is named, or take the one of the original repository";
    };
    readonly 'template-render': {
        readonly level: "error";
        readonly title: "the chat template renders a conversation of two turns";
        readonly why: "every request with more than one turn fails in servers that apply the template";
        readonly try: "correct the template: user and assistant messages in turn have to be rendered";
    };
    readonly 'template-endless': {
        readonly level: "error";
        readonly title: "the chat template comes to an end";
        readonly why: "a server that renders it hangs or runs out of memory: that can be meant as an attack";
        readonly try: "do not use this template; look who wrote it";
    };
    readonly 'template-drops-content': {
        readonly level: "error";
        readonly title: "the chat template hands on what the messages say";
        readonly why: "the model never sees the messages";
        readonly try: "have the template write message['content']";
    };
    readonly 'template-system': {
        readonly level: "note";
        readonly title: "the chat template takes a system message";
        readonly why: "requests with a system message fail, or the message is lost";
        readonly try: "render the system message, or tell users to write instructions into the first user message";
    };
    readonly 'template-tools': {
        readonly level: "warning";
        readonly title: "the chat template renders tools";
        readonly why: "requests with tools fail in servers that apply the template";
        readonly try: "correct what the template does with 'tools'";
    };
    readonly 'template-tools-ignored': {
        readonly level: "note";
        readonly title: "the chat template uses tools";
        readonly why: "the model does not learn which tools there are: servers describe them in their own words, or refuse";
        readonly try: "nothing, unless the model was trained to call tools: then render 'tools'";
    };
    readonly 'template-unknown-token': {
        readonly level: "warning";
        readonly title: "what looks like a special token in the chat template is one";
        readonly why: "it is cut into ordinary tokens, which the model may never have seen in training";
        readonly try: "compare the template with the tokenizer's added tokens: one of them is of another model";
    };
    readonly 'template-stop-token': {
        readonly level: "warning";
        readonly title: "what the chat template ends a turn with ends the generation";
        readonly why: "generation goes on after the answer, until the context is full";
        readonly try: "add the token to eos_token_id of generation_config.json, or set tokenizer.ggml.eot_token_id";
    };
    readonly 'template-suspicious': {
        readonly level: "warning";
        readonly title: "the chat template does nothing that templates have no need for";
        readonly why: "templates travel with the model and run in servers: attribute access to internals is how they break out, hidden text is how they mislead";
        readonly try: "read the template; compare it with the original repository: pipeline diff";
    };
    readonly 'template-differs': {
        readonly level: "warning";
        readonly title: "a model has one chat template";
        readonly why: "which one counts depends on the program that loads the model";
        readonly try: "keep one of them, or make them equal";
    };
    readonly 'special-token-missing': {
        readonly level: "warning";
        readonly title: "special tokens are named and in the vocabulary";
        readonly why: "without an end token generation does not stop; a token that is not in the vocabulary is cut into others";
        readonly try: "correct tokenizer_config.json or the tokenizer's added tokens, and convert again";
    };
    readonly 'special-token-range': {
        readonly level: "error";
        readonly title: "ids of special tokens are below the size of the vocabulary";
        readonly why: "loaders refuse the model or read beyond the vocabulary";
        readonly try: "correct the id and convert again";
    };
    readonly 'eos-disagrees': {
        readonly level: "warning";
        readonly title: "configurations agree on the end token";
        readonly why: "which end token counts depends on the program that loads the model";
        readonly try: "add the tokenizer's end token to eos_token_id of generation_config.json";
    };
    readonly 'context-length': {
        readonly level: "warning";
        readonly title: "the context length is stated, once";
        readonly why: "programs give the model more text than it can read, or less than it could, or refuse it";
        readonly try: "make max_position_embeddings, model_max_length and context_length agree";
    };
    readonly 'rope-scaling': {
        readonly level: "warning";
        readonly title: "rope scaling is complete and fits the context length";
        readonly why: "long texts turn into nonsense, or loaders refuse the model";
        readonly try: "correct rope_scaling (or rope.scaling.* of the GGUF) as the model's authors state it";
    };
    readonly 'vocabulary-size': {
        readonly level: "error";
        readonly title: "vocabulary, embedding and stated size agree";
        readonly why: "loaders refuse the model, or tokens have no embedding";
        readonly try: "take tokenizer and weights of the same revision";
    };
    readonly 'config-invalid': {
        readonly level: "error";
        readonly title: "configurations can be read";
        readonly why: "nothing can load a model whose configuration is broken";
        readonly try: "correct the file";
    };
    readonly 'file-missing': {
        readonly level: "warning";
        readonly title: "what is needed to use the weights is there";
        readonly why: "the model cannot be loaded from these files alone";
        readonly try: "add the file";
    };
    readonly 'name-unsafe': {
        readonly level: "error";
        readonly title: "file names can stand on every system";
        readonly why: "on some systems the file cannot be written, or it is written somewhere else";
        readonly try: "rename the file";
    };
    readonly 'name-collision': {
        readonly level: "error";
        readonly title: "file names are unique without regard to case";
        readonly why: "on Windows and macOS one file overwrites the other";
        readonly try: "rename one of them";
    };
    readonly 'gguf-invalid': {
        readonly level: "error";
        readonly title: "GGUF files are whole and strict readers take them";
        readonly why: "llama.cpp refuses the file, or reads other things than it says";
        readonly try: "convert or download again";
    };
    readonly 'gguf-trailing': {
        readonly level: "warning";
        readonly title: "a GGUF file ends with its last tensor";
        readonly why: "what follows is read by nothing that loads models, and travels with it";
        readonly try: "convert again; look at what is there: tail -c";
    };
    readonly 'safetensors-invalid': {
        readonly level: "error";
        readonly title: "safetensors files are whole and strict readers take them";
        readonly why: "loaders refuse the file, or read other things than it says";
        readonly try: "download again";
    };
    readonly 'lfs-pointer': {
        readonly level: "error";
        readonly title: "files are themselves, not Git LFS pointers";
        readonly why: "a pointer holds no weights";
        readonly try: "git lfs install && git lfs pull";
    };
    readonly 'weights-missing': {
        readonly level: "warning";
        readonly title: "there are weights that hold data only";
        readonly why: "there is nothing to convert or serve";
        readonly try: "look for a revision with safetensors or GGUF files";
    };
    readonly 'license-missing': {
        readonly level: "warning";
        readonly title: "a licence is stated";
        readonly why: "without one users have no permission to use the model, and policies refuse it";
        readonly try: "state it: 'license' in the front matter of README.md (general.license in a GGUF)";
    };
    readonly 'license-not-spdx': {
        readonly level: "warning";
        readonly title: "the licence is an SPDX expression";
        readonly why: "tools that check licences compare SPDX ids";
        readonly try: "use an id of the SPDX list (https://spdx.org/licenses/), or LicenseRef-NAME with the text beside it";
    };
    readonly 'license-file-missing': {
        readonly level: "warning";
        readonly title: "the licence's text is there";
        readonly why: "most licences ask that their text goes with every copy; of one that is not on the list only the text says what is allowed";
        readonly try: "add the text as LICENSE";
    };
    readonly 'license-differs': {
        readonly level: "warning";
        readonly title: "one licence is stated";
        readonly why: "which one counts cannot be told";
        readonly try: "correct the model card or the metadata";
    };
    readonly 'code-pickle': {
        readonly level: "error";
        readonly title: "no file of a kind that can run code when it is loaded";
        readonly why: "loading a pickle runs whatever its author put into it";
        readonly try: "leave it out, or replace it by safetensors";
    };
    readonly 'code-disguised': {
        readonly level: "error";
        readonly title: "files are what their names say";
        readonly why: "a file that can run code goes under a name that looks harmless: that is how scanners are passed";
        readonly try: "do not load it; look who wrote it";
    };
    readonly 'code-remote': {
        readonly level: "warning";
        readonly title: "no configuration asks for remote code";
        readonly why: "auto_map makes transformers run Python of the repository when trust_remote_code is set";
        readonly try: "read that code, or use a model whose class is part of transformers";
    };
    readonly 'code-files': {
        readonly level: "warning";
        readonly title: "no programs travel with the model";
        readonly why: "scripts and libraries beside weights are run by those who trust the folder";
        readonly try: "leave them out: --exclude";
    };
};

// source/open-source.ts
export type ReadArtifact = (address: {
    readonly target: ReadableTarget;
    readonly reference: string;
    readonly name: string;
}, options: Pick<SourceOptions, 'include' | 'exclude' | 'variant' | 'signal'>) => Promise<Snapshot>;

// trust/bundle/message.ts
export interface ReadMessage {
    /** SHA-256 of the file, lower-case hex. */
    readonly sha256: string;
    /** The file's digest by the bundle's own algorithm. */
    readonly digest: Buffer;
    readonly signature: Buffer;
    /** Whether it was signed by this key, one of those that the reading was told. */
    isSignedBy(key: KeyObject): boolean;
}

// registry/target.ts
export type ReadableTarget = Resolver & ManifestReader & BlobReader & TagLister & ReferrerLister & Place;

// package/readers.ts
export interface ReaderAnswer {
    readonly verdict: ReaderVerdict;
    readonly why?: string;
}

// package/readers.ts
export type ReaderVerdict = 'yes' | 'metadata' | 'no' | 'unknown';

// files/model-file.ts
export interface ReadingGroup {
    /** What a reading in this order would cost. Reads nothing. */
    outlook(order: readonly FileRange[]): ReadingOutlook;
    /** Says what will be read, and in which order: what is passed on the way and wanted later is kept, if there is room. */
    expect(order: readonly FileRange[]): Promise<void>;
}

// files/model-file.ts
export interface ReadingOutlook {
    /** Bytes of all files of which something is read. */
    readonly size: number;
    /** Bytes that are read a second time. */
    readonly twice: number;
    /** Bytes that have to be kept at the same time, at most. */
    readonly kept: number;
    /** What is read a second time, by file. */
    readonly files: readonly {
        readonly path: string;
        readonly twice: number;
    }[];
}

// registry/target.ts
export interface ReferrerLister {
    /** Manifests whose `subject` is this digest (distribution-spec v1.1, or the fallback tag). */
    referrers(digest: Digest, artifactType?: string, signal?: AbortSignal): Promise<readonly Descriptor[]>;
    /** The same for a reader that makes do with part of a listing that is too long, loops or breaks off. */
    referrersSoFar(digest: Digest, signal?: AbortSignal): Promise<PartialListing>;
}

// registry/remote/probe.ts
export interface RegistryAbilities {
    readonly pull: boolean;
    readonly push: boolean;
    /** It has the referrers API (distribution-spec v1.1), not only the fallback tag. */
    readonly referrers: boolean;
    /** It has given a blob of a repository to that repository. Where there was none to give this is not known. */
    readonly mount: boolean;
    /** Smallest chunk in the middle of a blob, bytes; 0 where it does not say. */
    readonly chunkMinimum: number;
}

// registry/credentials/credential.ts
export type RegistryCredential = Credential | {
    readonly kind: 'refresh';
    readonly token: string;
    /** Whose token it is, where that is known: for token servers that take it as a password only. */
    readonly username?: string;
    readonly origin: string;
};

// harbor/registries.ts
export interface RegistryEndpoint {
    /** What Harbor calls it. */
    readonly name: string;
    readonly url: string;
    /** Harbor's adapter: `harbor`, `docker-registry`, `docker-hub`, `github-ghcr`, `aws-ecr` … `docker-registry` unless given. */
    readonly type?: string | undefined;
    readonly username?: string | undefined;
    readonly password?: string | undefined;
    /** Harbor does not check its certificate. */
    readonly insecure?: boolean | undefined;
    readonly description?: string | undefined;
}

// testing/registry-routes.ts
export interface RegistryFeatures {
    readonly referrers: boolean;
    readonly patch: boolean;
    readonly mount: boolean;
    readonly ranges: boolean;
    readonly immutableTags: boolean;
    /** Smallest chunk of a PATCH that is not the last, bytes; announced as OCI-Chunk-Min-Length. */
    readonly minChunk: number;
    /** Entries of one page of a listing. */
    readonly pageSize: number;
    /** Sent as a `Warning` header with every answer. */
    readonly warning: string | undefined;
    /**
     * The offset is part of the state that an upload's address carries, as in distribution 2.8 (signed there): a request with an
     * address older than what is stored is refused, and an upload whose request was cut is lost.
     */
    readonly signedState: boolean;
    /** Largest body of one request, bytes: what is longer gets 413, as from a proxy before the registry. */
    readonly largestBody: number;
    /** False leaves `Range` at the first chunk, as Amazon ECR does. */
    readonly movingRange: boolean;
    /** False refuses to list tags, as accounts that may only push are refused. */
    readonly listTags: boolean;
}

// registry/reference.ts
export interface RegistryReference {
    readonly kind: 'registry';
    /** Canonical `host[:port]`, lower case; Docker Hub is `docker.io` whatever alias was written. */
    readonly host: string;
    readonly repository: string;
    readonly tag?: string;
    readonly digest?: Digest;
}

// stages/packaging/repackage.ts
export type RepackageOptions = PackStageOptions & PushOptions & Pick<DownloadOptions, 'variant'>;

// harbor/apply/settings.ts
export interface ReplicationSetting extends Omit<ReplicationSpec, 'name' | 'registryId' | 'repositories'> {
    /** `PROJECT-to-REGISTRY` unless given; unique in the whole Harbor. */
    readonly name?: string | undefined;
    readonly to: RegistryEndpoint;
    /** Repositories of the project; all unless given. */
    readonly repositories?: string | undefined;
}

// harbor/replication.ts
export interface ReplicationSpec {
    /** Unique in the whole Harbor. */
    readonly name: string;
    /** Number of the registry to copy to. */
    readonly registryId: number;
    /** Repositories with their project: `models/**`. */
    readonly repositories: string;
    /** Tags; all unless given. */
    readonly tags?: string | undefined;
    /** Project there; the same as here unless given. */
    readonly namespace?: string | undefined;
    /** `push`: after every push; `manual`; or six fields of a schedule. `push` unless given. */
    readonly when?: string | undefined;
    /** Replace what is there under the same name; true unless given. */
    readonly override?: boolean | undefined;
    /** Delete there what is deleted here; false unless given. */
    readonly deletion?: boolean | undefined;
    /** Send large layers in pieces; true unless given: models are large. */
    readonly byChunk?: boolean | undefined;
}

// convert/repository.ts
export interface RepositoryOptions {
    /** Takes params.json, consolidated*.safetensors and Mistral's tokenizer instead of what transformers would. */
    readonly mistralFormat?: boolean | undefined;
    /** A repository without config.json has an empty one: an adapter's own. */
    readonly configOptional?: boolean | undefined;
}

// http/client.ts
export type RequestBody = {
    readonly kind: 'bytes';
    readonly bytes: Uint8Array;
} | {
    readonly kind: 'stream';
    readonly content: AsyncIterable<Uint8Array>;
    readonly size?: number;
};

// core/options/option-types.ts
export type RequiredKeys<T> = {
    [K in keyof T]: T[K] extends {
        readonly required: true;
    } ? K : never;
}[keyof T];

// registry/target.ts
export interface Resolver {
    /** Looks a tag or digest up. Throws `OCI_NOT_FOUND`. */
    resolve(reference: string, signal?: AbortSignal): Promise<Descriptor>;
}

// harbor/retention.ts
export interface RetainedRepository {
    /** Without its project. */
    readonly repository: string;
    readonly artifacts: number;
    readonly kept: number;
}

// harbor/retention.ts
export interface RetentionRule extends Selection {
    readonly keep: RetentionTemplate;
    /** How many tags, or days; `always` has none. */
    readonly count?: number | undefined;
}

// harbor/retention.ts
export type RetentionTemplate = 'latestPushedK' | 'latestPulledN' | 'latestActiveK' | 'nDaysSinceLastPush' | 'nDaysSinceLastPull' | 'always';

// http/client.ts
export interface Retry {
    /** Without query and user information. */
    readonly url: string;
    /** Attempts that have failed so far, of how many at most. */
    readonly attempt: number;
    readonly of: number;
    /** How long it waits. */
    readonly delayMs: number;
    /** In words: what the server answered, or what became of the connection. */
    readonly reason: string;
    /** `NET_UNAVAILABLE` for an answer that says "not now"; else the code of the error. */
    readonly code: ErrorCode;
    /** The answer's HTTP status, when there was an answer. */
    readonly status?: number;
}

// harbor/robots.ts
export interface Right {
    readonly resource: string;
    readonly action: string;
}

// harbor/robots.ts
export type RobotRole = 'push' | 'pull';

// harbor/robots.ts
export interface RobotSpec {
    /** Without prefix: `ci` becomes `robot$PROJECT+ci`. */
    readonly name: string;
    /** `push` unless given. */
    readonly rights?: RobotRole | readonly Right[] | undefined;
    /** Days that it lives; it never ends unless given. */
    readonly days?: number | undefined;
    readonly description?: string | undefined;
}

// core/events.ts
export interface RoundingError {
    /** Root of the mean squared difference. */
    readonly rmse: number;
    /** The same as a share of the weights' own root mean square. */
    readonly relative: number;
    /** The largest difference. */
    readonly max: number;
    /** `relative` with each column's squares weighted by its importance, when the tensor was made with importance. */
    readonly weighted?: number;
    /** Weights that were compared: all of the tensor, or of a large one in a quick type those of every fourth row. */
    readonly weights: number;
}

// ../workers/rounding.ts
export interface RoundingRows {
    /** Row of the tensor that comes first. */
    readonly firstRow: number;
    /** Rows whose number in the tensor this divides. */
    readonly stride: number;
}

// ../workers/rounding.ts
export type RoundingSums = Float64Array;

// core/options/option-row.ts
export interface RowBase {
    /** One line for the help page and the reference; without a full stop. */
    readonly help: string;
    /** Heading on the help page; `Options` unless given. */
    readonly group?: string;
    /** Name of the flag without hyphens in front; the key in kebab case unless given, without the `s` of a list. */
    readonly flag?: string;
    /** One letter: `o` for `-o`. */
    readonly short?: string;
    /** Further names of the flag that no help page shows (`outfile`). */
    readonly aliases?: readonly string[];
    /** What it is when it is not given, on a command line; shown on the help page. */
    readonly default?: string;
    /** The word for the value on the help page: `glob` is shown as `<glob>`. */
    readonly value?: string;
    /** A configuration has to say it; on a command line it is an argument, or is asked for by the command itself. */
    readonly required?: true;
    /** It is an argument of the command, not a flag. */
    readonly argument?: true;
    /** A flag that no help page and no completion shows. */
    readonly hidden?: true;
    /**
     * It takes several values: a repeated flag, and a list in a configuration. `commas`: one flag may hold several,
     * separated by commas. `one or more`: a configuration may give a single value without a list.
     */
    readonly list?: true | 'commas' | 'one or more';
}

// core/options/option-types.ts
export type RowValue<R> = R extends NestedRow | SettingsRow ? OptionsOf<R['rows']> : R extends {
    readonly list: 'one or more';
} ? OptionValue<R, PlainOption> | readonly OptionValue<R, PlainOption>[] : R extends {
    readonly list: true | 'commas';
} ? readonly OptionValue<R, PlainOption>[] : OptionValue<R, PlainOption>;

// run/run-context.ts
export interface RunContextOptions {
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly signal?: AbortSignal;
    readonly store?: BlobStore;
    /** See `RunContext.notes`. */
    readonly notes?: string;
    /** Added to what the configuration says. */
    readonly network?: NetworkOptions;
    /** Path of the configuration file; relative paths in it start at its directory. */
    readonly configPath?: string;
    readonly emit?: (event: StageEvent) => void;
    /** See `RunContext.countBytes`. */
    readonly countBytes?: CountBytes;
    /** See `RunContext.countWaits`. */
    readonly countWaits?: CountWaits;
    /**
     * What the run may use at most, whatever configuration and environment say; what they leave open is this. `threads` are
     * these very ones, so that runs of one process share them.
     */
    readonly allowed?: Limits;
    /** Nothing will run after the plan. */
    readonly planOnly?: boolean;
    /** See `RunContext.lint`. */
    readonly lint?: 'error' | 'warn' | 'off';
}

// core/run-state.ts
export interface RunKey<T> {
    readonly name: string;
    /** Never set: it ties the type to the key. */
    readonly type?: T;
}

// core/run-state.ts
export declare class RunState {
    #private;
    /** What is kept under a key, or `undefined`. */
    get<T>(key: RunKey<T>): T | undefined;
    set<T>(key: RunKey<T>, value: T): T;
    /** What is kept under a key; what `make` returns is kept when there is nothing yet. */
    of<T>(key: RunKey<T>, make: () => T): T;
}

// run/summary.ts
export interface RunSummary {
    readonly run: string;
    readonly name: string;
    readonly version: string;
    readonly startedAt: string;
    readonly ok: boolean;
    readonly durationMs: number;
    readonly stages: readonly StageSummary[];
    readonly tensors: readonly TensorSummary[];
    readonly items: readonly ItemSummary[];
    readonly artifacts: readonly ArtifactSummary[];
    readonly changes: readonly ChangeSummary[];
    readonly warnings: readonly WarningSummary[];
    /** Requests that were repeated, by what became of the attempt before: `NET_UNAVAILABLE 503`. */
    readonly retries: Readonly<Record<string, number>>;
    /** `undefined` until the end of the run. */
    readonly resources: {
        readonly peakMemory: number;
        readonly hosts: readonly HostTraffic[];
        /** What has encoded weights, such as `native (avx2)`. */
        readonly engines: readonly string[];
        /** What held the run up most, where something took half of its time. */
        readonly bottleneck: Bottleneck | undefined;
    } | undefined;
    readonly error: {
        readonly code: string;
        readonly message: string;
        readonly where?: string;
        readonly hint?: string;
    } | undefined;
}

// stages/options/save-options.ts
export declare const SAVE_OPTIONS: {
    /** Replace files that are there with other content; refused unless asked for. What is there and the same is left as it is. */
    readonly overwrite: {
        readonly kind: "flag";
        readonly help: "replace files that are there with other content";
        readonly group: "Output";
    };
    /** Write files whose names are hidden or configure tools (`.git/…`, `.npmrc`, `Jenkinsfile`), too; left out unless asked for. */
    readonly hidden: {
        readonly kind: "flag";
        readonly help: "write hidden files, and such as configure tools, too";
        readonly group: "Output";
    };
};

// stages/options/split-options.ts
export declare const SPLIT_OPTIONS: {
    /** Bytes of tensor data in a file: a number, or `700K`, `500M`, `2G` (decimal). */
    readonly splitMaxSize: {
        readonly kind: "size";
        readonly help: "most tensor data in one file: 2G, 500M";
    };
    /** Tensors in a file; 128 unless given. */
    readonly splitMaxTensors: {
        readonly kind: "count";
        readonly most: 1000000;
        readonly help: "most tensors in one file; 128 unless given";
    };
    /** Only keys in the first file. */
    readonly noTensorFirstSplit: {
        readonly kind: "flag";
        readonly help: "only keys in the first file";
    };
};

// safetensors/dtype.ts
export type SafetensorsDtype = keyof typeof DTYPE_BITS;

// safetensors/header.ts
export interface SafetensorsHeader {
    /** The free-form `__metadata__`, never interpreted. */
    readonly metadata: ReadonlyMap<string, string>;
    /** By name, in the order of the header. */
    readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
}

// safetensors/header.ts
export interface SafetensorsLimits {
    /** Bytes of the JSON header; the format's own limit is 100,000,000. */
    readonly headerSize: number;
    readonly tensors: number;
    readonly rank: number;
    /** Bytes of a tensor's name. */
    readonly nameLength: number;
}

// safetensors/header.ts
export interface SafetensorsTensor {
    readonly name: string;
    readonly dtype: SafetensorsDtype;
    /** Outermost dimension first; empty for a scalar. */
    readonly shape: readonly number[];
    /** First byte of the data, counted from the start of the file. */
    readonly start: number;
    /** One past the last byte of the data. */
    readonly end: number;
}

// trust/verify/agreement-checks.ts
export interface SaidOfWeights {
    readonly said?: WeightsSaid | undefined;
    /** File type that the artifact's config names, where it is one that a GGUF can say. */
    readonly declaredType?: string | undefined;
}

// package/variant.ts
export interface SamplingFacts {
    readonly temperature?: number;
    readonly topK?: number;
    readonly topP?: number;
    readonly minP?: number;
    readonly repetitionPenalty?: number;
}

// stages/options/save-options.ts
export type SaveOptions = OptionsOf<typeof SAVE_OPTIONS>;

// harbor/scans.ts
export interface SbomState {
    readonly status: string;
    /** Digest of the accessory that holds the SBOM; empty while there is none. */
    readonly digest: string;
}

// harbor/scans.ts
export type ScanKind = 'vulnerability' | 'sbom';

// harbor/scans.ts
export interface ScanState {
    /** `Pending`, `Running`, `Success`, `Error` … */
    readonly status: string;
    /** The worst that was found. */
    readonly severity: string;
    readonly total: number;
    readonly fixable: number;
    /** Number of findings by severity. */
    readonly counts: Readonly<Record<string, number>>;
}

// trust/verify/policy.ts
export interface ScoreLimit {
    readonly predicateType: string;
    readonly metric: string;
    readonly min?: number | undefined;
    readonly max?: number | undefined;
    readonly required?: boolean | undefined;
}

// ../workers/llama-addon.ts
export type ScoredPositions = readonly [tokens: Int32Array, chunk: number, first: number, start: number, count: number];

// package/variant-index.ts
export interface SealedIndex {
    readonly mediaType: string;
    readonly artifactType?: string;
    readonly bytes: Uint8Array;
    readonly descriptor: Descriptor;
}

// harbor/rule-selection.ts
export interface Selection {
    /** Tags; all (`**`) unless given. */
    readonly tags?: string | undefined;
    /** Every tag but these; not together with `tags`. */
    readonly exceptTags?: string | undefined;
    /** Repositories without the project's name; all (`**`) unless given. */
    readonly repositories?: string | undefined;
    /** Every repository but these; not together with `repositories`. */
    readonly exceptRepositories?: string | undefined;
}

// source/selection.ts
export interface SelectionOptions {
    /** Globs of files to take instead of the kinds that a model needs. */
    readonly include?: readonly string[];
    /** Globs of files to leave out. */
    readonly exclude?: readonly string[];
    /** Every file that is not hidden, whatever it is called and may do: to look at, not to take. */
    readonly everything?: boolean;
}

// core/options/option-row.ts
export interface SettingsRow extends RowBase {
    readonly kind: 'settings';
    readonly rows: OptionTable;
    /** One that can be copied, for the error. */
    readonly example: string;
}

// harbor/read-back-settings.ts
export interface ShownDocument {
    readonly shown: boolean;
    /** Bytes of its text. */
    readonly size: number;
}

// harbor/artifacts.ts
export interface ShownFile {
    readonly path: string;
    /** Bytes of the layer; `undefined` for a directory. */
    readonly size: number | undefined;
}

// trust/sign.ts
export interface SignOptions {
    /** Also write the tag `sha256-<hex>.sig` that cosign up to 2.5 and Harbor before 2.15 read. True unless given. */
    readonly legacy?: boolean;
    /** When it is signed, for the referrer's annotation; none unless given. */
    readonly created?: Date;
    /** False signs and attaches nothing: the registry is not asked either. What was signed is in `onBundle` alone. */
    readonly upload?: boolean;
    /** Gets each bundle: one that was made, or one by this signer that was there. */
    readonly onBundle?: (bundle: Uint8Array) => void;
    readonly signal?: AbortSignal;
}

// stages/trust/sign-stage.ts
export type Signable = PackedModel | readonly PushedArtifact[];

// stages/packaging/packed-model.ts
export interface SignatureLayer {
    readonly path: string;
    /** Its bytes, which are known before the digests. `name`: the model's. */
    readonly size: (name: string, others: readonly Layer[]) => number;
    readonly make: (name: string, others: readonly Descriptor[], size: number, signal: AbortSignal) => Promise<ModelFile>;
}

// trust/verify/identify.ts
export interface SignedByCertificate {
    /** The bundle's JSON; absent for the form that cosign had before. */
    readonly bundle?: JsonObject;
    /** Set where the bundle signs a file's bytes themselves: the file, as it was read. */
    readonly message?: ReadMessage;
}

// stages/trust/model-directory.ts
export type SignerPolicy = Pick<Policy, 'identities' | 'trustedRoot' | 'rekor'>;

// registry/remote/chunk-sizes.ts
export interface SizeMemory {
    largest(): Promise<number | undefined>;
    keep(largest: number): Promise<void>;
}

// core/options/option-row.ts
export interface SizeRow extends RowBase {
    readonly kind: 'size';
}

// evaluate/smoke/smoke.ts
export interface SmokeInput extends SmokeSettings {
    /** Path of the GGUF. */
    readonly candidate: string;
    readonly threads?: number | undefined;
    readonly signal?: AbortSignal | undefined;
}

// evaluate/evaluation.ts
export interface SmokeResult {
    readonly passed: boolean;
    readonly prompt: string;
    readonly output: string;
    readonly tokens: number;
    readonly promptDigest: Digest;
    readonly outputDigest: Digest;
    /** What was checked, and whether it held. */
    readonly checks: readonly {
        readonly name: string;
        readonly passed: boolean;
        readonly got?: string;
    }[];
}

// evaluate/smoke/smoke.ts
export interface SmokeSettings {
    /** Put through the model's own chat template when it has one. */
    readonly prompt?: string | undefined;
    /** Tokens of the answer at most. */
    readonly tokens?: number | undefined;
    /** Texts that the answer has to contain; case does not matter. */
    readonly contains?: readonly string[] | undefined;
    /** The answer has to end by itself, not at the limit. */
    readonly ends?: boolean | undefined;
}

// files/model-file.ts
export interface SourceSignature {
    /** Name of the policy's identity. */
    readonly identity: string;
    /** Digest over all that was signed. */
    readonly root: Digest;
    /** How many files, or parts of files, were signed. */
    readonly resources: number;
}

// trust/verify/policy.ts
export interface SourceSignatureRule {
    /** Refuse a source that brings none. */
    readonly required: boolean;
    readonly identities: readonly Identity[];
}

// convert/tokenizers/choice.ts
export interface SpecialToken {
    readonly role: string;
    readonly id?: number;
    readonly token?: string;
    /** Replaces what the files say; otherwise these win. */
    readonly replace?: boolean;
}

// quantize/file-types.ts
export type Spelled<Name extends string> = Name | Lowercase<Name>;

// config/stage-row.ts
export interface StageRow {
    /** The key in the document. */
    readonly key: string;
    readonly schema: z.ZodType;
    /** The options of the stage, where a table says them. */
    readonly table?: OptionTable;
    readonly takes: readonly Flow[];
    readonly gives: Flow | 'what it takes';
    /** A stage that has its effect while that one runs: written behind it, it is put in front of it. */
    readonly before?: string;
    /** Called with options that the schema has accepted. */
    build(options: unknown): Stage<never, unknown>;
}

// run/summary.ts
export interface StageSummary {
    readonly stage: string;
    readonly startMs: number;
    readonly endMs: number;
    readonly ok: boolean;
    readonly summary: string | undefined;
    /** That were read or sent, whatever became of the items; of a stage without items those of its tensors. */
    readonly bytes: number;
    readonly items: number;
    readonly skipped: number;
    readonly retries: number;
}

// evaluate/onnx/staged-model.ts
export interface StagedModel {
    readonly path: string;
    readonly model: OnnxModel;
    /** What the runtime loads: the bytes of a model in one file, else the path of a copy. */
    readonly source: Uint8Array | string;
    release(): Promise<void>;
}

// trust/bundle/statement.ts
export interface Statement {
    readonly subject: readonly Subject[];
    readonly predicateType: string;
    readonly predicate: JsonValue;
}

// files/store.ts
export interface StoreVerification {
    readonly blobs: number;
    readonly bytes: number;
    readonly damaged: readonly DamagedBlob[];
    /** Records that were not what was written; they are removed. */
    readonly records: number;
}

// files/store.ts
export interface StoredBlob {
    readonly digest: Digest;
    readonly size: number;
    /** When it was stored. */
    readonly modified: Date;
}

// registry/target.ts
export interface StoredManifest {
    readonly descriptor: Descriptor;
    readonly bytes: Uint8Array;
}

// registry/push-artifacts.ts
export interface StoredManifests {
    readonly artifacts: readonly {
        readonly artifact: Artifact;
        readonly descriptor: Descriptor;
        /** The layers' digests, in their order. */
        readonly layers: readonly Digest[];
    }[];
    readonly indexes: readonly Descriptor[];
}

// stages/packaging/packed-model.ts
export interface StoredModel extends StoredManifests {
    readonly target: Target;
    readonly model: PackedModel;
}

// trust/bundle/statement.ts
export interface Subject {
    readonly name?: string;
    /** Digests by algorithm, lower-case hex. */
    readonly digest: Readonly<Record<string, string>>;
}

// gguf/tensor-type.ts
export declare const TENSOR_TYPE_TABLE: readonly [readonly ["F32", 0, 1, 4], readonly ["F16", 1, 1, 2], readonly ["Q4_0", 2, 32, 18], readonly ["Q4_1", 3, 32, 20], readonly ["Q5_0", 6, 32, 22], readonly ["Q5_1", 7, 32, 24], readonly ["Q8_0", 8, 32, 34], readonly ["Q8_1", 9, 32, 36], readonly ["Q2_K", 10, 256, 84], readonly ["Q3_K", 11, 256, 110], readonly ["Q4_K", 12, 256, 144], readonly ["Q5_K", 13, 256, 176], readonly ["Q6_K", 14, 256, 210], readonly ["Q8_K", 15, 256, 292], readonly ["IQ2_XXS", 16, 256, 66], readonly ["IQ2_XS", 17, 256, 74], readonly ["IQ3_XXS", 18, 256, 98], readonly ["IQ1_S", 19, 256, 50], readonly ["IQ4_NL", 20, 32, 18], readonly ["IQ3_S", 21, 256, 110], readonly ["IQ2_S", 22, 256, 82], readonly ["IQ4_XS", 23, 256, 136], readonly ["I8", 24, 1, 1], readonly ["I16", 25, 1, 2], readonly ["I32", 26, 1, 4], readonly ["I64", 27, 1, 8], readonly ["F64", 28, 1, 8], readonly ["IQ1_M", 29, 256, 56], readonly ["BF16", 30, 1, 2], readonly ["TQ1_0", 34, 256, 54], readonly ["TQ2_0", 35, 256, 66], readonly ["MXFP4", 39, 32, 17], readonly ["NVFP4", 40, 64, 36], readonly ["Q1_0", 41, 128, 18], readonly ["Q2_0", 42, 64, 18]];

// registry/target.ts
export interface TagLister {
    tags(signal?: AbortSignal): Promise<readonly string[]>;
}

// registry/target.ts
export interface Tagger {
    /** Points a tag at a manifest that is there. */
    tag(descriptor: Descriptor, tag: string, signal?: AbortSignal): Promise<void>;
}

// quantize/job-room.ts
export interface TakenRoom {
    release(): void;
}

// stages/trust/rebuild-difference.ts
export interface TensorDifference {
    /** File of the artifact. */
    readonly file: string;
    readonly tensor?: string;
    /** Bytes from the tensor's beginning. */
    readonly offset?: number;
    readonly reason: string;
}

// evaluate/weight-error.ts
export interface TensorError {
    readonly name: string;
    readonly type: TensorType;
    readonly baseType: TensorType;
    readonly weights: number;
    /** Root of the mean squared difference. */
    readonly rmse: number;
    /** The same as a share of the base's own root mean square. */
    readonly relative: number;
    /** The largest difference. */
    readonly max: number;
    /** `relative` with each column's squares weighted by its importance, when there is an importance matrix. */
    readonly weighted?: number;
}

// run/summary.ts
export interface TensorSummary {
    readonly variant: string;
    readonly name: string;
    readonly from: string;
    readonly to: string;
    readonly weights: number;
    readonly size: number;
    /** What storing it in blocks has cost. */
    readonly weightError?: RoundingError;
}

// run/weight-errors.ts
export interface TensorWeightError extends RoundingError {
    readonly name: string;
    readonly from: string;
    readonly to: string;
}

// core/options/option-row.ts
export interface TextRow extends RowBase {
    readonly kind: 'text';
    /** Most characters; 4096 unless given. */
    readonly most?: number;
    /** `@FILE` on a command line stands for what is in the file. */
    readonly orFile?: true;
    /** What a value has to be, in an error about a configuration; `text` unless given. */
    readonly needs?: string;
    /** Words to complete, where others are possible as well. */
    readonly known?: readonly string[];
    /** What a program may write: the TypeScript type is these words. Texts from outside are checked by `problem`. */
    readonly words?: readonly string[];
    /** What is wrong with a word, for a configuration; a command says it in its own way. */
    readonly problem?: (word: string) => string | undefined;
}

// convert/tokenizers/index.ts
export interface TokenizerChoice extends TokenizerOptions {
    readonly kind: TokenizerKind;
}

// convert/tokenizers/index.ts
export type TokenizerKind = 'arctic' | 'bpe' | 'bpe-or-kimi' | 'bpe-or-whitespace' | 'builtin-llama' | 'builtin-neox' | 'chatglm' | 'gemma4' | 'hunyuan' | 'hunyuan-dense' | 'internlm2' | 'internlm3' | 'laguna' | 'llama' | 'llama-hf' | 'minimax-01' | 'mistral' | 'none' | 'phi3' | 'plamo2' | 'plamo3' | 'pocket-tts' | 'qwen' | 'qwen3-tts' | 'refact' | 'rwkv' | 'sentencepiece' | 'sentencepiece-or-bpe' | 'stablelm' | 'unigram' | 'wordpiece' | 'xlm-roberta' | 'xverse';

// convert/tokenizers/choice.ts
export interface TokenizerOptions {
    /** Rows of the embedding: the token list is filled up to it. The tokenizer's own size without it. */
    readonly vocabSize?: number | undefined;
    /** Rows of the vocabulary with its padding, where the configuration tells these apart (ChatGLM). */
    readonly paddedVocabSize?: number | undefined;
    /** Roles of special tokens to look up instead of the usual ones. */
    readonly roles?: readonly string[] | undefined;
    /** Name for `tokenizer.ggml.pre` instead of finding it out (`--pre`). */
    readonly pre?: string | undefined;
    readonly special?: readonly SpecialToken[];
    /** `type_vocab_size`: written as `tokenizer.ggml.token_type_count` (the BERT family). */
    readonly tokenTypeCount?: number | undefined;
    /** `general.architecture`, for the one model key that Mistral's way writes among the tokenizer's. */
    readonly architecture?: string | undefined;
    /** `--mistral-format`: a chat_template.jinja beside the tokenizer counts. */
    readonly mistralFormat?: boolean;
    /** False leaves out the chat template of a repository in Mistral's format that brings none. */
    readonly communityTemplate?: boolean;
    /** Tokens that stand for other parts of the model: in the last places, or behind all others. */
    readonly ownTokens?: readonly string[];
    /** Puts XLM-RoBERTa's mask token, which its model file lacks, in its place (Nomic's mixture of experts). */
    readonly maskToken?: boolean;
}

// registry/remote/upload-memory.ts
export interface UploadMemory {
    /** The upload's address, which is forgotten with this: two processes must not continue the same upload. */
    take(key: string): Promise<string | undefined>;
    /** `progress`: what is sent, and how far it is. */
    keep(key: string, location: string, progress?: UploadProgress): Promise<void>;
}

// registry/remote/upload-memory.ts
export interface UploadProgress {
    readonly name: string;
    readonly offset: number;
    readonly size: number;
}

// registry/remote/host-rules.ts
export interface UploadRules {
    /** Which row of the table this is, for messages. */
    readonly kind: string;
    /** Bytes of one PATCH when a blob goes in several; `whole` where only one PATCH or PUT is accepted. */
    readonly chunkSize: number | 'whole';
    /** False where a PATCH must not announce its length (it then goes in HTTP's own chunks). */
    readonly announceLength: boolean;
    /**
     * True where a long PATCH goes without its length, as Docker's own push has it: it can be ended in the middle then, and what
     * was sent counts.
     */
    readonly openEnded: boolean;
    /** Largest body of one PUT, bytes; larger blobs go in chunks. */
    readonly largestPut: number;
    /** Largest layer that the registry keeps, bytes. */
    readonly largestLayer: number;
    /** Largest layer that a usual installation keeps, where nothing certain is known, bytes. */
    readonly usualLayer: number;
    /** Largest manifest, bytes. */
    readonly largestManifest: number;
    /** Who says so. */
    readonly source: string;
}

// registry/remote/upload.ts
export interface UploadSettings {
    readonly rules: UploadRules;
    readonly sizes: ChunkSizes;
    readonly retryDelayMs: number;
    readonly memory?: UploadMemory;
    readonly onRetry?: (retry: {
        attempt: number;
        of: number;
        delayMs: number;
        error: SlipwayError;
    }) => void;
}

// evaluate/evaluate-models.ts
export interface UsedSettings {
    readonly contextSize: number;
    readonly chunks: number;
    /** Predictions that counted. */
    readonly scored: number;
    readonly sequences: number;
    readonly ubatch: number;
    readonly flashAttention: 'auto' | 'off' | 'on';
    /** Each chunk begins with the vocabulary's first token. */
    readonly bosPerChunk: boolean;
    readonly threads: number;
    /** Bits of the base's log-probabilities. */
    readonly baseBits?: 16 | 32;
}

// gguf/content.ts
export declare const VALUE_TYPES: readonly ["UINT8", "INT8", "UINT16", "INT16", "UINT32", "INT32", "FLOAT32", "BOOL", "STRING", "ARRAY", "UINT64", "INT64", "FLOAT64"];

// stages/trust/verify-stage.ts
export declare const VERIFY_OPTIONS: {
    readonly policy: {
        readonly kind: "path";
        readonly required: true;
        readonly value: "file";
        readonly help: "policy file (YAML) that it must satisfy";
    };
};

// package/variant.ts
export interface VariantStatement {
    readonly predicateType: string;
    readonly predicate: Readonly<Record<string, unknown>>;
}

// run/weight-errors.ts
export interface VariantWeightError extends RoundingError {
    readonly variant: string;
    /** In the order in which they were written. */
    readonly tensors: readonly TensorWeightError[];
}

// trust/verify/verification-report.ts
export type Verdict = 'accepted' | 'refused' | 'undecided';

// trust/bundle/bundle.ts
export type VerificationMaterial = {
    readonly kind: 'key';
    readonly hint: string;
} | {
    readonly kind: 'certificate';
    readonly chain: readonly Buffer[];
};

// trust/verify/verification-report.ts
export interface VerifiedBy {
    readonly subject: Digest;
    readonly predicateType: string;
    /** Name of the identity in the policy. */
    readonly identity: string;
    /** Manifest or layer that holds the signature. */
    readonly where: string;
}

// stages/trust/verify-reference.ts
export interface VerifyReferenceOptions {
    readonly blobs?: boolean;
    readonly now?: Date;
    /** The digest that it must be. */
    readonly digest?: Digest;
    /** Files with bundles that speak for it instead of what is attached. */
    readonly bundles?: readonly string[];
}

// convert/vocabulary.ts
export declare class VocabularyMemory {
    #private;
    /** What was read from the same files for the same choice, or what `read` gives. A failure is not remembered. */
    recall({ snapshot }: Repository, choice: TokenizerChoice, read: () => Promise<readonly KeyValue[]>): Promise<readonly KeyValue[]>;
}

// convert/vocabulary.ts
export interface VocabularyOptions {
    /** Name of the pre-tokenizer, for a tokenizer that is not recognised. */
    readonly pre?: string | undefined;
    /** Leaves out the chat template that a model in Mistral's own format gets when it brings none. */
    readonly disableMistralCommunityChatTemplate?: boolean | undefined;
}

// run/summary.ts
export interface WarningSummary {
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    /** All files that it is about. */
    readonly files?: readonly string[];
}

// evaluate/weight-error.ts
export interface WeightErrorOptions {
    /** Widens rows: our own dequantizers. */
    readonly encoder: RowEncoder;
    readonly imatrix?: Imatrix | undefined;
    readonly signal?: AbortSignal | undefined;
    /** Called after each tensor. */
    readonly onTensor?: ((name: string) => void) | undefined;
}

// package/variant.ts
export type WeightRole = 'weight' | 'projector' | 'adapter' | 'draft' | 'imatrix';

// package/variant.ts
export type WeightRoles = ReadonlyMap<string, WeightRole>;

// evaluate/evaluation.ts
export interface WeightSummary {
    readonly rmse: number;
    readonly relative: number;
    readonly max: number;
    readonly weighted?: number;
    readonly tensors: number;
    readonly unmatched: readonly string[];
    readonly worst: readonly TensorError[];
}

// trust/verify/agreement-checks.ts
export interface WeightsSaid {
    readonly architecture?: string | undefined;
    /** Name of `general.file_type`: `Q4_K_M`. */
    readonly fileType?: string | undefined;
    /** `general.quantization_version`. */
    readonly quantizationVersion?: number | undefined;
    readonly tensors: number;
    /** SHA-256 of the chat template, lower-case hex. */
    readonly chatTemplateSha256?: string | undefined;
}

// testing/xet-shard.ts
export interface XetFile {
    readonly hash: string;
    readonly size: number;
    /** Hexadecimal; missing where the writer left it out. */
    readonly sha256: string | undefined;
    readonly terms: readonly XetTerm[];
}

// testing/xet-store.ts
export interface XetRange {
    readonly chunks: {
        readonly start: number;
        readonly end: number;
    };
    readonly bytes: {
        readonly start: number;
        readonly end: number;
    };
}

// testing/xet-store.ts
export interface XetReconstruction {
    /** Bytes of the first chunk that lie before the range. */
    readonly offset: number;
    readonly terms: readonly XetTerm[];
    readonly ranges: ReadonlyMap<string, readonly XetRange[]>;
}

// testing/xet-shard.ts
export interface XetTerm {
    readonly xorb: string;
    /** Bytes that the chunks have when they are unpacked. */
    readonly length: number;
    /** The first chunk, and the one after the last. */
    readonly start: number;
    readonly end: number;
}

// quantize/file-types.ts
export declare function fileTypeProblem(name: string): string | undefined;

// stages/options/deploy-options.ts
export declare function targetProblem(name: string): string | undefined;
