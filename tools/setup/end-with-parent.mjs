// Loaded into a child before its own code: when the process that started it is
// gone, however it ended, the child shuts down as if it had been asked to.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// the channel alone must not keep the child alive
process.channel?.unref();
