import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { uploadRules } from '../../src/registry/index.js';

const [KIB, MIB, GIB] = [1024, 1024 ** 2, 1024 ** 3];
const NONE = Number.MAX_SAFE_INTEGER;

describe('what is known of registries', () => {
  test.each([
    ['ghcr.io', { kind: 'ghcr', chunkSize: 'whole', announceLength: false, largestLayer: 10_000_000_000 }],
    ['us-central1-docker.pkg.dev', { kind: 'gar', chunkSize: 'whole', announceLength: true, largestLayer: NONE }],
    ['eu.gcr.io', { kind: 'gar', chunkSize: 'whole' }],
    ['gcr.io', { kind: 'gar' }],
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', { kind: 'ecr', largestLayer: 52_000 * MIB }],
    ['123456789012.dkr.ecr-fips.us-east-1.amazonaws.com', { kind: 'ecr' }],
    ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', { kind: 'ecr' }],
    ['public.ecr.aws', { kind: 'ecr-public', largestLayer: 10_000 * MIB }],
    ['team.azurecr.io', { kind: 'acr', largestLayer: 200 * GIB, largestManifest: 4 * MIB }],
    ['quay.io', { kind: 'quay', largestPut: 20_000_000_000, chunkSize: 512 * MIB }],
    ['docker.io', { kind: 'docker-hub', largestLayer: NONE, usualLayer: 10_000_000_000 }],
    ['registry.gitlab.com', { kind: 'gitlab', largestManifest: 256 * KIB }],
    ['harbor.example.com', { kind: 'plain', usualLayer: 10_000 * 10 * MIB, largestManifest: 4 * MIB }],
    ['localhost:5000', { kind: 'plain', chunkSize: 512 * MIB, largestLayer: NONE }],
    // Names that only look like them are not them.
    ['ghcr.io.example.com', { kind: 'plain' }],
    ['evil-ghcr.io', { kind: 'plain' }],
    ['quay.io:8443', { kind: 'plain' }],
  ])('%s', (host, expected) => {
    const rules = uploadRules(host);
    expect(rules).toMatchObject(expected);
    expect(rules.source).not.toBe('');
  });

  test('docs/registries.md has a row for each kind', async () => {
    const text = await readFile(join(import.meta.dirname, '../../docs/registries.md'), 'utf8');
    for (const host of ['ghcr.io', 'a-docker.pkg.dev', 'public.ecr.aws', 'x.azurecr.io', 'quay.io', 'docker.io']) {
      expect(text).toContain(`\`${uploadRules(host).kind}\``);
    }
    for (const kind of ['ecr', 'gitlab', 'plain']) expect(text).toContain(`\`${kind}\``);
  });
});
