import { createServer } from 'node:net';

// The real server, alone in its process: what is measured says which. It says where it listens.

const servers = {
  /** Answers what it gets. */
  echo: () => createServer({ noDelay: true }, (socket) => socket.pipe(socket)),
  /** Answers one byte for each so many. */
  sink: () =>
    createServer({ noDelay: true }, (socket) => {
      const everyBytes = Number(process.argv[3]);
      let bytes = 0;
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        for (; bytes >= everyBytes; bytes -= everyBytes) socket.write('.');
      });
    }),
};

const server = servers[process.argv[2] as keyof typeof servers]();
server.on('connection', (socket) => socket.on('error', (error) => console.error(error.message)));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') process.send?.(address?.port);
});
