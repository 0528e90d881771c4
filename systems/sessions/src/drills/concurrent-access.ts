import { join } from 'node:path';
import { type Attempted, drill } from '@sustain/drills';
import type { AnyFaultFactory } from '@sustain/kernel';
import { sessionFaults } from '../faults.ts';
import { type Answer, ask, Refused } from './ask.ts';
import { file, heldFile, sessionsIn } from './places.ts';
import { MALLORY } from './refused-requests.ts';
import { SessionsProgram } from './sessions-program.ts';

const LIMITS = { detectMs: 3000, recoveryMs: 1500, restoreMs: 3000 };

/** Two instances on one file, and a session that both change. */
type TwoEditors = SessionsProgram & { readonly other: SessionsProgram; readonly wrong: string[] };

export const concurrentAccess = drill<TwoEditors>({
  name: 'concurrent-access-protection',
  fault: sessionFaults.SESSION_CONCURRENT_ACCESS,
  kind: 'input',
  breaks: 'two clients change a session at once, at two instances, and both have read the same version of it',
  recovers:
    'one of them has changed it, the other one is told that somebody has: nothing is merged, nothing is lost',
  notices: 'nothing; who comes second is answered 412, with the version that there is',
  async subject(scene) {
    const path = join(scene.folder(), 'sessions.db');
    const start = (instance: string) =>
      SessionsProgram.start({
        open: (signals) => sessionsIn({ primary: file(path, 5000), instance, shared: true, signals }),
      });
    const program = await start('a');
    const other = await start('b');
    scene.defer(() => other.close());
    return Object.assign(program, { other, wrong: [] });
  },
  async inject(program, scene) {
    const { other, wrong } = program;
    const plan = `${MALLORY}/plan`;
    await ask(program.url + plan, { method: 'PUT', body: {} });
    for (let round = 0; round < 5; round++) {
      const read = await ask(program.url + plan);
      const etag = read.headers.get('etag') as string;
      const change = (at: SessionsProgram, by: string) => () =>
        ask(`${at.url}${plan}/state`, {
          method: 'PATCH',
          headers: { 'if-match': etag },
          body: { set: { [by]: round } },
        });
      const both = await Promise.all([
        scene.attempt(change(program, 'a')),
        scene.attempt(change(other, 'b')),
      ]);
      const { body } = await ask(program.url + plan);
      wrong.push(...wrongOf(both, read.body, body, round));
    }
  },
  limits: LIMITS,
  async afterwards(program) {
    if (program.wrong.length > 0) throw new Error(program.wrong.join('; '));
    await program.expectNothingLost();
  },
  sabotage: {
    file: new URL('../manager/check-version.ts', import.meta.url),
    replace: 'if (expectedVersion === undefined || expectedVersion === actualVersion) return;',
    by: 'return;',
  },
});

/** A file that can be held, and the answers to what was sent twice. */
type SentTwice = SessionsProgram & { readonly path: string; sent?: readonly Attempted<Answer>[] };

export const sentTwice = drill<SentTwice>({
  name: 'request-sent-twice-at-once',
  fault: sessionFaults.SESSION_REQUEST_UNDER_WAY,
  kind: 'input',
  breaks:
    'a client that is answered slowly sends its event again, under the same key, while it is being stored',
  recovers:
    'the second is told that the first is under way; sent again later, it gets the answer of the first',
  notices: 'nothing; who sends it again is answered 409, and when to ask',
  async subject(scene) {
    const path = join(scene.folder(), 'sessions.db');
    const open = (signals: SessionsProgram['signals']) => sessionsIn({ primary: file(path, 5000), signals });
    const program = await SessionsProgram.start({ open });
    await program.ask(`${MALLORY}/own`, { method: 'PUT', body: {} });
    return Object.assign(program, { path });
  },
  async inject(program, scene) {
    const send = () => scene.attempt(() => sendOnce(program));
    const held = heldFile(program.path);
    const first = send();
    const second = send();
    await Promise.race([first, second]);
    await held.end();
    program.sent = await Promise.all([first, second]);
  },
  limits: LIMITS,
  async afterwards(program) {
    const again = await sendOnce(program);
    if (again.headers.get('idempotency-replayed') !== 'true') throw new Error('it was done again');
    const { body } = await program.ask(`${MALLORY}/own`);
    const events = body['events'] as unknown[];
    if (events.length !== 1) throw new Error(`it was to be stored once; there are ${events.length} events`);
    for (const sent of program.sent ?? [])
      if (!sent.ok) check409(sent.error, sessionFaults.SESSION_REQUEST_UNDER_WAY);
  },
  sabotage: {
    file: new URL('../routes/keys/known-keys.ts', import.meta.url),
    replace: "if (known?.state === 'under way') {",
    by: 'if (false) {',
  },
});

function sendOnce(program: SessionsProgram): Promise<Answer> {
  const headers = { 'idempotency-key': 'once' };
  return program.ask(`${MALLORY}/own/events`, {
    method: 'POST',
    headers,
    body: { event: { text: 'hello' } },
  });
}

function check409(error: unknown, { code }: AnyFaultFactory): void {
  if (error instanceof Refused && error.answer.status === 409 && error.answer.body['code'] === code) return;
  throw new Error(`expected 409 ${code}, got ${error}`);
}

/** What is not as it must be after two changes of one version, in words. */
function wrongOf(
  both: readonly Attempted<Answer>[],
  before: Answer['body'],
  after: Answer['body'],
  round: number,
): string[] {
  const wins = both.flatMap((attempted, at) => (attempted.ok ? ['ab'.charAt(at)] : []));
  const refused = both.flatMap((attempted) => (attempted.ok ? [] : [attempted.error]));
  const expected = { ...(before['state'] as object), [wins[0] ?? '?']: round };
  const isRight =
    wins.length === 1 &&
    refused.every((error) => error instanceof Refused && error.answer.status === 412) &&
    after['revision'] === (before['revision'] as number) + 1 &&
    JSON.stringify(after['state']) === JSON.stringify(expected);
  return isRight
    ? []
    : [`round ${round}: ${wins.length} were answered well, ${refused}; now ${JSON.stringify(after)}`];
}
