import { describe, expect, it } from 'vitest';
import { mayReplyError } from '../../../lib/commands/own-errors.js';
import { scriptCommand, sha1Of } from '../../../lib/commands/script-specs.js';

const facts = { numberOfKeys: 1, readOnly: false, reply: undefined };

describe('whether a script may reply NOSCRIPT itself', () => {
  it.each([
    "return redis.call('GET', KEYS[1])",
    "return redis.error_reply('SOLD out')",
    'return redis.error_reply("SOLD")',
    "return redis.error_reply 'SOLD out'",
    "return redis.error_reply('SOLD ' .. ARGV[1])",
    "return {err = 'SOLD out'}",
    'return { err="SOLD out" }',
    "return {['err'] = 'SOLD out'}",
    "local r = redis.pcall('GET', KEYS[1]) if r.err then return r end",
    "if r['err'] == 'SOLD' then return 1 end",
    'error(ARGV[1])',
    'local item = cjson.decode(ARGV[1]) return item.price',
    'server.log(server.LOG_NOTICE, "x") return 1',
  ])('no: %s', (lua) => {
    expect(mayReplyError(lua, 'NOSCRIPT')).toBe(false);
  });

  it.each([
    "return redis.error_reply('NOSCRIPT No matching script.')",
    "return {err = 'NOSCRIPT'}",
    "local word = 'NOSCRIPT'",
    'return redis.error_reply(ARGV[1])',
    "return redis.error_reply('NO' .. 'SCRIPT x')",
    "return redis.error_reply('NO' ..ARGV[1])",
    String.raw`return redis.error_reply('\78OSCRIPT x')`,
    "local fail = redis.error_reply return fail('x')",
    'return {err = ARGV[1]}',
    "return {['err'] = ARGV[1]}",
    "return {err = 'SOLD'..x}",
    'return {err = [[NO]] .. x}',
    'reply.err = message',
    'return cjson.decode(ARGV[1])',
    'return cmsgpack.unpack(ARGV[1])',
    "return redis.error_reply('')",
  ])('perhaps: %s (conformance 128)', (lua) => {
    expect(mayReplyError(lua, 'NOSCRIPT')).toBe(true);
  });
});

describe('the command that runs a script', () => {
  it('is EVALSHA with the text at hand', () => {
    const lua = "return redis.call('GET', KEYS[1])";
    const { spec, first } = scriptCommand(lua, sha1Of(lua), facts);
    expect(first).toBe('d3c21d0c2b9ca22f82737626a27bcaf5d288f99f');
    expect(spec).toMatchObject({
      name: 'EVALSHA',
      plain: true,
      firstKey: 2,
      script: { text: lua, sha: first },
    });
  });

  it('is EVAL, with the text every time, for one that may reply NOSCRIPT and write', () => {
    const lua = 'return redis.error_reply(ARGV[1])';
    const { spec, first } = scriptCommand(lua, sha1Of(lua), facts);
    expect(first).toBe(lua);
    expect(spec).toMatchObject({ name: 'EVAL', script: undefined });
  });

  it('is EVALSHA_RO for one that only reads: it may run twice', () => {
    const lua = 'return redis.error_reply(ARGV[1])';
    const { spec } = scriptCommand(lua, sha1Of(lua), {
      ...facts,
      readOnly: true,
    });
    expect(spec).toMatchObject({ name: 'EVALSHA_RO', script: { text: lua } });
  });

  it('is not on the plain way where its keys are several, or none', () => {
    for (const numberOfKeys of [0, 2, undefined]) {
      const { spec } = scriptCommand('return 1', sha1Of('return 1'), {
        ...facts,
        numberOfKeys,
      });
      expect(spec.plain).toBe(false);
    }
  });
});
