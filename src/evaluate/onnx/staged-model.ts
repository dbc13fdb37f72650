import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SlipwayError } from '../../core/index.js';
import { readWhole, writeLocalFile, type ModelFile } from '../../files/index.js';
import { externalFiles, localExternalFiles, readOnnx, type OnnxModel } from '../../onnx/index.js';

/** A model that was read by our own reader and may be handed to the runtime. */
export interface StagedModel {
  readonly path: string;
  readonly model: OnnxModel;
  /** What the runtime loads: the bytes of a model in one file, else the path of a copy. */
  readonly source: Uint8Array | string;
  release(): Promise<void>;
}

/** protobuf's own limit. */
const FILE_LIMIT = 2 ** 31;
/** Bytes of all weights. */
const WEIGHTS_LIMIT = 2 ** 36;
/** Domains whose operators onnxruntime itself has. */
const RUNTIME_DOMAINS: ReadonlySet<string> = new Set([
  'com.microsoft',
  'com.microsoft.nchwc',
  'com.microsoft.experimental',
  'com.ms.internal.nhwc',
  'org.pytorch.aten',
]);

/**
 * Reads and checks a model before the runtime sees it. A model in one file is handed over as bytes; one with external
 * data is copied, with exactly the files that it names, into a fresh directory under `temporary`. Throws `ONNX_INVALID`,
 * `PATH_UNSAFE` for data outside of its folder and for links, `FORMAT_UNSUPPORTED` for operators that the runtime lacks,
 * `MODEL_INVALID` for data that is not whole. `folder`: where the model lies on this disk, if it does.
 */
export async function stageOnnx(
  file: ModelFile,
  files: readonly ModelFile[],
  temporary: string,
  options: { readonly folder?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<StagedModel> {
  const { signal, folder } = options;
  const model = await readOnnx(file, signal);
  requireOperators(file.path, model);
  if (file.size >= FILE_LIMIT || model.weightBytes > WEIGHTS_LIMIT) throw tooLarge(file, model);
  if (model.external.length === 0) {
    const source = await readWhole(file, FILE_LIMIT, signal);
    return { path: file.path, model, source, release: async () => {} };
  }
  if (folder !== undefined) await refuseLinks(file.path, folder, model);
  const wanted = externalFiles(file.path, model, files);
  const directory = await mkdtemp(join(temporary, 'slipway-onnx-'));
  const release = async (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    for (const each of [file, ...wanted]) {
      const place = join(directory, ...each.path.split('/'));
      await mkdir(dirname(place), { recursive: true });
      await writeLocalFile(place, each.read(undefined, signal), signal);
    }
    return { path: file.path, model, source: join(directory, ...file.path.split('/')), release };
  } catch (error) {
    await release();
    throw error;
  }
}

function requireOperators(path: string, { customDomains }: OnnxModel): void {
  const unknown = customDomains.filter((domain) => !RUNTIME_DOMAINS.has(domain));
  if (unknown.length === 0) return;
  throw new SlipwayError('FORMAT_UNSUPPORTED', `'${path}' needs operators that onnxruntime does not have`, {
    where: path,
    got: unknown.slice(0, 10).join(', '),
    try: 'libraries of custom operators are programs: none is loaded here',
  });
}

async function refuseLinks(path: string, folder: string, model: OnnxModel): Promise<void> {
  const problems = (await localExternalFiles(folder, model)).filter(({ problem }) => problem !== undefined);
  const [first] = problems;
  if (first === undefined) return;
  const isLink = problems.some(({ problem }) => problem?.includes('link') === true);
  throw new SlipwayError(isLink ? 'PATH_UNSAFE' : 'MODEL_INVALID', `'${path}' has data that cannot be used`, {
    where: folder,
    got: problems.map((each) => `'${each.path}' is ${each.problem}`).join(', '),
    try: isLink ? 'cp --dereference the folder, when its links are yours' : 'fetch the folder with all its files',
  });
}

function tooLarge(file: ModelFile, { weightBytes }: OnnxModel): SlipwayError {
  return new SlipwayError('MEMORY_LIMIT', `'${file.path}' is too large`, {
    where: file.path,
    got: `${file.size} bytes, weights of ${weightBytes}; at most ${FILE_LIMIT} and ${WEIGHTS_LIMIT}`,
  });
}
