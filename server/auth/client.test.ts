// Whose address counts, and who is on this machine.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressBlock, clientAddress, isLocalRequest } from './client.ts';

test('a forwarded address counts only as far as proxies are trusted', () => {
  const forwarded = '6.6.6.6, 203.0.113.9, 10.0.0.2';
  assert.equal(clientAddress('10.0.0.1', forwarded, 0), '10.0.0.1');
  assert.equal(clientAddress('10.0.0.1', forwarded, 1), '10.0.0.2');
  assert.equal(clientAddress('10.0.0.1', forwarded, 2), '203.0.113.9');
  assert.equal(clientAddress('10.0.0.1', '203.0.113.9', 2), '10.0.0.1', 'fewer than promised: the connection');
  assert.equal(clientAddress('10.0.0.1', 'not an address', 1), '10.0.0.1');
  assert.equal(clientAddress('10.0.0.1', undefined, 1), '10.0.0.1');
  assert.equal(clientAddress('::ffff:10.0.0.1', undefined, 0), '10.0.0.1');
  assert.equal(clientAddress(undefined, undefined, 0), null);
});

test('one IPv6 subscriber is one client', () => {
  assert.equal(addressBlock('192.0.2.7'), '192.0.2.7');
  assert.equal(addressBlock('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  assert.equal(addressBlock('2001:db8:1:2::9'), '2001:db8:1:2::/64');
  assert.equal(addressBlock('2001:0db8::1'), '2001:db8:0:0::/64');
  assert.equal(addressBlock('::1'), '0:0:0:0::/64');
  assert.equal(addressBlock('fe80::1%eth0'), 'fe80:0:0:0::/64');
  assert.notEqual(addressBlock('2001:db8:1:2::9'), addressBlock('2001:db8:1:3::9'));
});

test('local is what comes from a page or program of this machine', () => {
  for (const [host, origin] of [
    ['localhost:3210', undefined],
    ['127.0.0.1:3210', 'http://127.0.0.1:3210'],
    ['[::1]:3210', 'http://localhost:5173'],
  ] as const) {
    assert.equal(isLocalRequest(host, origin), true, `${host} ${origin}`);
  }
  for (const [host, origin] of [
    [undefined, undefined],
    ['evil.example.org', undefined],
    ['localhost.evil.example.org', undefined],
    ['127.evil.example.org', undefined],
    ['localhost:3210', 'https://evil.example.org'],
    ['localhost:3210', 'null'],
    ['localhost:3210', 'http://localhost.evil.example.org'],
  ] as const) {
    assert.equal(isLocalRequest(host, origin), false, `${host} ${origin}`);
  }
});
