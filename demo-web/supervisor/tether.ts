// Loaded into each child before its own code: a child whose supervisor is gone, even killed, stops as well.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
