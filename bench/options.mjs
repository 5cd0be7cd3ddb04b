import { parseArgs } from 'node:util';
import { defaultWorkloads, WORKLOADS } from './workloads.mjs';

export const CLIENTS = [
  'ours',
  'ioredis',
  'ioredis-autopipelining',
  'iovalkey',
  'node-redis',
  'valkey-glide',
  'floor',
];

/** For one question only: `--clients`. */
const BY_NAME_ONLY = ['node-redis-one-node'];

/** What is measured besides the workloads. */
const EXTRAS = ['connect', 'frozen-replica', 'full-scan'];

/** `--full`: every workload that takes so many. */
const ALL_CALLERS = [1, 10, 50, 500, 5000];

const HELP = `npm run bench -- [options]

  --quick               3 short rounds, about a minute and a half; for a look, not for figures
  --full                every workload, with ${ALL_CALLERS.join(', ')} callers; about an hour
  --clients a,b         of ${[...CLIENTS, ...BY_NAME_ONLY].join(', ')}
  --workloads a,b       of ${[...Object.keys(WORKLOADS), ...EXTRAS].join(', ')}
  --callers 1,50,500    how many callers at a time, instead of each workload's own
  --rounds 5            rounds; every client has its turn in each
  --seconds 0.4         length of one window
  --als                 callers run inside an active AsyncLocalStorage
  --nodes url,url       an existing cluster, instead of one started for the run
  --write-docs          write docs/performance.md`;

/** Reads the command line; ends the process on --help and on a wrong option. */
export function readOptions() {
  try {
    return read();
  } catch (error) {
    console.error(`${error.message}\n\n${HELP}`);
    process.exit(2);
  }
}

function read() {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h' },
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      clients: { type: 'string' },
      workloads: { type: 'string' },
      callers: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      als: { type: 'boolean', default: false },
      nodes: { type: 'string', default: '' },
      'write-docs': { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const { quick, full } = values;
  const everything = [...Object.keys(WORKLOADS), ...EXTRAS];
  const usual = [...defaultWorkloads(), 'connect', 'frozen-replica'];
  return {
    quick,
    clients: chosen(
      'clients',
      values.clients,
      [...CLIENTS, ...BY_NAME_ONLY],
      CLIENTS,
    ),
    workloads: chosen(
      'workloads',
      values.workloads,
      everything,
      full ? everything : usual,
    ),
    callers: values.callers
      ? list(values.callers).map((text) => positive('callers', text))
      : full
        ? ALL_CALLERS
        : undefined,
    rounds: positive('rounds', values.rounds ?? (quick ? 3 : 5)),
    seconds: positive(
      'seconds',
      values.seconds ?? (quick ? 0.2 : full ? 1 : 0.4),
    ),
    als: values.als,
    nodes: list(values.nodes),
    writeDocs: values['write-docs'],
  };
}

function chosen(option, text, known, usual = known) {
  if (text === undefined) return usual;
  const names = list(text);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`--${option}: ${unknown} is none of ${known.join(', ')}`);
  }
  return known.filter((name) => names.includes(name));
}

function positive(option, text) {
  const number = Number(text);
  if (number > 0) return number;
  throw new Error(`--${option}: ${text} is not a positive number`);
}

function list(text) {
  return text.split(',').filter(Boolean);
}
