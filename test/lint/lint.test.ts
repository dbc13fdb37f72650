import { describe, expect, test } from 'vitest';
import { memoryFile, type ModelFile } from '../../src/files/index.js';
import { ggufFile, type GgufContent, type GgufTensor, type GgufValue } from '../../src/gguf/index.js';
import { LINT_RULES, lintModel, type LintCode, type LintInput } from '../../src/lint/index.js';
import { buildLlama } from '../../src/testing/index.js';

/** The files of a good model, some of them others, some left out. */
function changed(files: Readonly<Record<string, string | undefined>>): ModelFile[] {
  const own = Object.entries(files).flatMap(([path, text]) => (text === undefined ? [] : [memoryFile(path, text)]));
  return [...buildLlama().filter(({ path }) => !(path in files)), ...own];
}

const texts = new Map<string, Record<string, unknown>>();
for (const file of buildLlama().filter(({ path }) => path.endsWith('.json'))) {
  const parts: Uint8Array[] = [];
  for await (const chunk of file.read()) parts.push(chunk);
  texts.set(file.path, JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>);
}

/** A JSON file of the good model with other fields. */
function json(path: string, fields: Record<string, unknown>): Record<string, string> {
  return { [path]: JSON.stringify({ ...texts.get(path), ...fields }) };
}

const template = (text: string): Record<string, string> => json('tokenizer_config.json', { chat_template: text });
const LOOP = "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + eos_token }}{% endfor %}";
const tokenizer = (tokens: readonly string[]): string =>
  JSON.stringify({ model: { type: 'BPE', vocab: Object.fromEntries(tokens.map((text, id) => [text, id])) } });
const WORDS = ['<unk>', '<s>', '</s>', '<|im_start|>', '<|im_end|>', 'a'];

function tensor(name: string, dimensions: readonly number[]): GgufTensor {
  const size = dimensions.reduce((product, one) => product * one, 4);
  return {
    name,
    dimensions,
    type: 'F32',
    read: async function* read(range = { start: 0, end: size }) {
      yield await Promise.resolve(new Uint8Array(range.end - range.start));
    },
  };
}

const text = (value: string): GgufValue => ({ type: 'STRING', value });
const number = (value: number): GgufValue => ({ type: 'UINT32', value });
const real = (value: number): GgufValue => ({ type: 'FLOAT32', value });
const list = (value: readonly string[]): GgufValue => ({ type: 'ARRAY', items: 'STRING', value });

/** A small GGUF with other metadata. */
function gguf(keys: Readonly<Record<string, GgufValue | undefined>> = {}, rows = WORDS.length): ModelFile {
  const good: Record<string, GgufValue> = {
    'general.architecture': text('llama'),
    'general.license': text('apache-2.0'),
    'llama.context_length': number(2048),
    'tokenizer.ggml.model': text('gpt2'),
    'tokenizer.ggml.tokens': list(WORDS),
    'tokenizer.ggml.bos_token_id': number(1),
    'tokenizer.ggml.eos_token_id': number(2),
    'tokenizer.chat_template': text(LOOP),
  };
  const metadata = new Map(
    Object.entries({ ...good, ...keys }).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value] as const],
    ),
  );
  const content: GgufContent = { metadata, tensors: [tensor('token_embd.weight', [4, rows])] };
  return ggufFile('model.gguf', content);
}

async function whole(file: ModelFile): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of file.read()) parts.push(chunk);
  return Buffer.concat(parts);
}

async function found(input: Partial<LintInput> & { readonly files: readonly ModelFile[] }): Promise<string[]> {
  const { findings } = await lintModel({ name: 'm', ...input });
  return findings.map(({ code, level, where, at }) =>
    [level, code, where, at].filter((part) => part !== undefined).join(' '),
  );
}

test('a good model has nothing but notes', async () => {
  expect(await found({ files: changed({}) })).toEqual([
    'note template-tools-ignored tokenizer_config.json chat_template',
  ]);
  expect(await found({ files: [gguf()] })).toEqual([
    'note license-file-missing model.gguf general.license',
    'note template-tools-ignored model.gguf tokenizer.chat_template',
  ]);
});

const AT = 'tokenizer_config.json chat_template';

describe('a repository', () => {
  test.each<[string, Readonly<Record<string, string | undefined>>, string]>([
    [
      'a template that does not parse',
      template('{% for m in messages %}{{ m.content }'),
      `error template-syntax ${AT}`,
    ],
    ['a template that refuses everything', template("{{ raise_exception('no') }}"), `error template-render ${AT}`],
    ['a template that calls nothing', template('{{ nothing() }}'), `error template-render ${AT}`],
    ['a template that drops messages', template('{{ bos_token }}hello'), `error template-drops-content ${AT}`],
    [
      'a template that never ends',
      template(
        '{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}',
      ),
      `error template-endless ${AT}`,
    ],
    [
      'a template that eats memory',
      template("{% set ns = namespace(s=['x']) %}{% for a in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}"),
      `error template-endless ${AT}`,
    ],
    [
      'a template that refuses a system message',
      template(`{% if messages[0].role == 'system' %}{{ raise_exception('no') }}{% endif %}${LOOP}`),
      `note template-system ${AT}`,
    ],
    [
      'a template that loses a system message',
      template("{% for m in messages %}{% if m.role != 'system' %}{{ m.content + eos_token }}{% endif %}{% endfor %}"),
      `warning template-system ${AT}`,
    ],
    [
      'a template that fails with tools',
      template(`{% if tools %}{{ tools.nothing() }}{% endif %}${LOOP}`),
      `warning template-tools ${AT}`,
    ],
    [
      'a template with a token of another model',
      {
        ...template("{% for m in messages %}{{ '<|user|>' + m.content + eos_token }}{% endfor %}"),
        'tokenizer.json': tokenizer(WORDS),
      },
      `warning template-unknown-token ${AT}`,
    ],
    [
      'a template that ends turns with what ends nothing',
      {
        ...template("{% for m in messages %}{{ '<|im_start|>' + m.content + '<|im_end|>' }}{% endfor %}"),
        'tokenizer.json': tokenizer(WORDS),
      },
      `warning template-stop-token ${AT}`,
    ],
    [
      'a template that reaches for internals',
      template(`${LOOP}{{ ''.__class__ }}`),
      `warning template-suspicious ${AT}`,
    ],
    ['a template with hidden text', template(`${LOOP}\u200b`), `warning template-suspicious ${AT}`],
    ['two templates', { 'chat_template.jinja': `${LOOP}!` }, `warning template-differs ${AT}`],
    [
      'an end token that is not there',
      { ...json('tokenizer_config.json', { eos_token: '<|nowhere|>' }), 'tokenizer.json': tokenizer(WORDS) },
      'error special-token-missing tokenizer_config.json eos_token',
    ],
    [
      'no end token',
      {
        ...json('tokenizer_config.json', { eos_token: null }),
        ...json('config.json', { eos_token_id: null }),
        'generation_config.json': '{}',
        'special_tokens_map.json': '{}',
      },
      'warning special-token-missing tokenizer_config.json eos_token',
    ],
    [
      'end tokens that disagree',
      {
        ...json('generation_config.json', { eos_token_id: 4 }),
        ...json('config.json', { eos_token_id: 4 }),
        'tokenizer.json': tokenizer(WORDS),
      },
      'warning eos-disagrees generation_config.json eos_token_id',
    ],
    [
      'no context',
      json('config.json', { max_position_embeddings: 0 }),
      'error context-length config.json max_position_embeddings',
    ],
    [
      'a longer context in the tokenizer',
      json('tokenizer_config.json', { model_max_length: 99_999 }),
      'warning context-length tokenizer_config.json model_max_length',
    ],
    [
      'scaling without a factor',
      json('config.json', { rope_scaling: { rope_type: 'yarn' } }),
      'error rope-scaling config.json rope_scaling',
    ],
    [
      'scaling without a type',
      json('config.json', { rope_scaling: { factor: 2 } }),
      'warning rope-scaling config.json rope_scaling',
    ],
    [
      'scaling of no known type',
      json('config.json', { rope_scaling: { type: 'magic' } }),
      'warning rope-scaling config.json rope_scaling',
    ],
    [
      'a factor below one',
      json('config.json', { rope_scaling: { type: 'linear', factor: 0.5 } }),
      'error rope-scaling config.json rope_scaling',
    ],
    [
      'a context that scaling does not reach',
      json('config.json', { rope_scaling: { type: 'yarn', factor: 2, original_max_position_embeddings: 512 } }),
      'warning rope-scaling config.json rope_scaling',
    ],
    [
      'lists of another length',
      json('config.json', { rope_scaling: { type: 'longrope', short_factor: [1], long_factor: [1] } }),
      'error rope-scaling config.json rope_scaling',
    ],
    [
      'another size of the vocabulary',
      json('config.json', { vocab_size: 500 }),
      'error vocabulary-size model.safetensors model.embed_tokens.weight',
    ],
    [
      'an id beyond the vocabulary',
      { 'tokenizer.json': JSON.stringify({ model: { vocab: { a: 512 } } }) },
      'error vocabulary-size tokenizer.json',
    ],
    ['a broken configuration', { 'config.json': '{' }, 'error config-invalid config.json'],
    ['a list for a configuration', { 'config.json': '[]' }, 'error config-invalid config.json'],
    ['no configuration', { 'config.json': undefined }, 'warning file-missing model.safetensors'],
    ['no tokenizer', { 'tokenizer.model': undefined }, 'warning file-missing model.safetensors'],
    [
      'a shard that is not there',
      { 'model.safetensors.index.json': '{"weight_map":{"a":"model-00001-of-00002.safetensors"}}' },
      'error file-missing model.safetensors.index.json weight_map',
    ],
    ['a device name', { 'aux.txt': '' }, 'error name-unsafe aux.txt'],
    ['a name that differs in case', { 'CONFIG.json': '{}' }, 'error name-collision CONFIG.json'],
    ['broken weights', { 'model.safetensors': 'x'.repeat(64) }, 'error safetensors-invalid model.safetensors'],
    [
      'a pointer for weights',
      { 'model.safetensors': 'version https://git-lfs.github.com/spec/v1\nsize 5\n' },
      'error lfs-pointer model.safetensors',
    ],
    ['no licence', { 'README.md': '# x', LICENSE: undefined }, 'warning license-missing README.md'],
    [
      'a licence that is none',
      { 'README.md': '---\nlicense: my-own\n---\n' },
      'note license-not-spdx README.md license',
    ],
    [
      'a licence without a name',
      { 'README.md': '---\nlicense: other\n---\n' },
      'warning license-not-spdx README.md license',
    ],
    ['no text of the licence', { LICENSE: undefined }, 'note license-file-missing README.md license'],
    [
      'no text of a licence of its own',
      { 'README.md': '---\nlicense: llama3.1\n---\n', LICENSE: undefined },
      'warning license-file-missing README.md license',
    ],
    ['a pickle beside', { 'pytorch_model.bin': 'PK\u0003\u0004' }, 'warning code-pickle pytorch_model.bin'],
    ['a pickle under a false name', { 'vocab.txt': 'cos\nsystem\n' }, 'error code-disguised vocab.txt'],
    [
      'remote code',
      json('config.json', { auto_map: { AutoModel: 'modeling_x.X' } }),
      'warning code-remote config.json auto_map',
    ],
    ['a program', { 'modeling_x.py': '' }, 'note code-files modeling_x.py'],
  ])(
    '%s',
    async (_name, files, expected) => {
      const own = changed(files).map((file) => ({ ...file, onDisk: `/nowhere/${file.path}` }));
      expect(await found({ files: own })).toContain(expected);
    },
    30_000,
  );

  test('of pickles only has no weights, and pickles are errors', async () => {
    const files = [memoryFile('pytorch_model.bin', '\u0080\u0002}'), memoryFile('LICENSE', '')];
    expect(await found({ files })).toEqual(['error code-pickle pytorch_model.bin', 'warning weights-missing m']);
  });

  test('that is about to travel has what can run code as an error', async () => {
    const files = changed({ 'optimizer.pt': 'x', 'run.sh': '' });
    const all = await found({ files, travels: true });
    expect(all).toContain('error code-pickle optimizer.pt');
    expect(all).toContain('warning code-files run.sh');
  });
});

describe('a GGUF', () => {
  test.each<[string, ModelFile, string]>([
    [
      'no architecture',
      gguf({ 'general.architecture': undefined }),
      'error gguf-invalid model.gguf general.architecture',
    ],
    ['no context', gguf({ 'llama.context_length': undefined }), 'error context-length model.gguf llama.context_length'],
    [
      'an end beyond the vocabulary',
      gguf({ 'tokenizer.ggml.eos_token_id': number(99) }),
      'error special-token-range model.gguf tokenizer.ggml.eos_token_id',
    ],
    [
      'no end',
      gguf({ 'tokenizer.ggml.eos_token_id': undefined }),
      'warning special-token-missing model.gguf tokenizer.ggml.eos_token_id',
    ],
    ['more rows than tokens', gguf({}, 9), 'error vocabulary-size model.gguf token_embd.weight'],
    [
      'fewer scores than tokens',
      gguf({ 'tokenizer.ggml.scores': { type: 'ARRAY', items: 'FLOAT32', value: new Float32Array(2) } }),
      'error vocabulary-size model.gguf tokenizer.ggml.scores',
    ],
    [
      'scaling that does not reach the context',
      gguf({
        'llama.rope.scaling.type': text('yarn'),
        'llama.rope.scaling.factor': real(2),
        'llama.rope.scaling.original_context_length': number(512),
      }),
      'warning rope-scaling model.gguf llama.rope.scaling',
    ],
    [
      'a template that does not parse',
      gguf({ 'tokenizer.chat_template': text('{% if %}') }),
      'error template-syntax model.gguf tokenizer.chat_template',
    ],
    [
      'another licence than the card',
      gguf({ 'general.license': text('mit') }),
      'warning license-differs model.gguf general.license',
    ],
  ])('%s', async (_name, file, expected) => {
    const files = expected.includes('license-differs')
      ? [memoryFile('README.md', '---\nlicense: apache-2.0\n---\n'), file]
      : [file];
    expect(await found({ files })).toContain(expected);
  });

  test('with bytes behind its tensors, cut off, and without its splits', async () => {
    const bytes = await whole(gguf());
    const longer = memoryFile('model.gguf', Buffer.concat([bytes, Buffer.alloc(64)]));
    expect(await found({ files: [longer] })).toContain('warning gguf-trailing model.gguf');
    expect(await found({ files: [memoryFile('model.gguf', bytes.subarray(0, bytes.length - 8))] })).toContain(
      'error gguf-invalid model.gguf',
    );
    const split = memoryFile('m-00001-of-00002.gguf', bytes);
    expect(await found({ files: [split] })).toContain('error gguf-invalid m-00001-of-00002.gguf');
  });
});

test('an annotation that is no expression, and one that is', async () => {
  const annotated = async (value: string): Promise<string[]> =>
    found({ files: changed({}), annotations: new Map([['org.opencontainers.image.licenses', value]]) });
  expect(await annotated('Apache 2')).toContain(
    'warning license-not-spdx annotations org.opencontainers.image.licenses',
  );
  expect(await annotated('(Apache-2.0 OR MIT) AND GPL-2.0-or-later WITH Classpath-exception-2.0')).toHaveLength(1);
  expect(await annotated('MIT')).toContain('warning license-differs annotations org.opencontainers.image.licenses');
});

test('every rule says why and what to do, in its own words', () => {
  const codes = Object.keys(LINT_RULES) as LintCode[];
  for (const code of codes) expect(LINT_RULES[code].why.length * LINT_RULES[code].try.length, code).toBeGreaterThan(0);
  expect(new Set(codes.map((code) => LINT_RULES[code].why)).size).toBeGreaterThan(codes.length * 0.8);
});

test('a template that hangs is ended with the signal', async () => {
  const files = changed(template('{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}'));
  const work = lintModel({ name: 'm', files }, AbortSignal.timeout(500));
  await expect(work).rejects.toMatchObject({ code: 'ABORTED' });
}, 30_000);
