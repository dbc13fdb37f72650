import { createContext, toSlipwayError, type Digest, type NetworkOptions, type RunContext } from '../core/index.js';
import { parseJson, type JsonValue, type Snapshot } from '../files/index.js';
import { artifactSnapshot } from '../package/index.js';
import { parseManifest, type Descriptor } from '../registry/index.js';
import { openRunTarget } from '../stages/index.js';

/** How an artifact is reached. */
export interface OpenArtifactOptions {
  readonly env?: RunContext['env'];
  readonly credentials?: RunContext['credentials'];
  readonly network?: NetworkOptions;
  readonly signal?: AbortSignal;
}

/** An artifact that was opened: its manifest is read, its layers are not. To be closed. */
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
  files(options?: { readonly variant?: string; readonly include?: readonly string[] }): Promise<Snapshot>;
  /** Ends its connections. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens an artifact: `host/repository:tag`, `…@sha256:…`, `oci://…` or `layout:./directory:tag`. Reads its manifest only.
 * Rejects with a SlipwayError: `OCI_NOT_FOUND`, `OCI_UNAUTHORIZED`, `USAGE` …
 */
export async function openArtifact(reference: string, options: OpenArtifactOptions = {}): Promise<OpenedArtifact> {
  const context = createContext(options);
  try {
    return await opened(reference, context, () => context.close());
  } catch (error) {
    await context.close();
    throw toSlipwayError(error);
  }
}

async function opened(address: string, context: RunContext, close: () => Promise<void>): Promise<OpenedArtifact> {
  const { target, tag, digest } = openRunTarget(address, context, 'inspect');
  const name = digest ?? tag ?? 'latest';
  const { descriptor, bytes } = await target.readManifest(name, context.signal);
  const parsed = parseManifest(bytes, name, descriptor.mediaType);
  const members = parsed.kind === 'manifest' ? [] : parsed.manifests;
  const parts = parsed.kind === 'manifest' ? parsed.blobs : members;
  return {
    reference: `${target.name}@${descriptor.digest}`,
    digest: descriptor.digest,
    mediaType: descriptor.mediaType,
    artifactType: descriptor.artifactType,
    annotations: parsed.annotations,
    size: parts.reduce((sum, { size }) => sum + size, 0),
    manifest: parseJson(new TextDecoder().decode(bytes), name),
    members,
    files: async (options = {}) =>
      artifactSnapshot(
        { target, reference: descriptor.digest, name: target.name },
        { ...options, signal: context.signal },
      ),
    close,
    [Symbol.asyncDispose]: close,
  };
}
