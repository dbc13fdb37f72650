import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, generateKeyPairSync, sign as signBytes, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A private Sigstore on loopback: fulcio, rekor (tiles on disk), timestamp-authority, and an issuer of tokens of our own. */
export interface SigstoreStack {
  readonly issuer: string;
  /** Files for `--trusted-root` and `--signing-config`. */
  readonly trustedRoot: string;
  readonly signingConfig: string;
  /** A token that says that an e-mail address is whose it is. */
  token(email: string): string;
  close(): Promise<void>;
}

export interface StackPrograms {
  readonly fulcio: string;
  readonly rekor: string;
  readonly timestamps: string;
  /** A log of certificates (TesseraCT); without it there is none. */
  readonly certificates?: string | undefined;
}

const START = 60_000;

/** Starts all of it below a folder. */
export async function startSigstore(folder: string, programs: StackPrograms): Promise<SigstoreStack> {
  const issuer = await startIssuer();
  const [fulcio, fulcioGrpc, rekor, rekorGrpc, metrics, moreMetrics, timestamps, certificates] = await freePorts(8);
  await mkdir(join(folder, 'log'));
  const config = `oidc-issuers:\n  ${issuer.url}:\n    issuer-url: ${issuer.url}\n    client-id: sigstore\n    type: email\n`;
  await writeFile(join(folder, 'fulcio.yaml'), config);
  const logKey = generateKeyPairSync('ed25519');
  await writeFile(join(folder, 'log.pem'), logKey.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const address = '127.0.0.1';
  const children = [
    run(
      programs.fulcio,
      'serve',
      '--ca',
      'ephemeralca',
      '--ct-log-url',
      programs.certificates === undefined ? '' : `http://127.0.0.1:${certificates}`,
      '--host',
      address,
      '--port',
      `${fulcio}`,
      '--grpc-host',
      address,
      '--grpc-port',
      `${fulcioGrpc}`,
      '--metrics-port',
      `${metrics}`,
      '--config-path',
      join(folder, 'fulcio.yaml'),
      '--legacy-unix-domain-socket',
      join(folder, 'f.sock'),
    ),
    run(
      programs.rekor,
      'serve',
      '--http-address',
      address,
      '--http-port',
      `${rekor}`,
      '--grpc-port',
      `${rekorGrpc}`,
      '--http-metrics-port',
      `${moreMetrics}`,
      '--hostname',
      address,
      '--storage-dir',
      join(folder, 'log'),
      '--signer-filepath',
      join(folder, 'log.pem'),
      '--checkpoint-interval',
      '1s',
      '--batch-max-age',
      '200ms',
    ),
    run(
      programs.timestamps,
      'serve',
      '--host',
      address,
      '--port',
      `${timestamps}`,
      '--scheme',
      'http',
      '--timestamp-signer',
      'memory',
      '--disable-ntp-monitoring',
    ),
  ];
  const close = async (): Promise<void> => {
    for (const child of children) child.kill('SIGKILL');
    await new Promise((done) => issuer.server.close(done));
  };
  try {
    const bundle = await answer(`http://${address}:${fulcio}/api/v2/trustBundle`);
    const chains = (JSON.parse(bundle) as { chains: { certificates: string[] }[] }).chains;
    const certificateLog =
      programs.certificates === undefined
        ? undefined
        : await startCertificateLog(folder, programs.certificates, certificates ?? 0, chains[0]?.certificates ?? []);
    if (certificateLog !== undefined) children.push(certificateLog.child);
    const stamps = await answer(`http://${address}:${timestamps}/api/v1/timestamp/certchain`);
    await answer(`http://${address}:${rekor}/healthz`);
    const urls = {
      fulcio: `http://${address}:${fulcio}`,
      rekor: `http://${address}:${rekor}`,
      timestamps: `http://${address}:${timestamps}/api/v1/timestamp`,
    };
    const root = trustedRootOf(urls, chains[0]?.certificates ?? [], stamps, logKey.publicKey, address);
    const ctlogs = certificateLog === undefined ? [] : [certificateLog.trusted];
    await writeFile(join(folder, 'trusted_root.json'), JSON.stringify({ ...root, ctlogs }));
    await writeFile(join(folder, 'signing_config.json'), JSON.stringify(signingConfigOf(urls, issuer.url)));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    issuer: issuer.url,
    trustedRoot: join(folder, 'trusted_root.json'),
    signingConfig: join(folder, 'signing_config.json'),
    token: issuer.token,
    close,
  };
}

const START_OF_TIME = '2020-01-01T00:00:00Z';

interface Urls {
  readonly fulcio: string;
  readonly rekor: string;
  readonly timestamps: string;
}

function signingConfigOf({ fulcio, rekor, timestamps }: Urls, issuer: string): object {
  const service = (url: string, majorApiVersion: number): object => ({
    url,
    majorApiVersion,
    validFor: { start: START_OF_TIME },
    operator: 'test',
  });
  return {
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    oidcUrls: [service(issuer, 1)],
    caUrls: [service(fulcio, 1)],
    rekorTlogUrls: [service(rekor, 2)],
    tsaUrls: [service(timestamps, 1)],
    rekorTlogConfig: { selector: 'ANY' },
    tsaConfig: { selector: 'ANY' },
  };
}

function trustedRootOf(urls: Urls, chain: readonly string[], stamps: string, logKey: KeyObject, name: string): object {
  const certificates = (pems: readonly string[]): object[] =>
    pems.map((pem) => ({ rawBytes: pem.replaceAll(/-----[^-]+-----|\s/g, '') }));
  const authority = (uri: string, pems: readonly string[]): object => ({
    subject: { organization: 'test', commonName: 'test' },
    uri,
    certChain: { certificates: certificates(pems) },
    validFor: { start: START_OF_TIME },
  });
  const spki = logKey.export({ type: 'spki', format: 'der' });
  // The key's id in a checkpoint: the log's name, a line feed, the kind of key, the key (c2sp.org/signed-note).
  const keyId = createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.from([1]))
    .update(spki.subarray(-32))
    .digest();
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [
      {
        baseUrl: urls.rekor,
        hashAlgorithm: 'SHA2_256',
        publicKey: {
          rawBytes: spki.toString('base64'),
          keyDetails: 'PKIX_ED25519',
          validFor: { start: START_OF_TIME },
        },
        logId: { keyId: keyId.toString('base64') },
      },
    ],
    certificateAuthorities: [authority(urls.fulcio, chain)],
    ctlogs: [],
    timestampAuthorities: [
      authority(urls.timestamps, stamps.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []),
    ],
  };
}

/** A log that takes certificates of this authority, and its entry in a trusted root. */
async function startCertificateLog(
  folder: string,
  program: string,
  port: number,
  roots: readonly string[],
): Promise<{ readonly child: ChildProcess; readonly trusted: object }> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(join(folder, 'ct.pem'), privateKey.export({ type: 'sec1', format: 'pem' }));
  await writeFile(join(folder, 'roots.pem'), roots.join('\n'));
  await mkdir(join(folder, 'certificates'));
  const child = run(
    program,
    `--http_endpoint=127.0.0.1:${port}`,
    '--origin=127.0.0.1',
    `--storage_dir=${join(folder, 'certificates')}`,
    `--private_key=${join(folder, 'ct.pem')}`,
    `--roots_pem_file=${join(folder, 'roots.pem')}`,
    '--checkpoint_interval=1s',
    '--batch_max_age=100ms',
  );
  await answer(`http://127.0.0.1:${port}/ct/v1/get-roots`);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const key = { rawBytes: spki.toString('base64'), keyDetails: 'PKIX_ECDSA_P256_SHA_256' };
  return {
    child,
    trusted: {
      baseUrl: `http://127.0.0.1:${port}`,
      hashAlgorithm: 'SHA2_256',
      publicKey: { ...key, validFor: { start: START_OF_TIME } },
      logId: { keyId: createHash('sha256').update(spki).digest('base64') },
    },
  };
}

function run(program: string, ...argv: readonly string[]): ChildProcess {
  return spawn(program, argv, { stdio: process.env['SIGSTORE_DEBUG'] === undefined ? 'ignore' : 'inherit' });
}

async function answer(url: string): Promise<string> {
  const until = Date.now() + START;
  for (;;) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok === true) return response.text();
    if (Date.now() > until) throw new Error(`${url} does not answer: ${response?.status ?? 'no connection'}`);
    await sleep(200);
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, async () => listening(createServer())));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map(async (server) => new Promise((done) => server.close(done))));
  return ports;
}

async function listening(server: Server): Promise<Server> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

/** An OpenID Connect issuer: a document that describes it, its key, and tokens on demand. */
async function startIssuer(): Promise<{ url: string; server: Server; token: (email: string) => string }> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const documents = new Map<string, object>();
  const server = await listening(
    createServer((request, response) => {
      const document = documents.get(request.url ?? '');
      response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(document ?? {}));
    }),
  );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  documents.set('/.well-known/openid-configuration', {
    issuer: url,
    jwks_uri: `${url}/keys`,
    authorization_endpoint: `${url}/auth`,
    token_endpoint: `${url}/token`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  });
  documents.set('/keys', { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'test', alg: 'ES256', use: 'sig' }] });
  const token = (email: string): string => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: url, aud: 'sigstore', sub: email, email, email_verified: true, iat: now, exp: now + 600 };
    const parts = [{ alg: 'ES256', kid: 'test', typ: 'JWT' }, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const signature = signBytes('sha256', Buffer.from(parts.join('.')), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return [...parts, signature.toString('base64url')].join('.');
  };
  return { url, server, token };
}
