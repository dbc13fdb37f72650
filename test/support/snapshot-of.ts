import { openRepository, type Repository } from '../../src/convert/repository.js';
import { memoryFile, type ModelFile } from '../../src/files/index.js';

/** A repository made of texts, bytes and JSON values. */
export async function repositoryOf(
  contents: Readonly<Record<string, unknown>>,
  name: string = 'test/model',
): Promise<Repository> {
  const files = Object.entries(contents).map(([path, content]) => fileOf(path, content));
  return openRepository({ source: { kind: 'directory', name, url: `file:///${name}`, revision: 'test' }, files });
}

function fileOf(path: string, content: unknown): ModelFile {
  const plain = typeof content === 'string' || content instanceof Uint8Array;
  return memoryFile(path, plain ? content : JSON.stringify(content));
}
