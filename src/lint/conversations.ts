import type { RenderCase } from '../../workers/render-messages.js';

/** Marks that a rendered conversation has to contain: what the messages say. */
export const SAID: {
  readonly user: string;
  readonly assistant: string;
  readonly again: string;
  readonly system: string;
} = {
  user: 'What is two and two?',
  assistant: 'It is four.',
  again: 'And two more?',
  system: 'Answer in one sentence.',
};

type Message = Readonly<Record<string, unknown>>;

const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'add_numbers',
      description: 'Adds two numbers.',
      parameters: {
        type: 'object',
        properties: {
          first: { type: 'number', description: 'one' },
          second: { type: 'number', description: 'another' },
        },
        required: ['first', 'second'],
      },
    },
  },
];

const user: Message = { role: 'user', content: SAID.user };
const assistant: Message = { role: 'assistant', content: SAID.assistant };
const again: Message = { role: 'user', content: SAID.again };
const system: Message = { role: 'system', content: SAID.system };
const TURNS = [user, assistant, again];

/** Content as a list of parts: what templates of models that also see want. */
function inParts({ role, content }: Message): Message {
  return { role, content: [{ type: 'text', text: content }] };
}

/** Forms in which servers hand a conversation over: content as a text or in parts, absent tools as none or not at all. */
export const FORMS: readonly string[] = ['', ' in parts', ' and nothing else'];

/** Two turns, with and without a system message and tools, in each form. */
export function conversations(tokens: Readonly<Record<string, string>>): RenderCase[] {
  const common = { ...tokens, add_generation_prompt: true };
  const cases: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ['plain', { messages: TURNS }],
    ['closed', { messages: [user, assistant], add_generation_prompt: false }],
    ['system', { messages: [system, ...TURNS] }],
    ['tools', { messages: TURNS, tools: TOOLS }],
    ['tools and system', { messages: [system, ...TURNS], tools: TOOLS }],
  ];
  // transformers hands absent tools and documents over as None, llama.cpp leaves them out.
  const absent = { tools: null, documents: null };
  return cases.flatMap(([name, values]) => {
    const parts = (values['messages'] as readonly Message[]).map(inParts);
    const forms = [{ ...absent, ...values }, { ...absent, ...values, messages: parts }, values];
    return forms.map((form, index) => ({ name: `${name}${FORMS[index] ?? ''}`, values: { ...common, ...form } }));
  });
}
