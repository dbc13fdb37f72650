import { basename } from 'node:path';
import type { RunContext } from '../../core/index.js';
import { localFile, readText } from '../../files/index.js';
import { isHubFile, readHubText } from '../../source/index.js';
import { builtInText } from './built-in-text.js';
import { httpOf } from '../resources.js';

/** A text that models read. */
export interface ModelText {
  /** Shown in results, and recorded in importance matrices. */
  readonly name: string;
  readonly content: string;
  readonly licence?: string;
}

/** A text is read whole. */
const TEXT_LIMIT = 256 * 1024 * 1024;

/**
 * Reads a text: a file, `hf://datasets/org/name[@revision]/file.txt` on the Hub, or the one that comes with the package.
 * A file is called by its own name, one on the Hub by its address with the commit that it was read at.
 */
export async function loadText(address: string | undefined, context: RunContext): Promise<ModelText> {
  if (address === undefined) return builtInText();
  if (isHubFile(address)) return { name: address, content: await hubContent(address, context) };
  const content = await readText(await localFile(address, address), TEXT_LIMIT, context.signal);
  return { name: basename(address), content };
}

/** The same for calibration: its name is what was typed, as llama-imatrix records it. */
export async function loadCalibration(
  address: string | undefined,
  path: string | undefined,
  context: RunContext,
): Promise<ModelText> {
  if (address === undefined || path === undefined) return builtInText();
  if (isHubFile(address)) return { name: address, content: await hubContent(address, context) };
  return { name: address, content: await readText(await localFile(path, path), TEXT_LIMIT, context.signal) };
}

async function hubContent(address: string, context: RunContext): Promise<string> {
  const { env, network, signal } = context;
  const { fetch } = httpOf(context, 'download');
  const { insecureHosts } = network;
  return (await readHubText(address, { fetch, env, insecureHosts, limit: TEXT_LIMIT, signal })).content;
}
