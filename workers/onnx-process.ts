import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { encodeFrame, FrameReader, type FrameValue } from './frames.js';

// A process of its own (src/evaluate starts it, in an empty directory): onnxruntime runs a stranger's graph.

interface Request {
  readonly id: number;
  readonly method: string;
  readonly values: readonly FrameValue[];
}

/** A tensor as it crosses the connection: its bytes, little endian. */
interface WireTensor {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

interface Session {
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, RuntimeTensor>>>;
  release(): Promise<void>;
}

interface RuntimeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayBufferView | readonly string[];
}

interface Runtime {
  readonly InferenceSession: { create(model: string | Uint8Array, options: object): Promise<Session> };
  readonly Tensor: new (type: string, data: ArrayBufferView, dims: readonly number[]) => unknown;
}

const ARRAYS: Readonly<Record<string, new (buffer: ArrayBuffer) => ArrayBufferView>> = {
  float32: Float32Array,
  float64: Float64Array,
  // Half floats are bits to the runtime's interface.
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
};
/** One thread, nothing kept for later, nothing written, no profile. */
const OPTIONS = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  enableCpuMemArena: false,
  executionMode: 'sequential',
  logSeverityLevel: 3,
} as const;
const CONNECTION = 3;

const connection = new Socket({ fd: CONNECTION, readable: true, writable: true });
const sessions: Session[] = [];
let runtime: Runtime | undefined;

async function call({ method, values }: Request): Promise<FrameValue> {
  const [first, second] = values;
  if (method === 'open') {
    runtime = createRequire(import.meta.url)(first as string) as Runtime;
    return true;
  }
  if (runtime === undefined) throw new Error('the runtime is not open');
  if (method === 'load') {
    sessions.push(await runtime.InferenceSession.create(first as string | Uint8Array, OPTIONS));
    return sessions.length - 1;
  }
  const session = sessions[first as number];
  if (session === undefined || method !== 'run') throw new Error(`there is no method ${method}`);
  return run(session, second as unknown as readonly WireTensor[], runtime);
}

async function run(session: Session, inputs: readonly WireTensor[], { Tensor }: Runtime): Promise<FrameValue> {
  const feeds = Object.fromEntries(
    inputs.map(({ name, type, dims, data }) => {
      const Kind = ARRAYS[type];
      if (Kind === undefined) throw new Error(`inputs of type ${type} cannot be given`);
      return [name, new Tensor(type, new Kind(new Uint8Array(data).buffer), dims)];
    }),
  );
  const outputs = await session.run(feeds);
  return session.outputNames.map((name): FrameValue => {
    const output = outputs[name];
    const isData = output !== undefined && ArrayBuffer.isView(output.data);
    const data = isData ? bytesOf(output.data) : new Uint8Array();
    return { name, type: output?.type ?? 'none', dims: [...(output?.dims ?? [])], data };
  });
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

async function answer(request: Request): Promise<FrameValue> {
  const { id } = request;
  try {
    return { id, value: await call(request) };
  } catch (error) {
    return { id, error: { code: 'ONNXRUNTIME', message: error instanceof Error ? error.message : String(error) } };
  }
}

const reader = new FrameReader();
// One after another: the parent counts on the order.
const waiting: Request[] = [];
let isBusy = false;

async function work(): Promise<void> {
  if (isBusy) return;
  isBusy = true;
  for (let request = waiting.shift(); request !== undefined; request = waiting.shift()) {
    for (const piece of encodeFrame(await answer(request))) connection.write(piece);
  }
  isBusy = false;
}

connection.on('data', (chunk: Buffer) => {
  for (const message of reader.push(chunk)) waiting.push(message as unknown as Request);
  void work();
});
connection.on('end', () => process.exit(0));
connection.on('error', () => process.exit(1));
