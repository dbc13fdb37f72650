import { countText } from '../core/index.js';
import type { ModelFile } from '../files/index.js';
import { safeLocation } from './external-data.js';
import { ELEMENT_TYPES, type ExternalData, type OnnxModel, type OnnxValue } from './onnx-model.js';
import { ProtobufCursor, type Field } from './protobuf-cursor.js';

/** Graphs within graphs, as of loops and branches. */
const DEPTH_LIMIT = 32;
/** Tensors, nodes and values of one file. */
const ENTRY_LIMIT = 5_000_000;
/** Domains whose operators every runtime has, or that define their operators in the file. */
const OWN_DOMAINS: ReadonlySet<string> = new Set([
  '',
  'ai.onnx',
  'ai.onnx.ml',
  'ai.onnx.training',
  'ai.onnx.preview.training',
]);
/** Dimensions that a shape may have. */
const RANK_LIMIT = 256;
/** Weights that one tensor may claim. */
const ELEMENT_LIMIT = 2n ** 48n;

/**
 * Reads what an ONNX file says about itself (onnx.proto): opsets, inputs, outputs, tensors by type, external files,
 * operators. Weights are skipped, so that a file behind HTTP is read by ranges. Depth, counts and lengths are bounded.
 * Throws `ONNX_INVALID`, and `PATH_UNSAFE` for external data outside of the model's folder.
 */
export async function readOnnx(file: ModelFile, signal?: AbortSignal): Promise<OnnxModel> {
  const reader = new OnnxReader(new ProtobufCursor(file, signal));
  return reader.model(file.size);
}

interface Sizes {
  tensors: number;
  bytes: number;
}

class OnnxReader {
  readonly #cursor: ProtobufCursor;
  readonly #operators = new Map<string, number>();
  readonly #byType = new Map<string, Sizes>();
  readonly #external: ExternalData[] = [];
  readonly #functionDomains = new Set<string>();
  readonly #inputs: OnnxValue[] = [];
  readonly #outputs: OnnxValue[] = [];
  #nodes = 0;
  #initializers = 0;
  #weights = 0;
  #weightBytes = 0;
  #entries = 0;
  #graph = '';

  constructor(cursor: ProtobufCursor) {
    this.#cursor = cursor;
  }

  async model(size: number): Promise<OnnxModel> {
    const cursor = this.#cursor;
    let irVersion = 0;
    const producer: string[] = [];
    const opsets: { domain: string; version: number }[] = [];
    const metadata = new Map<string, string>();
    let graphs = 0;
    for await (const field of cursor.fields(0, size)) {
      if (field.number === 1 && field.wire === 0) irVersion = Number(field.value);
      else if (field.number === 2 || field.number === 3) producer.push(await this.#text(field));
      else if (field.number === 8) opsets.push(await this.#opset(field));
      else if (field.number === 7) {
        graphs += 1;
        await this.#graphOf(this.#message(field), 0);
      } else if (field.number === 14) {
        const [key, value] = await this.#pair(field);
        metadata.set(key, value);
      } else if (field.number === 25) await this.#functionOf(field);
      // Training information (20) holds graphs of its own.
      else if (field.number === 20) await this.#trainingOf(field);
    }
    if (graphs !== 1 || irVersion < 1) throw cursor.invalid(`has ${graphs} graphs and IR version ${irVersion}`);
    return {
      irVersion,
      producer: producer.join(' '),
      opsets,
      graph: this.#graph,
      inputs: this.#inputs,
      outputs: this.#outputs,
      nodes: this.#nodes,
      operators: this.#operators,
      customDomains: this.#customDomains(),
      initializers: this.#initializers,
      weightBytes: this.#weightBytes,
      weights: this.#weights,
      byType: this.#byType,
      external: this.#external,
      metadata,
    };
  }

  #customDomains(): string[] {
    const used = [...this.#operators.keys()].map((name) =>
      name.includes(':') ? name.slice(0, name.indexOf(':')) : '',
    );
    return [...new Set(used)].filter((domain) => !OWN_DOMAINS.has(domain) && !this.#functionDomains.has(domain)).sort();
  }

  async #graphOf(graph: Field, depth: number): Promise<void> {
    if (depth > DEPTH_LIMIT) throw this.#cursor.invalid(`nests graphs more than ${DEPTH_LIMIT} deep`);
    for await (const field of this.#cursor.fields(graph.start, graph.end)) {
      if (field.number === 1) await this.#nodeOf(this.#message(field), depth);
      else if (field.number === 2 && depth === 0) this.#graph = await this.#text(field);
      else if (field.number === 5) {
        this.#initializers += 1;
        await this.#tensorOf(this.#message(field));
      } else if (field.number === 15) {
        this.#initializers += 1;
        await this.#sparseOf(this.#message(field));
      } else if (field.number === 11 && depth === 0) this.#inputs.push(await this.#valueOf(this.#message(field)));
      else if (field.number === 12 && depth === 0) this.#outputs.push(await this.#valueOf(this.#message(field)));
    }
  }

  async #nodeOf(node: Field, depth: number): Promise<void> {
    this.#count();
    this.#nodes += 1;
    let [operator, domain] = ['', ''];
    for await (const field of this.#cursor.fields(node.start, node.end)) {
      if (field.number === 4) operator = await this.#text(field);
      else if (field.number === 7) domain = await this.#text(field);
      else if (field.number === 5) await this.#attributeOf(this.#message(field), depth);
    }
    const name = domain === '' || domain === 'ai.onnx' ? operator : `${domain}:${operator}`;
    this.#operators.set(name, (this.#operators.get(name) ?? 0) + 1);
  }

  /** Attributes may hold tensors, sparse tensors and graphs: one (5, 22, 6) or several (10, 23, 11). */
  async #attributeOf(attribute: Field, depth: number): Promise<void> {
    for await (const field of this.#cursor.fields(attribute.start, attribute.end)) {
      if (field.number === 5 || field.number === 10) await this.#tensorOf(this.#message(field));
      else if (field.number === 22 || field.number === 23) await this.#sparseOf(this.#message(field));
      else if (field.number === 6 || field.number === 11) await this.#graphOf(this.#message(field), depth + 1);
    }
  }

  async #functionOf(field: Field): Promise<void> {
    const { start, end } = this.#message(field);
    for await (const part of this.#cursor.fields(start, end)) {
      if (part.number === 7) await this.#nodeOf(this.#message(part), 1);
      else if (part.number === 10) this.#functionDomains.add(await this.#text(part));
    }
  }

  async #trainingOf(field: Field): Promise<void> {
    const { start, end } = this.#message(field);
    for await (const part of this.#cursor.fields(start, end)) {
      if (part.number === 1 || part.number === 2) await this.#graphOf(this.#message(part), 1);
    }
  }

  async #sparseOf(sparse: Field): Promise<void> {
    for await (const field of this.#cursor.fields(sparse.start, sparse.end)) {
      if (field.number === 1 || field.number === 2) await this.#tensorOf(this.#message(field));
    }
  }

  async #tensorOf(tensor: Field): Promise<void> {
    this.#count();
    let name = '';
    let type = 0;
    let elements = 1n;
    let rank = 0;
    let stored = 0;
    let isExternal = false;
    const pairs = new Map<string, string>();
    for await (const field of this.#cursor.fields(tensor.start, tensor.end)) {
      if (field.number === 1) {
        for (const dimension of await this.#cursor.integers(field)) {
          rank += 1;
          if (rank > RANK_LIMIT) throw this.#cursor.invalid(`has a tensor of more than ${RANK_LIMIT} dimensions`);
          elements *= checkedDimension(dimension, this.#cursor);
          // Before the product of many large ones is a number that takes long.
          if (elements > ELEMENT_LIMIT) throw this.#cursor.invalid(`has a tensor of ${elements} elements`);
        }
      } else if (field.number === 2) type = Number(field.value);
      else if (field.number === 8) name = await this.#text(field);
      else if (field.number === 9) stored += field.end - field.start;
      else if (field.number === 13) pairs.set(...(await this.#pair(field)));
      else if (field.number === 14) isExternal = field.value === 1n;
    }
    const [typeName, bits] = ELEMENT_TYPES.get(type) ?? [`type ${type}`, 0];
    const bytes = Math.ceil((Number(elements) * bits) / 8);
    if (isExternal || pairs.size > 0) this.#external.push(this.#externalOf(name, pairs, bytes));
    else if (stored > 0 && bits > 0 && stored !== bytes) {
      throw this.#cursor.invalid(
        `has ${countText(stored, 'byte')} for tensor '${name.slice(0, 80)}', its shape needs ${bytes}`,
      );
    }
    this.#weights += Number(elements);
    this.#weightBytes += bytes;
    const known = this.#byType.get(typeName) ?? { tensors: 0, bytes: 0 };
    this.#byType.set(typeName, { tensors: known.tensors + 1, bytes: known.bytes + bytes });
  }

  #externalOf(tensor: string, pairs: ReadonlyMap<string, string>, bytes: number): ExternalData {
    const location = safeLocation(this.#cursor.path, pairs.get('location') ?? '');
    const [offset, length] = ['offset', 'length'].map((key) => pairs.get(key));
    const number = (text: string | undefined): number =>
      text === undefined ? 0 : /^\d{1,15}$/.test(text) ? Number(text) : -1;
    if (number(offset) < 0 || number(length) < 0) {
      throw this.#cursor.invalid(`has tensor '${tensor.slice(0, 80)}' at offset ${offset}, length ${length}`);
    }
    if (length !== undefined && bytes > 0 && number(length) !== bytes) {
      throw this.#cursor.invalid(
        `has ${length} external bytes for tensor '${tensor.slice(0, 80)}', its shape needs ${bytes}`,
      );
    }
    return { tensor, location, offset: number(offset), ...(length !== undefined && { length: number(length) }) };
  }

  async #valueOf(value: Field): Promise<OnnxValue> {
    this.#count();
    let name = '';
    let type = 'unknown';
    let shape: (number | string)[] = [];
    for await (const field of this.#cursor.fields(value.start, value.end)) {
      if (field.number === 1) name = await this.#text(field);
      if (field.number !== 2) continue;
      const { start, end } = this.#message(field);
      for await (const kind of this.#cursor.fields(start, end)) {
        if (kind.number === 1) [type, shape] = await this.#tensorTypeOf(this.#message(kind));
        else type = { 4: 'sequence', 5: 'map', 8: 'sparse tensor', 9: 'optional' }[kind.number] ?? type;
      }
    }
    return { name, type, shape };
  }

  async #tensorTypeOf(type: Field): Promise<[string, (number | string)[]]> {
    let name = 'unknown';
    const shape: (number | string)[] = [];
    for await (const field of this.#cursor.fields(type.start, type.end)) {
      if (field.number === 1) name = ELEMENT_TYPES.get(Number(field.value))?.[0] ?? `type ${field.value}`;
      if (field.number !== 2) continue;
      const { start, end } = this.#message(field);
      for await (const dimension of this.#cursor.fields(start, end)) {
        if (shape.length >= RANK_LIMIT) throw this.#cursor.invalid(`has a shape of more than ${RANK_LIMIT} dimensions`);
        if (dimension.number === 1) shape.push(await this.#dimensionOf(this.#message(dimension)));
      }
    }
    return [name, shape];
  }

  async #dimensionOf(dimension: Field): Promise<number | string> {
    for await (const field of this.#cursor.fields(dimension.start, dimension.end)) {
      if (field.number === 1) return Number(checkedDimension(BigInt.asIntN(64, field.value), this.#cursor));
      if (field.number === 2) return this.#text(field);
    }
    return '';
  }

  async #opset(field: Field): Promise<{ domain: string; version: number }> {
    let [domain, version] = ['', 0];
    const { start, end } = this.#message(field);
    for await (const part of this.#cursor.fields(start, end)) {
      if (part.number === 1) domain = await this.#text(part);
      else if (part.number === 2) version = Number(part.value);
    }
    return { domain, version };
  }

  async #pair(field: Field): Promise<[string, string]> {
    let [key, value] = ['', ''];
    const { start, end } = this.#message(field);
    for await (const part of this.#cursor.fields(start, end)) {
      if (part.number === 1) key = await this.#text(part);
      else if (part.number === 2) value = await this.#text(part);
    }
    return [key, value];
  }

  async #text(field: Field): Promise<string> {
    return this.#cursor.text(this.#message(field));
  }

  #message(field: Field): Field {
    if (field.wire === 2) return field;
    throw this.#cursor.invalid(`has a number where a message or a text belongs, at ${field.start}`);
  }

  #count(): void {
    this.#entries += 1;
    if (this.#entries > ENTRY_LIMIT)
      throw this.#cursor.invalid(`has more than ${ENTRY_LIMIT} nodes, tensors and values`);
  }
}

function checkedDimension(dimension: bigint, cursor: ProtobufCursor): bigint {
  if (dimension < 0n || dimension > ELEMENT_LIMIT) throw cursor.invalid(`has a dimension of ${dimension}`);
  return dimension;
}
