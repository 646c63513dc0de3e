/**
 * Preloaded into the processes that the launcher spawns: when the channel to it closes, even because it was killed,
 * they shut down as on SIGTERM. Here and not in their own main, which in production has no launcher to follow.
 */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// The channel alone must not keep a process alive that has finished.
process.channel?.unref();
