import { createHash } from 'node:crypto';
import type { Digest } from '../../core/index.js';
import type { JsonObject } from '../../files/index.js';

/** Media type of a CycloneDX document. */
export const CYCLONEDX_TYPE = 'application/vnd.cyclonedx+json';

/** A number that was measured, as CycloneDX has it: values are text. */
export interface PerformanceMetric {
  readonly type: string;
  readonly value: string;
  /** What it was measured on. */
  readonly slice?: string;
  readonly confidenceInterval?: { readonly lowerBound: string; readonly upperBound: string };
}

/** What a bill of materials says about a model. */
export interface BomModel {
  readonly name: string;
  /** Of the artifact's manifest: also what the document's own number is made of. */
  readonly digest: Digest;
  /** `registry/repository`, without a tag. */
  readonly repository?: string;
  readonly version?: string;
  readonly description?: string;
  readonly vendor?: string;
  readonly authors?: readonly string[];
  readonly licenses: readonly string[];
  readonly architecture?: string;
  readonly parameters?: number;
  readonly quantization?: string;
  readonly bitsPerWeight?: number;
  readonly contextLength?: number;
  readonly task?: string;
  readonly datasets?: readonly string[];
  readonly baseModels?: readonly string[];
  /** What it was made from, when that is known. */
  readonly source?:
    | { readonly name: string; readonly url?: string | undefined; readonly revision: string; readonly isHub: boolean }
    | undefined;
  /** Options of the conversion and quantization, as text. */
  readonly recipe?: Readonly<Record<string, string>>;
  readonly chatTemplate?: { readonly sha256: string };
  readonly performance?: readonly PerformanceMetric[];
  readonly files: readonly { readonly path: string; readonly size: number; readonly digest: Digest }[];
  /** Of slipway itself. */
  readonly toolVersion: string;
}

/**
 * A CycloneDX 1.6 bill of materials of a model (ML-BOM). Deterministic: the same artifact gives the same bytes, so it has
 * a serial number that is made of the digest, and no time.
 */
export function mlBom(model: BomModel): JsonObject {
  const { name, version, description, vendor, authors, licenses, digest, repository } = model;
  const component = {
    type: 'machine-learning-model',
    'bom-ref': digest,
    name,
    version: version ?? digest,
    ...(description !== undefined && { description }),
    ...(vendor !== undefined && { publisher: vendor }),
    ...((authors ?? []).length > 0 && { authors: authors?.map((one) => ({ name: one })) ?? [] }),
    hashes: [sha256Hash(digest)],
    ...(licenses.length > 0 && { licenses: licensesOf(licenses) }),
    ...(repository !== undefined && { purl: ociPurl(repository, digest) }),
    ...pedigree(model),
    modelCard: modelCard(model),
  };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(digest)}`,
    version: 1,
    metadata: {
      tools: { components: [{ type: 'application', name: 'slipway', version: model.toolVersion }] },
      component: component as unknown as JsonObject,
    },
    components: [...model.files.map(fileComponent), ...templateComponent(model)],
    dependencies: [{ ref: digest, dependsOn: model.files.map((file) => refOf(file)) }],
  };
}

/** Lineage: what it was made from, and what that descends from. */
function pedigree({ source, baseModels = [], quantization, recipe }: BomModel): object {
  const ancestors = [
    ...(source === undefined
      ? []
      : [
          {
            type: 'machine-learning-model',
            name: source.name,
            version: source.revision,
            ...(source.isHub && { purl: `pkg:huggingface/${source.name}@${source.revision}` }),
            ...(source.url !== undefined && { externalReferences: [{ type: 'distribution', url: source.url }] }),
          },
        ]),
    ...baseModels
      .filter((name) => name !== source?.name)
      .map((name) => ({
        type: 'machine-learning-model',
        name,
        ...(/^[^/\s]+\/[^/\s]+$/.test(name) && { purl: `pkg:huggingface/${name}` }),
      })),
  ];
  if (ancestors.length === 0) return {};
  const how = Object.entries(recipe ?? {}).map(([key, value]) => `${key} ${value}`);
  const notes = [quantization === undefined ? '' : `quantized to ${quantization}`, ...how].filter(Boolean).join(', ');
  return { pedigree: { ancestors, ...(notes !== '' && { notes }) } };
}

function modelCard(model: BomModel): object {
  const { task, architecture, datasets = [], performance = [] } = model;
  const parameters = {
    ...(task !== undefined && { task }),
    ...(architecture !== undefined && { architectureFamily: architecture, modelArchitecture: architecture }),
    ...(datasets.length > 0 && { datasets: datasets.map((name) => ({ type: 'dataset', name })) }),
  };
  const properties = Object.entries({
    'slipway:parameters': model.parameters,
    'slipway:quantization': model.quantization,
    'slipway:bitsPerWeight': model.bitsPerWeight?.toFixed(4),
    'slipway:contextLength': model.contextLength,
    'slipway:chatTemplateSha256': model.chatTemplate?.sha256,
    ...Object.fromEntries(Object.entries(model.recipe ?? {}).map(([key, value]) => [`slipway:recipe:${key}`, value])),
  }).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value: String(value) }]));
  return {
    ...(Object.keys(parameters).length > 0 && { modelParameters: parameters }),
    ...(performance.length > 0 && { quantitativeAnalysis: { performanceMetrics: performance } }),
    ...(properties.length > 0 && { properties }),
  };
}

function fileComponent(file: BomModel['files'][number]): JsonObject {
  return {
    type: 'file',
    'bom-ref': refOf(file),
    name: file.path,
    hashes: [sha256Hash(file.digest)],
    properties: [{ name: 'slipway:size', value: String(file.size) }],
  };
}

/** CycloneDX has no place for a template: it is recorded as a file of its own. */
function templateComponent({ chatTemplate }: BomModel): JsonObject[] {
  if (chatTemplate === undefined) return [];
  return [{ type: 'file', name: 'chat template', hashes: [{ alg: 'SHA-256', content: chatTemplate.sha256 }] }];
}

/** Two files may have the same bytes; references are unique in a document. */
function refOf({ path, digest }: BomModel['files'][number]): string {
  return `${path}@${digest}`;
}

/** An identifier of SPDX's list, or a name, or an expression: CycloneDX keeps them apart. */
function licensesOf(licenses: readonly string[]): object[] {
  const [only] = licenses;
  if (licenses.length === 1 && only !== undefined && / (AND|OR|WITH) /.test(only)) return [{ expression: only }];
  return licenses.map((one) => ({ license: /^LicenseRef-|\s/.test(one) ? { name: one } : { id: one } }));
}

function ociPurl(repository: string, digest: Digest): string {
  const name = repository.split('/').at(-1) ?? repository;
  return `pkg:oci/${encodeURIComponent(name)}@${encodeURIComponent(digest)}?repository_url=${encodeURIComponent(repository)}`;
}

function sha256Hash(digest: Digest): { alg: string; content: string } {
  return { alg: 'SHA-256', content: digest.slice('sha256:'.length) };
}

/** A name-based UUID (RFC 9562, version 8: the bits are ours) of a digest. */
function uuidOf(digest: Digest): string {
  const hex = createHash('sha256').update(`slipway mlbom ${digest}`).digest('hex');
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
