import { optionTable, type OptionsOf } from '../../core/index.js';
import { ARTIFACT_FORMATS, type FormatOptions } from '../../package/index.js';

/** Most of a 32-bit count. */
const LARGEST_COUNT = 4_294_967_295;
/** A template or a system prompt is a page of text. */
const LONGEST_TEXT = 1_048_576;

/** What `pack` can be told. */
export const PACK_OPTIONS = optionTable({
  /** Packaging formats; `modelpack` unless given. Raw formats share their blobs. */
  formats: {
    kind: 'choice',
    choice: ARTIFACT_FORMATS,
    open: true,
    list: true,
    value: 'name',
    help: 'packaging format',
    group: 'Packaging',
  },
  /** Also one OCI index over all variants, by which a client chooses; one for each format. */
  index: { kind: 'flag', help: 'also an OCI index over the variants', group: 'Packaging' },
  /** Annotations of every manifest. */
  annotations: {
    kind: 'pairs',
    help: 'annotation of the manifest',
    example: '--annotation org.opencontainers.image.licenses=Apache-2.0',
    group: 'Packaging',
  },
  /** Name of the model; the source's unless given. */
  name: { kind: 'text', value: 'name', help: "the model's name", group: 'Packaging' },
  /** Publish an artifact that holds no weights; refused unless asked for. */
  allowNoWeights: { kind: 'flag', help: 'publish an artifact without weights, too', group: 'Packaging' },
  /**
   * The model that an adapter belongs on: a reference, whose digest is recorded, `sha256:…`, or a name on the Hub. What
   * the adapter says of itself unless given.
   */
  adapterBase: {
    kind: 'text',
    value: 'ref',
    help: 'the model that an adapter belongs on: a reference, or org/name',
    group: 'Packaging',
  },
  modelSpec: {
    kind: 'options',
    help: 'of the formats modelpack and cnai',
    rows: {
      /** Writes `file.metadata+json` on every layer (RamaLama's reader wants it). Left out unless asked for. */
      fileMetadata: {
        kind: 'flag',
        help: 'modelpack, cnai: file metadata on layers, for RamaLama',
        group: 'Packaging',
      },
      /** README and LICENSE under the names that Harbor looks for; true unless given. */
      harborNames: {
        kind: 'flag',
        off: true,
        help: 'modelpack, cnai: README and licence keep their names',
        group: 'Packaging',
      },
    },
  },
  kitops: {
    kind: 'options',
    help: 'of the format kitops',
    rows: {
      /** `tar` (the default) is read by every release; `raw` shares blobs with other formats and needs a KitOps newer than 1.7. */
      layers: {
        kind: 'choice',
        choice: ['tar', 'raw'],
        value: 'form',
        help: 'kitops: raw shares blobs, tar is read by every kit',
        group: 'Packaging',
      },
    },
  },
  modelcar: {
    kind: 'options',
    help: 'of the format modelcar',
    rows: {
      /** Processor of the nodes that pull it (`amd64`, `arm64`): an image must name one. `amd64` unless given. */
      architecture: {
        kind: 'text',
        value: 'name',
        help: 'modelcar: processor of the nodes that pull it; amd64',
        group: 'Packaging',
      },
      /** An image with a shell that is put below the model, for KServe's sidecar: pinned by digest, its layers mounted or copied. */
      base: {
        kind: 'text',
        value: 'image',
        help: "modelcar: an image with a shell below the model, for KServe's oci://",
        group: 'Packaging',
      },
    },
  },
  oras: {
    kind: 'options',
    help: 'of the format oras',
    rows: {
      artifactType: { kind: 'text', value: 'type', help: 'oras: artifact type of the manifest', group: 'Packaging' },
    },
  },
  ollama: {
    kind: 'options',
    help: 'of the format ollama',
    rows: {
      /** A template in Go's language; else a known one is chosen by the model's chat template. */
      template: {
        kind: 'text',
        orFile: true,
        most: LONGEST_TEXT,
        help: 'ollama: template in Go, or @FILE',
        group: 'Packaging',
      },
      system: {
        kind: 'text',
        orFile: true,
        most: LONGEST_TEXT,
        help: 'ollama: system prompt, or @FILE',
        group: 'Packaging',
      },
      /** They win over what the model's makers recommend. */
      parameters: {
        kind: 'settings',
        help: 'ollama: temperature=0.7, num_ctx=8192, …',
        example: '--ollama-parameters temperature=0.7',
        flag: 'ollama-parameters',
        group: 'Packaging',
        rows: {
          temperature: { kind: 'number', help: 'how freely it chooses' },
          top_k: { kind: 'count', least: 0, most: LARGEST_COUNT, help: 'from how many tokens it chooses' },
          top_p: { kind: 'number', help: 'from which share of the probability it chooses' },
          min_p: { kind: 'number', help: 'least probability beside that of the best token' },
          repeat_penalty: { kind: 'number', help: 'how much less a token counts that was just said' },
          num_ctx: { kind: 'count', least: 0, most: LARGEST_COUNT, help: 'tokens of context' },
          stop: { kind: 'text', list: true, help: 'text that ends an answer' },
        },
      },
    },
  },
  /** Largest weights file in bytes, or `2G`, `500M`: a larger GGUF is cut into files with gguf-split's names. */
  splitMaxSize: { kind: 'size', help: 'cut a GGUF that is larger: 2G, 500M', group: 'Packaging' },
});

/** How artifacts are made of variants. */
export type PackStageOptions = OptionsOf<typeof PACK_OPTIONS> & Pick<FormatOptions, 'docker'>;
