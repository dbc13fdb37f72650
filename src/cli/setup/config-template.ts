export type TemplateFormat = 'ts' | 'yaml';

/** What a first configuration says. */
export interface Template {
  readonly from: string;
  readonly to: string;
  readonly types: readonly string[];
  readonly format: TemplateFormat;
}

/** The text of a first configuration. */
export function configTemplate(template: Template): string {
  return template.format === 'ts' ? codeTemplate(template) : yamlTemplate(template);
}

function nameOf(from: string): string {
  const last =
    from
      .replace(/@.*$/, '')
      .split('/')
      .findLast((part) => part !== '') ?? '';
  return last.replaceAll(/[^\w.-]/g, '-').replace(/^[^\w]+/, '') || 'model';
}

function text(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}

/** Only a repository has commits. */
function pinning(comment: string, from: string): string {
  if (!from.startsWith('hf://') || from.includes('@')) return '';
  return `${comment} Pin a commit (hf://org/name@<commit>) and the same bytes come out every time.\n`;
}

function codeTemplate({ from, to, types }: Template): string {
  return `import { convert, defineConfig, download, pack, pipeline, push } from 'slipway';

export default defineConfig({
  name: ${text(nameOf(from))},
  pipeline: pipeline(
${pinning('    //', from)}    download(${text(from)}),
    convert({ quantize: [${types.map(text).join(', ')}] }),
    pack(),
    push(${text(to)}),
  ),
});
`;
}

function yamlTemplate({ from, to, types }: Template): string {
  return `# pipeline plan --schema prints the JSON Schema of this file for your editor.
name: ${JSON.stringify(nameOf(from))}
stages:
${pinning('  #', from)}  - download: { from: ${JSON.stringify(from)} }
  - convert: { quantize: [${types.map((type) => JSON.stringify(type)).join(', ')}] }
  - pack
  - push: { to: ${JSON.stringify(to)} }
`;
}
