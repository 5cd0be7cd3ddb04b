// Rules of this repository that no other tool checks. Prints what breaks them.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** What a file that lies in lib/ itself counts as; lib/index.ts is above all. */
const GROUND = 'lib';

/** The rooms of lib/, lowest first: each imports from its own level and those below. */
const ROOMS = [
  [GROUND, 'errors', 'options', 'time'],
  ['protocol'],
  ['commands'],
  ['connection'],
  ['topology'],
  ['routing'],
  ['replication'],
  ['execution'],
  ['client'],
  ['nest'],
  ['testing'],
];

const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT })
  .toString()
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(ROOT, file)));
const problems = [
  ...files.flatMap(placesOfOneMachine),
  ...files.filter((file) => /^lib\/.*\.ts$/.test(file)).flatMap(upwardImports),
  ...files.filter((file) => /spec\.ts$/.test(file)).flatMap(testsNotRun),
];
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`${files.length} files keep the rules of the repository`);

/** A clone elsewhere has neither the registry nor the folders of the author's machine. */
function placesOfOneMachine(file) {
  const text = read(file);
  if (text.includes('\0')) return [];
  const isLockfile = file.endsWith('package-lock.json');
  return problemsByLine(file, text, (line) => {
    if (isLockfile && /"resolved": "/.test(line)) {
      return 'a lockfile with "resolved" URLs (npm config omit-lockfile-registry-resolved)';
    }
    if (/https?:\/\/[^\s/'"]*(registry|artifactory|nexus)/i.test(line)) {
      return 'a registry host';
    }
    if (/(^|[\s'"`(=:])\/(work|home|Users)\//.test(line)) {
      return 'a path of one machine';
    }
    return undefined;
  });
}

function upwardImports(file) {
  if (file === 'lib/index.ts') return [];
  const room = roomOf(file);
  const imported = [
    ...read(file).matchAll(/\b(?:from|import)\s*\(?\s*'(\.[^']*)'/g),
  ].map(([, specifier]) => relative('.', join(dirname(file), specifier)));
  return imported.flatMap((target) => {
    if (target === 'lib/index.js') return [`${file}: imports ${target}`];
    const targetRoom = roomOf(target);
    return rank(targetRoom) <= rank(room)
      ? []
      : [`${file}: ${room}/ must not import from ${targetRoom}/ (${target})`];
  });
}

function roomOf(file) {
  const [, room, rest] = file.split('/');
  if (rest === undefined) return GROUND;
  if (rank(room) === -1) throw new Error(`lib/${room}/ is no known room`);
  return room;
}

function rank(room) {
  return ROOMS.findIndex((level) => level.includes(room));
}

function testsNotRun(file) {
  return problemsByLine(file, read(file), (line) =>
    /\b(it|test|describe|suite)(\.\w+)*\.(skip|only|todo|fails|skipIf|runIf)\b/.test(
      line,
    ) || /\b(xit|xdescribe|fit|fdescribe)\(/.test(line)
      ? 'a test that is skipped, focused or to do'
      : undefined,
  );
}

function problemsByLine(file, text, judge) {
  return text.split('\n').flatMap((line, index) => {
    const problem = judge(line);
    return problem ? [`${file}:${index + 1}: ${problem}: ${line.trim()}`] : [];
  });
}

function read(file) {
  return readFileSync(join(ROOT, file), 'utf8');
}
