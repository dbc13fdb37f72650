import { describe, expect, test } from 'vitest';
import { isLoopbackHost, isPublicAddress, isPublicHost } from '../../src/http/address.js';
import { displayUrl, Secrets } from '../../src/http/secrets.js';

describe('addresses that a registry must not make us call', () => {
  test.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
    'fc00::1',
    'fe80::1%eth0',
    '[fe80::1]',
    'ff02::1',
    '2001:db8::1',
  ])('%s is not public', (address) => {
    expect([isPublicAddress(address), isPublicHost(address)]).toEqual([false, false]);
  });

  test.each(['8.8.8.8', '172.32.0.1', '11.0.0.1', '2606:4700:4700::1111'])('%s is', (address) => {
    expect([isPublicAddress(address), isPublicHost(address)]).toEqual([true, true]);
  });

  test('names of this machine and of metadata services are not public; other names are not looked up', () => {
    const names = ['localhost', 'a.localhost', 'LOCALHOST.', 'metadata.google.internal', 'metadata'];
    expect(names.map(isPublicHost)).toEqual([false, false, false, false, false]);
    expect(isPublicHost('registry.example.com')).toBe(true);
    expect(['127.0.0.2', '[::1]', 'localhost', '128.0.0.1'].map(isLoopbackHost)).toEqual([true, true, true, false]);
  });
});

describe('what is shown of a request', () => {
  test('of an address: no user, no query, no fragment', () => {
    expect(displayUrl('https://me:secret@cdn.example.com/blob?X-Amz-Signature=abcd#part')).toBe(
      'https://cdn.example.com/blob',
    );
    expect(displayUrl('not an address')).toBe('an invalid URL');
  });

  test('of headers and addresses: no value that is a secret, encoded or not', () => {
    const secrets = new Secrets();
    secrets.addHeader('Authorization', `Basic ${Buffer.from('ci:pass word').toString('base64')}`);
    secrets.addHeader('Authorization', 'Bearer token-12345');
    secrets.addHeader('Accept', 'application/json');
    secrets.addUrl(new URL('https://u:pa%24s@host.example/x?sig=signed-value&other=plain'));
    const text = 'pass word pass%20word token-12345 pa$s signed-value plain application/json';
    expect(secrets.redact(text)).toBe('*** *** *** *** *** plain application/json');
  });

  test('a password that encodes nothing is a secret as it stands', () => {
    const secrets = new Secrets();
    secrets.addUrl(new URL('https://u:%E0%E0@host.example/'));
    expect(secrets.redact('%E0%E0')).toBe('***');
  });
});
