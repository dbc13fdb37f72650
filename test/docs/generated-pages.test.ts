import { expect, test } from 'vitest';
import { STAGE_ROWS } from '../../src/config/stage-table.js';
import type { StageRow } from '../../src/config/stage-row.js';
import { flagName, type OptionRow, type OptionTable } from '../../src/core/index.js';
import { READERS, ARTIFACT_FORMATS, packagingFormat } from '../../src/package/index.js';

// Pages of docs/ that follow from tables. `npx vitest run test/docs -u` writes them again.

const KINDS: Readonly<Record<OptionRow['kind'], string>> = {
  flag: '`true`, `false`',
  text: 'text',
  choice: '',
  count: 'a whole number',
  number: 'a number',
  numbers: "`'20,21'` or `[20, 21]`",
  size: "bytes, `'2G'`, `'4GiB'`",
  duration: "milliseconds, `'90s'`, `'12h'`, `'30d'`",
  path: 'a path',
  pairs: 'an object of text',
  settings: 'an object',
  options: 'an object',
};

function takes(row: OptionRow): string {
  const one = row.kind === 'choice' ? row.choice.map((word) => `\`${word}\``).join(', ') : KINDS[row.kind];
  const bounds = row.kind === 'count' && row.most !== undefined ? `${one}, ${row.least ?? 1} to ${row.most}` : one;
  if (row.list === undefined) return bounds;
  return row.list === 'one or more' ? `${bounds}, or a list` : `a list: ${bounds}`;
}

function rowsOf(table: OptionTable, above: readonly string[] = []): string[] {
  return Object.entries(table).flatMap(([key, row]) => {
    const keys = [...above, key];
    if (row.kind === 'options') return rowsOf(row.rows, keys);
    const names = keys.map((part, index) =>
      flagName(part, index === keys.length - 1 ? row : { kind: 'text', help: '' }),
    );
    const off = row.kind === 'flag' && row.off === true ? 'no-' : '';
    const flag = row.argument === true ? 'an argument' : `\`--${off}${row.flag ?? names.join('-')}\``;
    const needed = row.required === true ? '**needed**; ' : '';
    // A flag that turns something off is described by what the flag does.
    const help = off === '' ? row.help : `on unless \`false\`: ${row.help}`;
    const line = `| \`${keys.join('.')}\` | ${takes(row)} | ${needed}${help.replaceAll('|', '\\|')} | ${flag} |`;
    return row.kind === 'settings' ? [line, ...rowsOf(row.rows, keys).map(withoutFlag)] : [line];
  });
}

const withoutFlag = (line: string): string => line.replace(/\| `--[^`]+` \|$/, '| |');

function stage({ key, takes: from, gives, table }: StageRow): string {
  const flow = `Takes ${from.join(' or ')}; gives ${gives}.`;
  if (table === undefined) {
    const page = key === 'harbor' ? "a project's file: see [harbor.md](harbor.md)" : '[trust.md](trust.md)';
    return `### \`${key}\`\n\n${flow} Its keys are those of ${page}.\n`;
  }
  const head = '| key | takes | what it does | flag |\n| --- | --- | --- | --- |';
  return `### \`${key}\`\n\n${flow}\n\n${head}\n${rowsOf(table).join('\n')}\n`;
}

const CONFIGURATION = `# Configuration

This page is made from the tables that the program itself reads (\`test/docs\`); the JSON Schema for editors follows from
the same ones: \`pipeline plan --schema > pipeline.schema.json\`. A key of a stage and the flag of the command for the same step
are called alike.

A configuration is TypeScript or JavaScript (\`export default defineConfig({ … })\`, code that runs) or YAML or JSON (only read;
\`\${env:NAME}\` stands for a variable). \`pipeline plan\` says what it would do, \`pipeline run\` does it,
\`--set limits.memory=2GiB\` overrides a field.

| key | what it holds |
| --- | --- |
| \`name\` | names the run in the terminal, the record and the report |
| \`stages\` | in YAML and JSON: a list of stages, each an object with one key; \`- pack\` alone is \`- pack: {}\` |
| \`pipeline\` | in code: \`pipeline(download(…), convert(…), pack(…), push(…))\` |
| \`limits\` | \`memory\` (\`'2GiB'\`), \`concurrency\`, \`threads\`; flags and \`PIPELINE_*\` variables win |
| \`store\` | \`disk\` (the default) keeps what was fetched and built, so that a run can go on; \`none\` writes nothing |
| \`credentials\` | by host: \`username\` with \`password: { env: 'NAME' }\` or \`{ file: './path' }\`, or \`token\`; never the secret itself |
| \`network\` | \`insecureHosts\`, \`caFile\`, \`authHosts\`, \`clientCertificates\` |

## Examples

From the Hub to a registry, quantized twice:

\`\`\`yaml
name: qwen
stages:
  - download: { from: hf://Qwen/Qwen2.5-0.5B-Instruct, revision: main }
  - convert: { quantize: [Q4_K_M, Q8_0] }
  - pack: { index: true, annotations: { org.opencontainers.image.licenses: Apache-2.0 } }
  - push: { to: harbor.example.com/models/qwen, tags: [v1] }
credentials:
  harbor.example.com: { username: robot$models+ci, password: { env: HARBOR_PASSWORD } }
\`\`\`

From a directory to an OCI layout on disk, in the format of Docker Model Runner:

\`\`\`yaml
name: mine
stages:
  - download: { from: ./my-model }
  - convert: { outtype: f16 }
  - pack: { formats: [docker] }
  - push: { to: layout:./models }
\`\`\`

From an artifact of a registry, packaged again with less:

\`\`\`yaml
name: weights-only
stages:
  - download: { from: oci://registry.example.com/models/qwen:v1, variant: Q4_K_M, kinds: [weight] }
  - pack: { formats: [oras] }
  - push: { to: registry.example.com/models/qwen-weights, tags: [v1] }
\`\`\`

From one registry to another, as it is, every tag:

\`\`\`yaml
name: mirror
stages:
  - copy: { from: oci://harbor.example.com/models/qwen, to: mirror.example.com/models/qwen, allTags: true }
\`\`\`

From the Hub into a directory:

\`\`\`yaml
name: fetch
stages:
  - download: { from: hf://Qwen/Qwen2.5-0.5B-Instruct, include: ['*.json', '*.safetensors'] }
  - save: { to: ./qwen }
\`\`\`

## Stages

`;

test('docs/configuration.md has every key of every stage', async () => {
  const page = `${CONFIGURATION}${STAGE_ROWS.map(stage).join('\n')}`;
  await expect(page).toMatchFileSnapshot('../../docs/configuration.md');
});

const BESIDE = `
## Projectors, adapters, drafts

A model's projector, LoRA adapters and draft travel with it under one manifest; an adapter without a model is an artifact on its base. Files are
told apart by what they say of themselves (\`general.type\`), not by their names.

| format | projector | adapter |
| --- | --- | --- |
| \`docker\` | \`application/vnd.docker.ai.mmproj\` | \`application/vnd.docker.ai.gguf.v3.lora\` (of its specification; its code passes it over) |
| \`ollama\` | \`application/vnd.ollama.image.projector\` | \`application/vnd.ollama.image.adapter\` |
| \`modelpack\`, \`cnai\` | a weight layer with \`dev.slipway.kind: projector\` | the same with \`adapter\` |
| \`kitops\` | a model part of the type \`projector\`, annotated | a model part of the type \`adapter\`; alone, the model |
| \`modelcar\`, \`oras\` | a layer with \`dev.slipway.kind: projector\` | the same with \`adapter\` |

\`capabilities.inputTypes\` of ModelPack and CNAI say what the model takes: \`text\`, and \`image\` and \`audio\` where its projector has encoders for them.
An adapter's manifest has \`dev.slipway.adapter.base\` (the base's name), \`.base.revision\`, and \`.base.digest\` where the base is an artifact: the one
that it was converted for (\`convert --base REF\`), or that \`--adapter-base REF\` names.

\`pipeline inspect\`, \`plan\` and the report name them; \`pipeline pull REF ./dir --kind projector\` fetches one of them alone. Beside a model \`quantize\` leaves them as they are:
\`pipeline quantize ./dir TYPE -o FILE\` writes the model; in a pipeline they go along. A projector given alone is quantized like any file
(\`pipeline quantize mmproj.gguf Q8_0 -o mmproj-Q8_0.gguf\`), with llama-quantize's bytes.
`;

test('docs/formats.md has every packaging format and every reader', async () => {
  const shapes = [...new Set(READERS.flatMap(({ answers }) => Object.keys(answers)))].toSorted();
  const formats = ARTIFACT_FORMATS.map((name) => `| \`${name}\` | ${packagingFormat(name).description} |`);
  const cell = (reader: (typeof READERS)[number], shape: string): string => {
    const { verdict } = reader.answers[shape as keyof typeof reader.answers] ?? reader.otherwise;
    return verdict === 'yes' ? 'yes' : verdict === 'no' ? '' : verdict;
  };
  const readers = READERS.map(
    (reader) => `| ${reader.name} | ${shapes.map((shape) => cell(reader, shape)).join(' | ')} |`,
  );
  const page = `# Packaging formats, and who reads them

\`--format\` (repeatable), \`pack: { formats: […] }\`. Raw formats share their blobs: a second format of the same model costs a manifest.
\`pipeline readers REF\` answers for one artifact, with the reasons.

| format | what it is |
| --- | --- |
${formats.join('\n')}

An artifact's shape is what a reader goes by; a cell says whether it can use it (\`metadata\`: it shows it, without the files).

| reader | ${shapes.join(' | ')} |
| --- |${' --- |'.repeat(shapes.length)}
${readers.join('\n')}
${BESIDE}`;
  await expect(page).toMatchFileSnapshot('../../docs/formats.md');
});
