import type { Digest } from '../core/index.js';
import type { GgufMetadata } from '../gguf/index.js';
import type { ArtifactFormat, ArtifactShape } from '../package/index.js';

/** What a file is to the server. */
export type FileRole = 'weights' | 'projector' | 'adapter' | 'draft' | 'settings' | 'template' | 'document';

/** A file of the artifact, by the name that it has where the artifact is mounted or pulled. */
export interface ServedFile {
  readonly path: string;
  readonly size: number;
  readonly role: FileRole;
}

/** What the model is asked for. */
export type ModelTask = 'generate' | 'embed' | 'rerank';

/** Everything that a deployment needs to know about an artifact; read from its manifest and headers, no weight is read. */
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

/** Files of a role, in the order of their names. */
export function filesOf(model: ServedModel, role: FileRole): readonly ServedFile[] {
  return model.files.filter((file) => file.role === role);
}

/** Bytes of all files. */
export function servedBytes(files: readonly ServedFile[]): number {
  return files.reduce((sum, file) => sum + file.size, 0);
}
