import type { Argument } from '../commands/command-spec.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import type { CallSettings } from '../execution/call-settings.js';
import { explainRefusal, type CommandPlan } from '../execution/command-plan.js';
import type { Executor } from '../execution/executor.js';
import { commandOfWords, type UnknownCommand } from './commands.js';

/** See `RedisClusterClient.explain`. */
export function explainWords(
  executor: Executor,
  words: readonly (Argument | UnknownCommand)[],
  settings: CallSettings,
): CommandPlan {
  const command = commandOfWords(words);
  return command instanceof ConfigurationError
    ? explainRefusal(String(words[0] ?? '').toUpperCase(), command.message)
    : executor.explain(command, settings);
}
