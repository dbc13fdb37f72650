import { Socket } from 'node:net';
import { Template } from '@huggingface/jinja';
import { encodeFrame, FrameReader, type FrameValue } from './frames.js';

// A process of its own (src/evaluate starts it): a chat template is a program of a stranger's, which may never end.

interface Request {
  readonly id: number;
  readonly method: string;
  readonly values: readonly FrameValue[];
}

const CONNECTION = 3;
/** Templates ask for today's date; a test that repeats itself has one date: noon of 26 July 2024. */
const NOW = 1_721_995_200_000;

const connection = new Socket({ fd: CONNECTION, readable: true, writable: true });

/** The one date of this process. */
class FixedDate extends Date {
  constructor() {
    super(NOW);
  }
}
process.env['TZ'] = 'UTC';
Object.assign(globalThis, { Date: FixedDate });

function render(values: readonly FrameValue[]): string {
  const [template = '', prompt = '', bos = ''] = values.filter((value) => typeof value === 'string');
  return new Template(template).render({
    messages: [{ role: 'user', content: prompt }],
    add_generation_prompt: true,
    bos_token: bos,
    eos_token: '',
  });
}

function answer({ id, values }: Request): FrameValue {
  try {
    return { id, value: render(values) };
  } catch (error) {
    return { id, error: { code: 'TEMPLATE', message: error instanceof Error ? error.message : String(error) } };
  }
}

const reader = new FrameReader();
connection.on('data', (chunk: Buffer) => {
  for (const request of reader.push(chunk)) {
    for (const piece of encodeFrame(answer(request as unknown as Request))) connection.write(piece);
  }
});
connection.on('end', () => process.exit(0));
connection.on('error', () => process.exit(1));
