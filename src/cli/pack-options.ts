import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { SlipwayError } from '../core/index.js';
import { PACKAGE_FORMATS, packageFormat, type PackStageOptions } from '../stages/index.js';
import { collect } from './collect.js';
import { ollamaParameters } from './ollama-parameters.js';

/** How an artifact is made, as flags: the keys of `pack` in a configuration, with the keys below them joined by a hyphen. */
export interface PackFlags {
  readonly format?: readonly string[];
  readonly annotation?: readonly string[];
  readonly name?: string;
  readonly index?: boolean;
  readonly modelSpecFileMetadata?: boolean;
  readonly modelSpecHarborNames?: boolean;
  readonly kitopsLayers?: 'tar' | 'raw';
  readonly modelcarArchitecture?: string;
  readonly orasArtifactType?: string;
  readonly ollamaTemplate?: string;
  readonly ollamaSystem?: string;
  readonly ollamaParameters?: readonly string[];
}

/** A template or a system prompt is a page of text. */
const LONGEST_TEXT = 1024 * 1024;

/** Adds them to a command. */
export function addPackOptions(command: Command): void {
  const add = (group: string, option: Option): void => {
    command.addOption(option.helpGroup(group));
  };
  const own = (flags: string, text: string): void => add('Packaging', new Option(flags, text));
  add(
    'Packaging',
    new Option('--format <name>', `packaging format (repeatable): ${PACKAGE_FORMATS.join(', ')}`).argParser(collect),
  );
  own('--index', 'also an OCI index over the variants');
  add(
    'Packaging',
    new Option('--annotation <key=value>', 'annotation of the manifest (repeatable)').argParser(collect),
  );
  own('--name <name>', "the model's name");
  own('--model-spec-file-metadata', 'modelpack, cnai: file metadata on layers, for RamaLama');
  own('--no-model-spec-harbor-names', 'modelpack, cnai: README and licence keep their names');
  add(
    'Packaging',
    new Option('--kitops-layers <form>', 'kitops: raw shares blobs, tar is read by every kit').choices(['tar', 'raw']),
  );
  own('--modelcar-architecture <name>', 'modelcar: processor of the nodes that pull it; amd64');
  own('--oras-artifact-type <type>', 'oras: artifact type of the manifest');
  own('--ollama-template <text>', 'ollama: template in Go, or @FILE');
  own('--ollama-system <text>', 'ollama: system prompt, or @FILE');
  add(
    'Packaging',
    new Option('--ollama-parameters <name=value>', 'ollama: temperature=0.7, num_ctx=8192, … (repeatable)').argParser(
      collect,
    ),
  );
}

/** What pack() makes of them. `path` makes a path that was given absolute. */
export async function packOptions(flags: PackFlags, path: (given: string) => string): Promise<PackStageOptions> {
  const { format, annotation, name, index, kitopsLayers, modelcarArchitecture, orasArtifactType } = flags;
  const modelSpec = {
    ...(flags.modelSpecFileMetadata !== undefined && { fileMetadata: flags.modelSpecFileMetadata }),
    ...(flags.modelSpecHarborNames === false && { harborNames: false }),
  };
  const ollama = await ollamaOptions(flags, path);
  return {
    ...(format !== undefined && { formats: format.map(packageFormat) }),
    ...(annotation !== undefined && { annotations: annotationsOf(annotation) }),
    ...(name !== undefined && { name }),
    ...(index !== undefined && { index }),
    ...(Object.keys(modelSpec).length > 0 && { modelSpec }),
    ...(kitopsLayers !== undefined && { kitops: { layers: kitopsLayers } }),
    ...(modelcarArchitecture !== undefined && { modelcar: { architecture: modelcarArchitecture } }),
    ...(orasArtifactType !== undefined && { oras: { artifactType: orasArtifactType } }),
    ...(Object.keys(ollama).length > 0 && { ollama }),
  };
}

async function ollamaOptions(
  { ollamaTemplate, ollamaSystem, ollamaParameters: parameters }: PackFlags,
  path: (given: string) => string,
): Promise<NonNullable<PackStageOptions['ollama']>> {
  return {
    ...(ollamaTemplate !== undefined && { template: await textOf(ollamaTemplate, path) }),
    ...(ollamaSystem !== undefined && { system: await textOf(ollamaSystem, path) }),
    ...(parameters !== undefined && { parameters: ollamaParameters(parameters) }),
  };
}

/** Text as it stands, or what is in the file behind an `@`. */
async function textOf(given: string, path: (given: string) => string): Promise<string> {
  if (!given.startsWith('@')) return given;
  const name = given.slice(1);
  const text = await readFile(path(name), 'utf8').catch((cause: unknown) => {
    throw new SlipwayError('NOT_FOUND', `'${name}' cannot be read`, { where: name, cause });
  });
  if (text.length <= LONGEST_TEXT) return text;
  throw new SlipwayError('USAGE', `'${name}' is too long for a text of a model`, { got: `${text.length} characters` });
}

function annotationsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const split = pair.indexOf('=');
      if (split > 0) return [pair.slice(0, split), pair.slice(split + 1)];
      throw new SlipwayError('USAGE', `--annotation '${pair}' is not key=value`, {
        try: '--annotation org.opencontainers.image.licenses=Apache-2.0',
      });
    }),
  );
}
