// What the servers say of their commands, condensed and merged into one list.

const POLICY = /^(request|response)_policy:(.+)$/;

/** One argument of COMMAND DOCS without what nothing here uses. */
function condenseArgument(argument) {
  const { name, type, token, flags, arguments: children } = argument;
  return {
    name,
    type,
    ...(token === undefined ? {} : { token }),
    ...(flags === undefined ? {} : { flags }),
    ...(children === undefined
      ? {}
      : { arguments: children.map(condenseArgument) }),
  };
}

function condenseKeySpec({ flags, begin_search: begin, find_keys: find }) {
  const search =
    begin.type === 'index'
      ? `i${begin.spec.index}`
      : begin.type === 'keyword'
        ? `k${begin.spec.keyword}:${begin.spec.startfrom}`
        : '?';
  const found =
    find.type === 'range'
      ? `r${find.spec.lastkey},${find.spec.keystep},${find.spec.limit}`
      : find.type === 'keynum'
        ? `n${find.spec.keynumidx},${find.spec.firstkey},${find.spec.keystep}`
        : '?';
  return `${flags.join('+')}/${search}/${found}`;
}

/**
 * The facts of one server: full upper-case name -> facts, in the order of the
 * names.
 *
 * @param command the reply of COMMAND (RESP3)
 * @param docs the reply of COMMAND DOCS (RESP3)
 */
export function condense(server, command, docs) {
  const facts = new Map();
  const add = (entry, doc) => {
    const [name, arity, flags, , , , , tips, keySpecs, children] = entry;
    const policy = {};
    for (const tip of tips) {
      const match = POLICY.exec(tip);
      if (match) policy[match[1]] = match[2];
    }
    facts.set(name.toUpperCase().replace('|', ' '), {
      arity,
      flags: flags.toSorted(),
      keySpecs: keySpecs.map(condenseKeySpec),
      ...policy,
      group: doc?.group ?? 'module',
      since: { [server]: doc?.since ?? '' },
      // the notation alone: the explaining words are the server's prose
      complexity: doc?.complexity ?? '',
      deprecated: (doc?.doc_flags ?? []).includes('deprecated'),
      container: children.length > 0,
      arguments: (doc?.arguments ?? []).map(condenseArgument),
    });
    for (const child of children) add(child, doc?.subcommands?.[child[0]]);
  };
  for (const entry of command) add(entry, docs[entry[0]]);
  for (const fact of facts.values()) {
    fact.complexity = complexityNotation(fact.complexity);
  }
  return facts;
}

/** `O(log(N)+M)` out of a sentence around it. */
function complexityNotation(text) {
  const start = text.indexOf('O(');
  if (start < 0) return '';
  let depth = 0;
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '(') depth += 1;
    if (text[at] === ')') depth -= 1;
    if (depth === 0) return text.slice(start, at + 1);
  }
  return '';
}

/** Every token that can occur among the arguments, with its path. */
export function tokens(argumentList) {
  return argumentList.flatMap((argument) => [
    ...(argument.token === undefined ? [] : [argument.token]),
    ...tokens(argument.arguments ?? []),
  ]);
}

/**
 * Merges the facts of several servers: a later server wins, except that what
 * only an earlier one says is kept (commands, policies), and that arguments
 * are taken from the server that knows the most options, completed by those of
 * the others.
 */
export function merge(servers) {
  const merged = new Map();
  for (const facts of servers) {
    for (const [name, fact] of facts) {
      const known = merged.get(name);
      merged.set(name, known === undefined ? fact : mergeOne(known, fact));
    }
  }
  return new Map([...merged].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function mergeOne(known, later) {
  const laterHasMore =
    tokens(later.arguments).length >= tokens(known.arguments).length;
  const [base, other] = laterHasMore ? [later, known] : [known, later];
  return {
    ...known,
    ...later,
    flags: [...new Set([...known.flags, ...later.flags])].toSorted(),
    since: { ...known.since, ...firstOfEachServer(later.since, known.since) },
    complexity: later.complexity || known.complexity,
    // a variadic form is the wider one
    arity:
      Math.min(known.arity, later.arity) < 0
        ? Math.max(...[known.arity, later.arity].filter((arity) => arity < 0))
        : later.arity,
    container: known.container || later.container,
    // what one of the servers still recommends is no dead end
    deprecated: known.deprecated && later.deprecated,
    arguments: mergeArguments(base.arguments, other.arguments),
  };
}

/** `since` of a server product seen twice stays that of the first. */
function firstOfEachServer(since, before) {
  return Object.fromEntries(
    Object.entries(since).map(([server, version]) => [
      server,
      before[server] ?? version,
    ]),
  );
}

/** `base` plus the optional alternatives and options only `other` has. */
function mergeArguments(base, other) {
  const merged = base.map((argument) => {
    if (argument.type !== 'oneof') return argument;
    const twin = other.find(
      (candidate) =>
        candidate.type === 'oneof' &&
        candidate.arguments.some((alternative) =>
          argument.arguments.some(
            (own) => own.token !== undefined && own.token === alternative.token,
          ),
        ),
    );
    if (twin === undefined) return argument;
    const own = new Set(tokens(argument.arguments));
    const extra = twin.arguments.filter(
      (alternative) =>
        alternative.token !== undefined && !own.has(alternative.token),
    );
    return { ...argument, arguments: [...argument.arguments, ...extra] };
  });
  const own = new Set(tokens(merged));
  const extra = other.filter(
    (argument) =>
      argument.flags?.includes('optional') &&
      tokens([argument]).length > 0 &&
      tokens([argument]).every((token) => !own.has(token)),
  );
  return [...merged, ...extra];
}
