import type { DeployTarget } from '../deployed.js';
import { fittingServer } from '../serving-engine.js';
import { resourceName, annotationsOf } from '../naming.js';
import { cannotDeploy } from '../refuse.js';
import type { ServedModel } from '../served-model.js';
import type { ServerPlan } from '../server.js';
import { repackageCommand, USER_ID } from '../storage.js';

/** Shapes that `podman artifact` keeps as files with names. */
const ARTIFACTS = new Set([
  'modelpack-raw',
  'cnai-raw',
  'kitops-raw',
  'docker-gguf',
  'docker-safetensors',
  'oras-titled',
]);

/** Units of Podman Quadlet: systemd starts the server, with the image or the artifact mounted. */
export const quadlet: DeployTarget = {
  name: 'quadlet',
  summary: 'Podman Quadlet units: the model mounted as an image or an artifact',
  build: (model, options) => {
    const name = resourceName(model, options);
    const isImage = model.format === 'modelcar';
    if (!isImage && !ARTIFACTS.has(model.shape)) {
      throw cannotDeploy(
        'quadlet',
        `Podman mounts images, and artifacts whose layers are files; this one is ${model.shape}`,
        [repackageCommand(options.reference ?? model.pinned)],
      );
    }
    if (!isImage && model.files.some(({ path }) => path.includes('/'))) {
      throw cannotDeploy(
        'quadlet',
        'Podman mounts the files of an artifact in one directory, and this one has folders',
        [repackageCommand(options.reference ?? model.pinned)],
      );
    }
    const directory = isImage ? '/mnt/model/models' : '/mnt/model';
    const server = fittingServer('quadlet', model, directory, options);
    return {
      target: 'quadlet',
      resources: [],
      files: {
        [`${name}.container`]: containerUnit(name, model, server, isImage),
        ...(isImage && { [`${name}-model.image`]: imageUnit(model) }),
      },
      reasons: [
        isImage
          ? 'the image is mounted read-only, by digest'
          : 'the artifact is mounted read-only, by digest: no image has to be made of it',
        ...server.reasons,
      ],
      warnings: server.warnings,
      needs: isImage ? ['Podman 5.0'] : ['Podman 5.6'],
      server,
    };
  },
};

function imageUnit(model: ServedModel): string {
  return unit([
    ['Unit', [['Description', `Model ${model.name}`]]],
    ['Image', [['Image', model.pinned]]],
  ]);
}

function containerUnit(name: string, model: ServedModel, server: ServerPlan, isImage: boolean): string {
  const pull: Entry[] = isImage ? [] : [['ExecStartPre', `podman artifact pull ${model.pinned}`]];
  return unit([
    [
      'Unit',
      [
        ['Description', `Serves ${model.name}`],
        ...(isImage
          ? ([
              ['Requires', `${name}-model-image.service`],
              ['After', `${name}-model-image.service`],
            ] as Entry[])
          : []),
      ],
    ],
    ['Container', containerEntries(name, model, server, isImage)],
    ['Service', [...pull, ['Restart', 'on-failure'], ['TimeoutStartSec', '0']]],
    ['Install', [['WantedBy', 'default.target']]],
  ]);
}

function containerEntries(name: string, model: ServedModel, server: ServerPlan, isImage: boolean): Entry[] {
  const [entrypoint, ...rest] = server.command ?? [];
  const labels = Object.entries(annotationsOf(model)).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ['ContainerName', name],
    ['Image', server.image],
    ...(entrypoint === undefined ? [] : ([['Entrypoint', entrypoint]] as Entry[])),
    ['Exec', [...rest, ...server.args].map(word).join(' ')],
    ['Mount', `type=${isImage ? 'image' : 'artifact'},source=${model.pinned},destination=/mnt/model`],
    ...Object.entries(server.env).map(([key, value]): Entry => ['Environment', `${key}=${value}`]),
    ...labels.map(([key, value]): Entry => ['Label', word(`${key}=${value}`)]),
    ['PublishPort', `127.0.0.1:${server.port}:${server.port}`],
    ...(server.gpus > 0 ? ([['AddDevice', 'nvidia.com/gpu=all']] as Entry[]) : []),
    ['PodmanArgs', `--memory=${Math.ceil(server.memory.limit / 1024 / 1024)}m`],
    ...(server.sharedMemory === undefined ? [] : ([['ShmSize', `${server.sharedMemory / 1024 / 1024}m`]] as Entry[])),
    ['Tmpfs', '/tmp'],
    ['ReadOnly', 'true'],
    ['NoNewPrivileges', 'true'],
    ['DropCapability', 'all'],
    ['User', String(USER_ID)],
    ['Group', String(USER_ID)],
  ];
}

type Entry = readonly [key: string, value: string];

/** A systemd unit: `%` begins a specifier there. */
function unit(sections: readonly (readonly [name: string, entries: readonly Entry[]])[]): string {
  return `${sections
    .map(
      ([name, entries]) =>
        `[${name}]\n${entries.map(([key, value]) => `${key}=${value.replaceAll('%', '%%').replaceAll(/[\r\n]+/g, ' ')}`).join('\n')}`,
    )
    .join('\n\n')}\n`;
}

/** A word of a command line as systemd reads it. */
function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text)
    ? text
    : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('$', '$$$$')}"`;
}
