import type { Argument } from '../commands/command-spec.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import type { CallSettings } from '../execution/calls/call-settings.js';
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
  if (!(command instanceof ConfigurationError)) {
    return executor.explain(command, settings);
  }
  const [name] = words;
  return explainRefusal(
    typeof name === 'string' ? name.toUpperCase() : '',
    command.message,
  );
}
