/**
 * Where a script builds an error reply from a literal whose first word is
 * complete: `redis.error_reply('WORD ...')`, `{err = "WORD"}`. An escape would
 * hide the word, and what is appended to a lone word would change it.
 */
const FIXED_ERRORS =
  /(?:\berror_reply\s*\(?\s*|(?:\berr|\[\s*["']err["']\s*\])\s*=\s*)(["'])[^\s"'\\]+(?:\s|\1(?!\s*\.\.))/g;

/** Where it may build one from anything else. */
const OTHER_ERRORS =
  /\berror_reply\b|\berr["']?\s*\]?\s*=(?!=)|\breturn\s+(?:cjson\.decode|cmsgpack\.unpack)\b/;

/**
 * Whether a script or library may itself reply an error with this text.
 * Servers mark what a script raises (`... script: <sha>, on @user_script:1`),
 * but not what it returns: such an error proves nothing about whether it ran.
 *
 * Careful rather than exact: where an error is made from what is not a literal
 * the answer is yes.
 *
 * @param lua the source
 * @param text the error's first word, or what is peculiar to it
 */
export function mayReplyError(lua: string, text: string): boolean {
  return (
    lua.includes(text) || OTHER_ERRORS.test(lua.replaceAll(FIXED_ERRORS, ''))
  );
}
