/** Element types of TensorProto (onnx.proto), with bits of one element; 0 for texts. */
export const ELEMENT_TYPES: ReadonlyMap<number, readonly [name: string, bits: number]> = new Map([
  [1, ['float32', 32]],
  [2, ['uint8', 8]],
  [3, ['int8', 8]],
  [4, ['uint16', 16]],
  [5, ['int16', 16]],
  [6, ['int32', 32]],
  [7, ['int64', 64]],
  [8, ['string', 0]],
  [9, ['bool', 8]],
  [10, ['float16', 16]],
  [11, ['float64', 64]],
  [12, ['uint32', 32]],
  [13, ['uint64', 64]],
  [14, ['complex64', 64]],
  [15, ['complex128', 128]],
  [16, ['bfloat16', 16]],
  [17, ['float8e4m3fn', 8]],
  [18, ['float8e4m3fnuz', 8]],
  [19, ['float8e5m2', 8]],
  [20, ['float8e5m2fnuz', 8]],
  [21, ['uint4', 4]],
  [22, ['int4', 4]],
  [23, ['float4e2m1', 4]],
  [24, ['float8e8m0', 8]],
  [25, ['uint2', 2]],
  [26, ['int2', 2]],
]);

/** An input or an output. Dimensions without a name or a size are empty texts. */
export interface OnnxValue {
  readonly name: string;
  /** `float32`, `int64`; `sequence`, `map`, `optional` for what is no tensor. */
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/** Data of a tensor in another file. */
export interface ExternalData {
  readonly tensor: string;
  readonly location: string;
  readonly offset: number;
  /** Bytes; to the file's end when absent. */
  readonly length?: number;
}

/** What an ONNX file says about itself, read without its weights. */
export interface OnnxModel {
  readonly irVersion: number;
  readonly producer: string;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
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
  readonly byType: ReadonlyMap<string, { readonly tensors: number; readonly bytes: number }>;
  readonly external: readonly ExternalData[];
  readonly metadata: ReadonlyMap<string, string>;
}
