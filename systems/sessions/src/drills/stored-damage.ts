import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { drill, startInjection } from '@sustain/drills';
import { createSessionsClient } from '../client/index.ts';
import { sessionFaults } from '../faults.ts';
import { LOGS } from '../layout/index.ts';
import { file, sessionsIn } from './places.ts';
import { inMemory } from './refused-requests.ts';
import { SessionsProgram, USER } from './sessions-program.ts';

const LIMITS = { detectMs: 2000, recoveryMs: 1000, restoreMs: 4000 };

type OnFile = SessionsProgram & { readonly path: string };

export const entryDamaged = drill<OnFile>({
  name: 'session-with-a-flipped-bit',
  fault: sessionFaults.SESSION_STORAGE_CORRUPTED,
  kind: 'disk',
  breaks: 'a bit of what a session has had stored is another one on the disk than was written',
  recovers:
    'nothing is made up of what is left, and nothing written upon it, until somebody brings back a backup',
  notices: 'that this session is damaged; all others are as they were',
  async subject(scene) {
    const path = join(scene.folder(), 'sessions.db');
    const open = (signals: SessionsProgram['signals']) => sessionsIn({ primary: file(path), signals });
    return Object.assign(await SessionsProgram.start({ open }), { path });
  },
  async inject(program, scene) {
    const { path } = program;
    const backup = `${path}.backup`;
    const bringBack = () => {
      for (const beside of ['-wal', '-shm']) rmSync(path + beside, { force: true });
      copyFileSync(backup, path);
    };
    await program.restart(() => {
      copyFileSync(path, backup);
      flipBit(path);
      scene.begin();
      scene.inject(startInjection({ what: 'a flipped bit', undo: () => program.restart(bringBack) }));
    });
  },
  limits: LIMITS,
  async whileBroken(program) {
    const { body } = await program.ask(`${USER}/${program.created[0]}`);
    if ((body['state'] as { of?: number }).of !== 1) throw new Error('another session is not served');
  },
  afterwards: (program) => program.expectNothingLost(),
  sabotage: {
    file: new URL('../../../../packages/stores/src/entry-text.ts', import.meta.url),
    replace: 'if (text.slice(0, CHECKSUM_DIGITS) !== checksum(key, json))',
    by: 'if (false)',
  },
});

export const wrongAddress = drill<SessionsProgram>({
  name: 'address-of-another-program',
  fault: sessionFaults.SESSION_ERROR,
  kind: 'configuration',
  breaks: 'a client is given the address of another program, which answers 404 to all that it is asked',
  recovers: 'it does not take that for a session which does not exist; somebody corrects the address',
  notices: 'that something went wrong',
  subject: () => SessionsProgram.start({ open: inMemory }),
  async inject(_, scene) {
    const other = await anotherProgram();
    const client = createSessionsClient({
      baseUrl: `http://127.0.0.1:${(other.address() as AddressInfo).port}`,
    });
    scene.inject(startInjection({ what: 'a wrong address', undo: () => void other.close() }));
    await scene.attempt(() =>
      client.getSession({ appName: 'studio', userId: 'ada', sessionId: 'diary' }, { signal: scene.signal }),
    );
  },
  limits: LIMITS,
  sabotage: {
    file: new URL('../client/fault-of-problem.ts', import.meta.url),
    replace: 'if (status < 500) return sessionFaults.SESSION_ERROR({ ...about, reason });',
    by: 'if (status === 404) return sessionFaults.SESSION_NOT_FOUND({ ...about, reason });',
  },
});

/** Of the checksum of an entry of a session's log: wherever in the file it is, or was. */
function flipBit(path: string): void {
  const database = new DatabaseSync(path, { readOnly: true });
  const texts = database.prepare("SELECT text FROM entry WHERE key LIKE ? || '%' AND text LIKE '%\"e1\"%'");
  const { text } = texts.get(LOGS) as { text: string };
  database.close();
  const bytes = readFileSync(path);
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    bytes[at] = (bytes[at] as number) ^ 1; // it stays a character
  }
  writeFileSync(path, bytes);
}

async function anotherProgram(): Promise<Server> {
  const server = createServer((_, response) =>
    response.writeHead(404, { connection: 'close' }).end('Not here'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
