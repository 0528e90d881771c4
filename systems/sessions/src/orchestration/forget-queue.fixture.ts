import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** Takes away all that a queue has left in Redis, or all whose names are like a pattern: it looks at every key there is. No package for Redis may be used here, and one inline command does it. */
export async function forgetQueue(url: string, name: string): Promise<void> {
  const { hostname, port, username, password } = new URL(url);
  const socket = connect(Number(port || 6379), hostname);
  await once(socket, 'connect');
  const script = "for _, k in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', k) end return 'done'";
  if (password !== '') socket.write(`AUTH ${username || 'default'} ${password}\r\n`);
  socket.end(`EVAL "${script}" 0 sustain-jobs:${name}:*\r\n`);
  const answer = await text(socket);
  if (!answer.endsWith('$4\r\ndone\r\n')) throw new Error(`Redis has not forgotten ${name}: ${answer}`);
}
