import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Digest } from '../../src/core/index.js';
import { sha256 } from '../../src/files/index.js';
import { openRegistry, type Descriptor } from '../../src/registry/index.js';
import {
  bundleBytes,
  keyIdentity,
  keySigner,
  PREDICATES,
  signaturePolicy,
  signEnvelope,
  statementBytes,
  subjectOf,
  verifyArtifact,
  type Signer,
  type VerifyReport,
} from '../../src/trust/index.js';

// What is attached to an artifact was put there by any account that may push: a server of a few lines that says what such accounts and
// registries could say.

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const EMPTY = Buffer.from('{}');
const SUBJECT = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha256(EMPTY), size: 2 },
    layers: [],
  }),
);
const subject = { mediaType: MANIFEST, digest: sha256(SUBJECT), size: SUBJECT.byteLength };

const newSigner = (): Signer => keySigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
const [ours, theirs] = [newSigner(), newSigner()];

const content = new Map<Digest, Buffer>();
function keep(bytes: Uint8Array): { digest: Digest; size: number } {
  const digest = sha256(bytes);
  content.set(digest, Buffer.from(bytes));
  return { digest, size: bytes.byteLength };
}

async function bundleOf(signer: Signer, predicate = {}): Promise<Uint8Array> {
  const statement = { subject: [subjectOf(subject.digest)], predicateType: PREDICATES.sign, predicate };
  return bundleBytes(await signEnvelope(statementBytes(statement), signer), signer.publicKey);
}

function referrer(bundle: Uint8Array, about = subject): Descriptor {
  const layer = { mediaType: BUNDLE, ...keep(bundle) };
  const config = { mediaType: 'application/vnd.oci.empty.v1+json', ...keep(EMPTY) };
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType: BUNDLE,
    config,
    layers: [layer],
    subject: about,
  };
  return { mediaType: MANIFEST, artifactType: BUNDLE, ...keep(Buffer.from(JSON.stringify(manifest))) };
}

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((done) => (server === undefined ? done(undefined) : server.close(done)));
  server = undefined;
  content.clear();
});

interface Page {
  readonly entries: readonly Descriptor[];
  readonly next?: number;
}

/** A registry whose listing of referrers has these pages. */
async function serve(pages: (page: number) => Page | undefined): Promise<string> {
  keep(SUBJECT);
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    const [, kind, name = ''] = /\/(manifests|blobs|referrers)\/(.+)$/.exec(url.pathname) ?? [];
    const page = kind === 'referrers' ? pages(Number(url.searchParams.get('page') ?? 0)) : undefined;
    const body =
      page === undefined
        ? content.get(name === 'v1' ? subject.digest : (name as Digest))
        : Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: page.entries }));
    const type = page === undefined ? (kind === 'blobs' ? 'application/octet-stream' : MANIFEST) : INDEX;
    const link = page?.next === undefined ? {} : { link: `<${url.pathname}?page=${page.next}>; rel="next"` };
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': type, ...link });
    response.end(body ?? '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
  });
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
  return `127.0.0.1:${(server.address() as AddressInfo).port}/m/a`;
}

async function verified(repository: string): Promise<VerifyReport> {
  const policy = signaturePolicy([keyIdentity(ours.publicKey, 'release')]);
  return verifyArtifact(openRegistry(repository), 'v1', { policy, now: new Date('2026-11-30') });
}

async function strangers(count: number): Promise<readonly Descriptor[]> {
  return Promise.all(Array.from({ length: count }, async (_, index) => referrer(await bundleOf(theirs, { index }))));
}

describe('a listing of referrers', () => {
  test('of a thousand strangers does not hide ours', async () => {
    const entries = [...(await strangers(1000)), referrer(await bundleOf(ours))];
    const report = await verified(await serve(() => ({ entries })));
    expect([report.verdict, report.evidence.attestations]).toEqual(['accepted', 1001]);
  });

  test('of a thousand strangers alone is refused', async () => {
    const entries = await strangers(1000);
    expect((await verified(await serve(() => ({ entries })))).verdict).toBe('refused');
  });

  test('in pages is followed to the last', async () => {
    const pages = [await strangers(20), await strangers(20), [referrer(await bundleOf(ours))]];
    const repository = await serve((page) => ({
      entries: pages[page] ?? [],
      ...(page + 1 < pages.length && { next: page + 1 }),
    }));
    expect((await verified(repository)).verdict).toBe('accepted');
  });

  test.each([
    ['that goes in a circle', (page: number) => (page + 1) % 3],
    ['that never ends', (page: number) => page + 1],
  ])('%s ends; without ours nothing is told, and with ours it is accepted', async (_what, next) => {
    const [other, own] = [await strangers(3), referrer(await bundleOf(ours))];
    const without = await verified(await serve((page) => ({ entries: other, next: next(page) })));
    expect([without.verdict, without.evidence.incomplete.length]).toEqual(['undecided', 1]);
    server?.closeAllConnections();
    server?.close();
    const withOurs = await verified(await serve((page) => ({ entries: [...other, own], next: next(page) })));
    expect(withOurs.verdict).toBe('accepted');
  });

  test('that lists the same manifest again and again reads it once', async () => {
    const own = referrer(await bundleOf(ours));
    const report = await verified(await serve(() => ({ entries: Array.from({ length: 500 }, () => own) })));
    expect([report.verdict, report.evidence.attestations]).toEqual(['accepted', 1]);
  });

  test('with a foreign bundle, doubled keys, unknown fields and an oversized bundle beside ours says what it passed over', async () => {
    const good = Buffer.from(await bundleOf(ours)).toString();
    const broken = [
      good.replace('"mediaType"', '"mediaType":"x","mediaType"'),
      good.replace('"mediaType"', '"more":1,"mediaType"'),
      `${' '.repeat(11 * 1024 * 1024)}${good}`,
      '[]',
    ];
    const entries = [...(await strangers(1)), ...broken.map((text) => referrer(Buffer.from(text)))];
    const report = await verified(await serve(() => ({ entries: [...entries, referrer(Buffer.from(good))] })));
    expect([report.verdict, report.evidence.unreadable.length]).toEqual(['accepted', broken.length]);
    server?.closeAllConnections();
    server?.close();
    expect((await verified(await serve(() => ({ entries })))).verdict).toBe('refused');
  });

  test('with a referrer of another subject counts it for nothing', async () => {
    const own = referrer(await bundleOf(ours), { ...subject, digest: sha256('another') });
    expect((await verified(await serve(() => ({ entries: [own] })))).verdict).toBe('refused');
  });

  test('that names manifests which are other bytes than their digests is no evidence', async () => {
    const own = referrer(await bundleOf(ours));
    content.set(own.digest, Buffer.from('{}'));
    expect((await verified(await serve(() => ({ entries: [own] })))).verdict).toBe('refused');
  });
});
