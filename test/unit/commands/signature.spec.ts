import { describe, expect, it } from 'vitest';
import {
  methodNameOf,
  parseSignature,
} from '../../../lib/commands/signature.js';

describe('signatures', () => {
  it.each([
    ['GET', 'get'],
    ['SCRIPT LOAD', 'scriptLoad'],
    ['EVALSHA_RO', 'evalshaRo'],
    ['CLIENT NO-EVICT', 'clientNoEvict'],
    ['JSON.GET', 'jsonGet'],
    ['XGROUP CREATE', 'xgroupCreate'],
  ])('name the method of %s %s', (command, method) => {
    expect(methodNameOf(command)).toBe(method);
  });

  it('are empty for a command without arguments', () => {
    expect(parseSignature('')).toEqual([]);
  });

  it('read parameters, lists, counts, pairs and words', () => {
    expect(
      parseSignature(
        "key:key 'FIELDS' fields:#value[] args:value[]? entries:#key=value count:integer? pattern:text~* members:{score:double,member:value}[]",
      ),
    ).toMatchObject([
      { name: 'key', kind: 'key', form: 'one', optional: false },
      { type: 'word', word: 'FIELDS' },
      { name: 'fields', kind: 'value', form: 'list', counted: true },
      { name: 'args', form: 'list', counted: false, optional: true },
      { form: 'pairs', kind: 'key', secondKind: 'value', counted: true },
      { name: 'count', kind: 'integer', optional: true, fallback: undefined },
      { name: 'pattern', kind: 'text', optional: true, fallback: '*' },
      { name: 'members', form: 'list', fields: [{ name: 'score' }, {}] },
    ]);
  });

  it('read options, alone and exclusive', () => {
    expect(
      parseSignature(
        '?(nx|ex:integer) ?libName@LIB-NAME:text ?get:text+ ?weights:double[] ?side:left/right ?limit:{offset:integer,count:integer}',
      ),
    ).toMatchObject([
      {
        alternatives: [
          { name: 'nx', token: 'NX', form: 'flag' },
          { name: 'ex', token: 'EX', form: 'value' },
        ],
      },
      { alternatives: [{ name: 'libName', token: 'LIB-NAME' }] },
      { alternatives: [{ name: 'get', form: 'repeated' }] },
      { alternatives: [{ name: 'weights', form: 'list' }] },
      { alternatives: [{ slots: [{ choices: ['left', 'right'] }] }] },
      {
        alternatives: [
          { form: 'block', slots: [{ name: 'offset' }, { name: 'count' }] },
        ],
      },
    ]);
  });
});
