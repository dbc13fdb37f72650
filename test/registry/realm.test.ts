import { expect, test } from 'vitest';
import { SlipwayError } from '../../src/core/index.js';
import { checkRealm } from '../../src/registry/auth/realm.js';

const REGISTRY = new URL('https://harbor.example.com');

function refusal(realm: string): SlipwayError {
  try {
    checkRealm(realm, REGISTRY);
  } catch (error) {
    if (SlipwayError.is(error)) return error;
  }
  throw new Error(`${realm} was accepted`);
}

test('another host can be vouched for, and the hint says it in full', () => {
  const { code, details } = refusal('https://auth.example.com/token');
  expect(code).toBe('INSECURE_REFUSED');
  expect(String(details.try)).toContain('--auth-host harbor.example.com=auth.example.com');
  expect(String(details.try)).toContain("authHosts: ['harbor.example.com=auth.example.com']");
  const pair = 'harbor.example.com=auth.example.com';
  expect(checkRealm('https://auth.example.com/token', REGISTRY, [pair]).publicOnly).toBe(false);
});

test('an address without encryption cannot: no setting is promised that would help', () => {
  const { details } = refusal('http://harbor.example.com/service/token');
  expect(details.try).not.toContain('authHosts');
  expect(details.try).toContain('operator');
  expect(() => checkRealm('http://auth.example.com/t', REGISTRY, ['harbor.example.com=auth.example.com'])).toThrow(
    'is not https',
  );
});
