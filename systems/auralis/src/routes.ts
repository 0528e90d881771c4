import { readFile } from 'node:fs/promises';
import { Refusal, type Server } from '@sustain/ops/server';
import { auralisFaults } from './faults.ts';

/** Serves the player at `/auralis/`. Its files are built from `player/`; one that is missing is told with the cure. */
export function servePlayer(server: Server): void {
  server.register(async (app) => {
    app.get('/auralis', (_request, reply) => reply.redirect('/auralis/', 308));
    for (const [path, { file, type }] of Object.entries(FILES)) {
      app.get(path, async (_request, reply) => {
        reply.header('cache-control', 'no-cache').type(type);
        return readPlayerFile(file);
      });
    }
  });
}

const FILES: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  '/auralis/': { file: 'index.html', type: 'text/html; charset=utf-8' },
  '/auralis/player.css': { file: 'player.css', type: 'text/css; charset=utf-8' },
  '/auralis/player.js': { file: 'player.js', type: 'text/javascript; charset=utf-8' },
  '/auralis/worklet.js': { file: 'worklet.js', type: 'text/javascript; charset=utf-8' },
};

async function readPlayerFile(file: string): Promise<Buffer> {
  const url = new URL(`../build/player/${file}`, import.meta.url);
  try {
    return await readFile(url);
  } catch (error) {
    throw new Refusal(auralisFaults.PLAYER_NOT_BUILT({ path: file }, { cause: error }), 503);
  }
}
