import { describe, expect, it } from 'vitest';
import {
  acknowledgedUpTo,
  parseReplicationInfo,
  primaryOffset,
} from '../../../lib/replication/writes/replication-info.js';

const TEXT = [
  '# Replication',
  'role:master',
  'connected_slaves:3',
  'slave0:ip=127.0.0.1,port=7003,state=online,offset=140,lag=0,type=replica',
  'slave1:ip=::1,port=7004,state=online,offset=126,lag=1',
  'slave2:ip=replica.example,port=7005,state=wait_bgsave,offset=0,lag=0',
  'master_failover_state:no-failover',
  'master_replid:8371b4fb1155b71f4a04d3e1bc3e18c4a990aeeb',
  'master_replid2:0000000000000000000000000000000000000000',
  'master_repl_offset:140',
  'second_repl_offset:-1',
  '',
].join('\r\n');

describe('INFO replication', () => {
  it('is read whole, from text or bytes', () => {
    const expected = {
      primary: true,
      replicationId: '8371b4fb1155b71f4a04d3e1bc3e18c4a990aeeb',
      replicas: [
        { address: '127.0.0.1:7003', online: true, offset: 140 },
        { address: '[::1]:7004', online: true, offset: 126 },
        { address: 'replica.example:7005', online: false, offset: 0 },
      ],
    };
    expect(parseReplicationInfo(TEXT)).toMatchObject(expected);
    expect(parseReplicationInfo(Buffer.from(TEXT))).toMatchObject(expected);
  });

  it('is undefined without a role or a replication id', () => {
    expect(parseReplicationInfo('# Replication\r\nrole:master\r\n')).toBe(
      undefined,
    );
    expect(parseReplicationInfo('')).toBeUndefined();
    expect(parseReplicationInfo(null)).toBeUndefined();
  });

  it('tells a replica from a primary', () => {
    const text = TEXT.replace('role:master', 'role:slave');
    expect(parseReplicationInfo(text)?.primary).toBe(false);
  });

  it('names the online replicas at or behind an offset', () => {
    const { replicas } = parseReplicationInfo(TEXT)!;
    expect(acknowledgedUpTo(replicas, 126)).toEqual([
      '127.0.0.1:7003',
      '[::1]:7004',
    ]);
    expect(acknowledgedUpTo(replicas, 127)).toEqual(['127.0.0.1:7003']);
    expect(acknowledgedUpTo(replicas, 141)).toEqual([]);
    expect(acknowledgedUpTo(replicas, 0)).toHaveLength(2);
  });

  it('tells whether others than these follow, online or not', () => {
    const info = parseReplicationInfo(TEXT)!;
    const all = ['127.0.0.1:7003', '[::1]:7004', 'replica.example:7005'];
    expect(info.hasNoOther([...all, '127.0.0.1:7006'])).toBe(true);
    for (const one of all) {
      expect(info.hasNoOther(all.filter((other) => other !== one))).toBe(false);
    }
    // what a replica says of itself is no line of one
    const replica = TEXT.replace(
      'master_failover',
      'slave_repl_offset:140\r\nslave_read_only:1\r\nmaster_failover',
    );
    expect(parseReplicationInfo(replica)!.hasNoOther(all)).toBe(true);
  });

  it('tells the history that a promoted replica continues, and up to where', () => {
    const before = parseReplicationInfo(TEXT)!;
    expect(before.formerReplicationId).toBeUndefined();
    expect(before.formerOffset).toBeNaN();
    const former = 'c'.repeat(40);
    const promoted = parseReplicationInfo(
      TEXT.replace('0'.repeat(40), former).replace(
        'second_repl_offset:-1',
        'second_repl_offset:101',
      ),
    )!;
    expect(promoted.formerReplicationId).toBe(former);
    // the first byte that it did not have is 101
    expect(promoted.formerOffset).toBe(100);
  });
});

describe('ROLE', () => {
  it("gives a primary's offset only", () => {
    expect(primaryOffset(['master', 3129659, []])).toBe(3129659);
    expect(primaryOffset([Buffer.from('master'), '17', []])).toBe(17);
    expect(primaryOffset(['slave', '127.0.0.1', 7000, 'connected', 1])).toBe(
      undefined,
    );
    expect(primaryOffset('OK')).toBeUndefined();
  });
});
