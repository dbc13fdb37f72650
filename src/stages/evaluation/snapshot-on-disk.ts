import type { RunContext } from '../../core/index.js';
import type { Snapshot } from '../../files/index.js';
import { convert } from '../conversion/convert.js';
import { modelOnDisk, requireOneModel, type ModelOnDisk } from './model-on-disk.js';

/**
 * The model of a snapshot as a GGUF on disk: the one that it holds, or what the converter makes of its safetensors.
 * Throws `MODEL_INVALID` when it has neither.
 */
export async function snapshotOnDisk(snapshot: Snapshot, stage: string, context: RunContext): Promise<ModelOnDisk> {
  const isSource = snapshot.files.some(({ path }) => path.endsWith('.safetensors'));
  const hasGguf = snapshot.files.some(({ path }) => path.endsWith('.gguf'));
  if (hasGguf || !isSource) return modelOnDisk(requireOneModel(snapshot.files, snapshot.source.name), stage, context);
  const [variant] = await convert().run(snapshot, context);
  return modelOnDisk(variant?.weights ?? [], stage, context);
}
