import type { Digest } from '../../src/core/index.js';
import { sha256, type ModelFile } from '../../src/files/index.js';
import type { Artifact } from '../../src/registry/index.js';
import { sampleArtifact, sampleFile } from '../registry/samples.js';
import { Random } from './random.js';

/** What one run pushes: two artifacts that share a file, content known beforehand for some files only. */
export function workload(seed: number): readonly Artifact[] {
  const random = new Random(seed ^ 0x5eed);
  // Large ones go in chunks with the digest computed on the way; small files are read first.
  const isLarge = random.next() < 0.3;
  const file = (name: string, least: number): ModelFile => {
    const size = (isLarge ? least : 1000) + random.below(isLarge ? 600_000 : 200_000);
    return slow(sampleFile(name, seed + size, size, { digest: random.next() < 0.5 }));
  };
  const [weights, small, readme] = [
    file('model-q8.gguf', 1_100_000),
    file('model-q4.gguf', 1_100_000),
    file('README.md', 1000),
  ];
  return [sampleArtifact('q8', [weights, readme]), sampleArtifact('q4', [small, readme])];
}

/** Digest that each artifact must end up with, from its content alone. */
export async function expectedDigests(artifacts: readonly Artifact[]): Promise<Map<string, string>> {
  const expected = new Map<string, string>();
  for (const artifact of artifacts) {
    const digests: Digest[] = [];
    for (const { file } of artifact.layers) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of file.read()) chunks.push(chunk);
      digests.push(sha256(Buffer.concat(chunks)));
    }
    expected.set(artifact.format, sha256(artifact.seal(digests).manifest.bytes));
  }
  return expected;
}

/** Content that takes a while, as computed content does: there must be time to be killed in the middle. */
function slow(file: ModelFile): ModelFile {
  return {
    ...file,
    async *read(range, signal) {
      for await (const chunk of file.read(range, signal)) {
        yield chunk;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
  };
}
