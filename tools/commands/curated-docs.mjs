import { DATA_LINES } from './curated-data.mjs';
import { MODULE_DOC_LINES } from './modules.mjs';
import { SERVER_LINES } from './curated-servers.mjs';
import { STRUCTURE_LINES } from './curated-structures.mjs';

// One line a typed command: its replies and a sentence about it.
//
//   NAME :: reply; condition => reply; ... :: sentence
//
// `bare` is the call without options; any other condition is an option or a
// parameter that may be left out, and the reply is that of calls with it.
const LINES = DATA_LINES + STRUCTURE_LINES + SERVER_LINES + MODULE_DOC_LINES;

/** name -> { replies: [{ when, type }], sentence }; the first reply is the plain one. */
export const CURATED_DOCS = new Map(
  LINES.trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name, replies, sentence] = line.split(' :: ');
      return [
        name,
        {
          sentence,
          replies: replies.split('; ').map((reply) => {
            const [when, type] = reply.split(' => ');
            return type === undefined
              ? { when: undefined, type: when }
              : { when, type };
          }),
        },
      ];
    }),
);
